import ArgumentParser
import BatonCommand
import BatonCore
import BatonNet
import Foundation

/// `baton bridge-helper`: makes a TAP and sends its descriptor, called as QEMU's bridge helper is.
///
/// It joins no bridge: whoever needs one has a helper that may. Tests and rehearsals use it.
struct SendTapCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "bridge-helper", abstract: "Makes a TAP, and sends its descriptor.",
    shouldDisplay: false)

  @Flag(help: "Frames have a virtio-net header.")
  var useVnet = false

  @Option(help: ArgumentHelp("The socket by which the descriptor goes.", valueName: "n"))
  var fd: Int32

  @Option(
    help: ArgumentHelp(
      "The bridge that it is for; the interface's name begins with this one.", valueName: "name"))
  var br = "br0"

  func run() throws {
    let kernel = Kernel()
    guard let name = InterfaceName("\(br.prefix(8))-%d") else {
      throw ValidationError("--br \(br) is no name of an interface")
    }
    var flags: TunFlags = [.tap, .noPacketInfo]
    if useVnet { flags.insert(.vnetHeader) }
    let number = try kernel.openTun()
    let made = try kernel.tunSetInterface(number, name: name, flags: flags.rawValue)
    StandardOutput.print("\(made) for \(br)")
    // Safe: the arrays outlive the call; the descriptor stays ours as well, and ends with us.
    try unsafe [UInt8(0)].withUnsafeBytes { bytes in
      try unsafe [number].withUnsafeBufferPointer { numbers in
        _ = try unsafe kernel.send(fd, bytes: bytes, descriptors: numbers)
      }
    }
  }
}
