import ArgumentParser
import BatonCommand
import BatonCore
import BatonHost
import BatonMig
import BatonNet
import BatonVhostUser
import Foundation
import Logging

/// `baton net`: TAPs for guests whose VMMs speak vhost-user.
struct NetCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "net",
    abstract: "Serves guests of QEMU or another VMM as their vhost-user network device.",
    discussion: """
      VMMs connect to the socket (QEMU: -chardev socket,id=c0,path=PATH -netdev \
      vhost-user,id=n0,chardev=c0,queues=N -device virtio-net-pci,netdev=n0, with the guest's \
      memory shared: -object memory-backend-memfd,share=on), or are called at theirs (--connect, \
      QEMU: server=on). The TAP is opened once and stays as it is while they come and go. SIGTERM \
      ends the process and leaves nothing behind; SIGHUP starts the program again with the same \
      arguments, and the new process takes over while guests run.
      """)

  @Option(
    help: ArgumentHelp(
      """
      The path of the socket on which VMMs connect, or the word systemd: the service manager has \
      made it.
      """, valueName: "path"))
  var socket: String?

  @Option(
    help: ArgumentHelp(
      "The path at which a VMM listens; repeat it for a second one.", valueName: "path"))
  var connect: [String] = []

  @Option(
    help: ArgumentHelp(
      "A file with the ports of the process, in JSON (docs/VHOST-USER.md).", valueName: "file"))
  var config: String?

  @Option(
    help: ArgumentHelp(
      "The TAP as QEMU's -netdev says it, in place of --tap, --queues and --mtu (docs/TAP.md).",
      valueName: "tap,…"))
  var netdev: NetdevArgument?

  @Option(
    help: ArgumentHelp("The TAP's interface name, or a template such as tap%d.", valueName: "name"))
  var tap = "tap0"

  @Option(help: ArgumentHelp("Queue pairs, 1 to 128.", valueName: "n"))
  var queues = 1

  @Option(
    help: ArgumentHelp(
      "The MTU of the interface in bytes; without it it keeps what it has.", valueName: "bytes"))
  var mtu: UInt16?

  @Option(
    help: ArgumentHelp(
      "The user whose VMM may connect, as a number; without it the user of this process.",
      valueName: "uid"))
  var peerUid: UInt32?

  @Option(
    help: ArgumentHelp(
      """
      The path of a control socket, which speaks QMP: query-status, query-ports, query-migrate, \
      migrate, migrate_cancel, quit.
      """, valueName: "path"))
  var control: String?

  @Option(
    help: ArgumentHelp(
      """
      Take over the ports of the process with this control socket; that one ends. With the path of \
      --control it is the service's own successor.
      """, valueName: "path"))
  var takeover: String?

  @Option(help: ArgumentHelp("What logs and traces call this process.", valueName: "name"))
  var name = "net"

  @Option(
    help: ArgumentHelp(
      "Append transition records to this file, one JSON object a line.", valueName: "file"))
  var trace: String?

  @Option(
    help: ArgumentHelp(
      "Serve a page that follows the machines on 127.0.0.1 at this port; prints its address.",
      valueName: "port"))
  var watch: UInt16?

  @Option(
    help: ArgumentHelp(
      "Stop the process before it enters CHART/STATE, once; for rehearsals.", visibility: .hidden))
  var stopAt: String?

  @Option(
    help: ArgumentHelp(
      "How much to log: trace, debug, info, notice, warning, error or critical.", valueName: "level"
    ))
  var logLevel = "info"

  func validate() throws {
    let ways = (socket == nil ? 0 : 1) + (connect.isEmpty ? 0 : 1) + (config == nil ? 0 : 1)
    guard ways == 1 else {
      throw ValidationError("one of --socket, --connect and --config is needed, and one alone")
    }
    for path in [control, takeover].compactMap({ $0 }) where SocketPath(path) == nil {
      throw ValidationError("\(path) is longer than a socket's path may be")
    }
    guard Logger.Level(rawValue: logLevel) != nil else {
      throw ValidationError("--log-level \(logLevel) is not known")
    }
    guard netdev == nil || config == nil else {
      throw ValidationError("--netdev cannot be given with --config: its ports have their own TAPs")
    }
    try NetdevArgument.check(netdev.map { [$0] } ?? [])
    if config == nil { _ = try ports() }
  }

  func run() throws {
    let kernel = Kernel()
    kernel.fillStandardDescriptors()
    kernel.raiseDescriptorLimit()
    let errors = try BackgroundWriter.logging(at: logLevel, of: "net")
    // Nobody waits for ever for a reader that does not read.
    defer { errors.finish(millis: 1_000) }
    let logger = Logger(label: name)
    do {
      var options = try options()
      if let watch {
        options.feed = WatchServer.start(on: watch, name: name, errors: errors, logger: logger)
      }
      try NetHost(options, kernel: kernel) { line in
        if logger.isWanted(line) { errors.later { logger.log(line) } }
      }.run()
    } catch {
      errors.write("baton net: \(told(error))\n")
      throw ExitCode.failure
    }
  }

  /// What went wrong, with the path of the socket where one could not be made.
  private func told(_ error: any Error) -> String {
    guard let refusal = error as? Refusal, refusal.call == Call.bind.rawValue,
      let port = (try? ports())?.first(where: { $0.name == refusal.subject }),
      let path = port.options.meeting.path
    else { return "\(error)" }
    return "\(path): \(error)"
  }

  private func options() throws -> NetHost.Options {
    var options = NetHost.Options(ports: try ports())
    for port in options.ports where takeover == nil && port.options.meeting == .activated(nil) {
      throw PortConfigurationError(
        "\(port.name): the service manager has given no socket of this name (LISTEN_FDNAMES)")
    }
    options.name = name
    options.control = control.flatMap { SocketPath($0) }
    options.takeover = takeover.flatMap { SocketPath($0) }
    options.traceFile = trace
    options.stopAt = stopAt
    options.parameters.local = true
    if let control { options.successor = try successor(at: control) }
    return options
  }

  /// The same program with the same arguments, as it is in the file system by then; it takes over
  /// from this process.
  private func successor(at control: String) throws -> ChildProgram {
    var arguments = Array(CommandLine.arguments.dropFirst())
    if let place = arguments.firstIndex(of: "--takeover") {
      arguments.removeSubrange(place...min(place + 1, arguments.count - 1))
    }
    arguments.removeAll { $0.hasPrefix("--takeover=") }
    return ChildProgram(
      try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe"),
      arguments + ["--takeover", control])
  }

  private func ports() throws -> [NetHost.Options.Port] {
    let sockets = Systemd.sockets(of: Kernel().processID)
    if let config { return try PortConfiguration.read(config, sockets: sockets) }
    let port = PortConfiguration(
      name: nil, socket: socket, connect: connect, tap: tap, queues: queues, mtu: mtu,
      peerUid: peerUid, netdev: netdev)
    do { return [try port.port(at: 0, sockets: sockets)] } catch {
      throw ValidationError("\(error)")
    }
  }
}
