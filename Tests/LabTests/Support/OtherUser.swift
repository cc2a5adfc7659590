import BatonHost
import BatonLab
import Foundation

/// Another user than the one who runs the tests: nobody, as Linux numbers him.
enum OtherUser {
  static let number: UInt32 = 65_534

  /// Starts a command as that user.
  static let launcher = [
    "/usr/bin/setpriv", "--reuid=\(number)", "--regid=\(number)", "--clear-groups",
  ]

  /// Why nothing can be started as another user; nil when it can.
  static let refusal: String? = {
    guard getuid() == 0 else { return "only root starts processes as another user" }
    guard FileManager.default.isExecutableFile(atPath: launcher[0]) else {
      return "\(launcher[0]) is missing: install util-linux"
    }
    let outcome = try? Program.run(["--version"], launcher: launcher)
    return outcome?.status == 0 ? nil : "user \(number) cannot run \(Program.path)"
  }()
}
