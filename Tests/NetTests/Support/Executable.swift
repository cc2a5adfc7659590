import BatonCore
import Foundation

/// Programs that tests write for themselves.
enum Executable {
  /// Writes a script that can be started at once.
  ///
  /// Another process makes the file: one that a test beside this one has started, and which has not
  /// called exec(2) yet, would have open what we write, and the program would be busy (ETXTBSY).
  static func write(_ text: String, to path: String) throws {
    let draft = path + ".draft"
    try text.write(toFile: draft, atomically: true, encoding: .utf8)
    let copy = try Process.run(
      URL(fileURLWithPath: "/usr/bin/timeout"),
      arguments: ["60", "/usr/bin/install", "-m", "755", draft, path])
    copy.waitUntilExit()
    guard copy.terminationStatus == 0 else {
      throw SystemError(call: .spawn, code: Errno.inputOutput)
    }
  }
}
