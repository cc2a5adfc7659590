import ArgumentParser
import BatonCore
import BatonHost
import BatonMig
import BatonNet
import BatonVhostUser
import Foundation
import Logging

/// `baton net`: a TAP for a guest whose VMM speaks vhost-user.
struct NetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "net",
    abstract: "Serves a guest of QEMU or another VMM as its vhost-user network device.",
    discussion: """
      VMMs connect to the socket (QEMU: -chardev socket,id=c0,path=PATH -netdev \
      vhost-user,id=n0,chardev=c0,queues=N -device virtio-net-pci,netdev=n0, with the guest's \
      memory shared: -object memory-backend-memfd,share=on). The TAP is opened once and stays as \
      it is while they come and go. SIGTERM ends the process and leaves nothing behind.
      """)

  @Option(help: "The path of the socket on which VMMs connect.")
  var socket: String

  @Option(help: "The TAP's interface name, or a template such as tap%d.")
  var tap = "tap0"

  @Option(help: "Queue pairs, 1 to 128.")
  var queues = 1

  @Option(help: "The MTU of the interface in bytes; without it it keeps what it has.")
  var mtu: UInt16?

  @Option(help: "The user whose VMM may connect, as a number; without it the user of this process.")
  var peerUid: UInt32?

  @Option(help: "The path of a control socket: query-status, query-migrate, migrate, quit.")
  var control: String?

  @Option(help: "Take over the port of the process with this control socket; that one ends.")
  var takeover: String?

  @Option(help: "How much to log: trace, debug, info, notice, warning, error or critical.")
  var logLevel = "info"

  func validate() throws {
    guard 1...VhostUserPort.pairsMax ~= queues else {
      throw ValidationError(
        "--queues \(queues) is not possible: 1 to \(VhostUserPort.pairsMax) are")
    }
    guard SocketPath(socket) != nil else {
      throw ValidationError("--socket \(socket) is longer than a socket's path may be")
    }
    for path in [control, takeover].compactMap({ $0 }) where SocketPath(path) == nil {
      throw ValidationError("\(path) is longer than a socket's path may be")
    }
    guard InterfaceName(tap) != nil else {
      throw ValidationError("--tap \(tap) is no interface name: 1 to 15 bytes are")
    }
    guard Logger.Level(rawValue: logLevel) != nil else {
      throw ValidationError("--log-level \(logLevel) is not known")
    }
  }

  func run() throws {
    let kernel = Kernel()
    kernel.fillStandardDescriptors()
    kernel.raiseDescriptorLimit()
    let errors = BackgroundWriter.logging(at: logLevel)
    // Nobody waits for ever for a reader that does not read.
    defer { errors.wait(millis: 1_000) }
    guard let path = SocketPath(socket), let interface = InterfaceName(tap) else {
      throw ExitCode.validationFailure
    }
    var options = NetHost.Options(
      port: VhostUserPort.Options(
        socket: path, tap: TapOptions(name: interface, queues: queues, mtu: mtu),
        peerUserID: peerUid))
    options.control = control.flatMap { SocketPath($0) }
    options.takeover = takeover.flatMap { SocketPath($0) }
    options.parameters.local = true
    let logger = Logger(label: "net")
    do {
      try NetHost(options, kernel: kernel) { logger.log($0) }.run()
    } catch {
      errors.write("baton net: \(error)\n")
      throw ExitCode.failure
    }
  }
}
