import ArgumentParser
import BatonCore
import BatonHost
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
    let errors = BackgroundWriter(to: 2, label: "errors")
    LoggingSystem.bootstrap { label in
      var handler = StreamLogHandler(label: label, stream: LogStream(errors))
      handler.logLevel = Logger.Level(rawValue: logLevel) ?? .info
      return handler
    }
    // Nobody waits for ever for a reader that does not read.
    defer { errors.wait(millis: 1_000) }
    guard let path = SocketPath(socket), let interface = InterfaceName(tap) else {
      throw ExitCode.validationFailure
    }
    let options = VhostUserPort.Options(
      socket: path, tap: TapOptions(name: interface, queues: queues, mtu: mtu),
      peerUserID: peerUid)
    do {
      try PortProcess(kernel, options, Logger(label: "net")).run()
    } catch {
      Kernel().write("baton net: \(error)\n", to: 2)
      throw ExitCode.failure
    }
  }
}

/// One process with a port: says what happens in its log, and ends on SIGTERM and SIGINT.
private final class PortProcess: VhostUserPortWatcher, Watcher {
  private let loop: EventLoop
  private let logger: Logger
  private let options: VhostUserPort.Options
  private var port: VhostUserPort?
  private var signals: [SignalBox] = []

  init(_ kernel: Kernel, _ options: VhostUserPort.Options, _ logger: Logger) throws {
    for signal in [Signal.brokenPipe, Signal.fileSize] { kernel.ignoreSignal(signal) }
    EventLoop.silenceLibevent()
    loop = EventLoop(kernel: kernel)
    self.logger = logger
    self.options = options
    port = try VhostUserPort(loop, name: Name("net0"), options, watcher: self)
    signals = [Signal.terminate, Signal.interrupt].map {
      SignalBox(SignalWatch(loop, signal: $0, id: 1, calling: self))
    }
  }

  func run() {
    let output = BackgroundWriter(to: 1, label: "output")
    output.write("ready \(options.socket)\n")
    logger.info("ready", metadata: ["socket": "\(options.socket)"])
    loop.run()
    port?.close()
    port = nil
    logger.info("ended")
    output.wait(millis: 1_000)
  }

  func ready(_ what: Ready, watch: Int) { loop.stop() }

  func port(_ port: VhostUserPort, connected process: Int32?) {
    logger.info("a front-end has connected", metadata: ["pid": "\(process ?? 0)"])
  }

  func port(_ port: VhostUserPort, ended fault: VhostFault?) {
    guard let fault else { return logger.info("the front-end has left") }
    logger.warning("the front-end is sent away: \(fault)")
  }

  func port(_ port: VhostUserPort, turnedAway refusal: Refusal) {
    logger.warning("a connection is refused: \(refusal)")
  }

  func port(_ port: VhostUserPort, ring: Int, broken fault: RingFault) {
    logger.warning("ring \(ring) is broken by its guest: \(fault)")
  }

  func port(_ port: VhostUserPort, serves place: UInt8?) {
    let who = place.map { "front-end \($0)" } ?? "nobody"
    logger.info("the TAP serves \(who)")
  }

  func port(_ port: VhostUserPort, lost refusal: Refusal) {
    logger.error("the TAP is lost: \(refusal)")
  }
}
