import ArgumentParser
import BatonCommand
import BatonCore
import BatonHost
import BatonLab
import BatonMig
import BatonNet
import Foundation
import Logging

/// `baton host`: one VMM process.
struct HostCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "host",
    abstract: "Runs one VMM process: a software guest behind virtio-net and a TAP.",
    discussion: """
      The control socket speaks QMP, the protocol of QEMU's monitors; query-commands tells what it \
      takes, and docs/QMP.md has a session by hand. SIGTERM, SIGINT and SIGHUP end the process, \
      which leaves nothing behind.
      """)

  @Option(help: ArgumentHelp("The path of the control socket.", valueName: "path"))
  var control: String

  @Option(help: ArgumentHelp("What logs and traces call this process.", valueName: "name"))
  var name = "host"

  @Option(
    help: ArgumentHelp(
      "The TAP's interface name, or a template such as tap%d; repeat for more devices.",
      valueName: "name"))
  var tap: [String] = []

  @Flag(help: "Begin without devices; netdev_add and device_add bring them.")
  var bare = false

  @Option(
    help: ArgumentHelp(
      "For how many devices the guest has room, on both sides; by default those it begins with.",
      valueName: "n"))
  var slots: Int?

  @Option(
    help: ArgumentHelp(
      "A TAP as QEMU's -netdev says it, such as tap,id=net0,ifname=tap0,script=/etc/up; repeat.",
      discussion: "docs/TAP.md has its options. Devices of --tap come first.",
      valueName: "tap,…"))
  var netdev: [NetdevArgument] = []

  @Option(help: ArgumentHelp("Queue pairs of each device of --tap, 1 to 256.", valueName: "n"))
  var queues = 1

  @Option(
    help: ArgumentHelp(
      "The MTU of each interface of --tap in bytes; without it they keep what they have.",
      valueName: "bytes"))
  var mtu: UInt16?

  @Option(
    help: ArgumentHelp(
      "The MTU that the guest is told, 68 to 65535 bytes; without it none is offered.",
      valueName: "bytes"))
  var guestMtu: UInt16?

  @Flag(help: "Offer the guest VIRTIO_F_EVENT_IDX, on both sides; release 0.1.0 cannot take it.")
  var eventIdx = false

  @Option(help: ArgumentHelp("The guest's memory in MiB.", valueName: "MiB"))
  var memory = 16

  @Option(
    help: ArgumentHelp(
      "The guest's IPv4 address; further devices count up from it.", valueName: "address"))
  var ip = IPv4Argument(argument: "10.0.1.2")!

  @Option(
    help: ArgumentHelp(
      "The guest's MAC address; further devices count up from it.", valueName: "address"))
  var mac = MACArgument(argument: "52:54:00:ba:70:01")!

  @Flag(help: "Wait for a guest from another process; the command migrate-incoming starts it.")
  var incoming = false

  @Flag(name: .customShort("S"), help: "Do not start the guest, or the one that comes in.")
  var paused = false

  @Flag(inversion: .prefixedNo, help: "Move TAPs as open descriptors (backend-transfer).")
  var local = true

  @Option(
    help: ArgumentHelp(
      "How many milliseconds the guest may stand still for a switch, 1 to 3600000 (switch-ms).",
      valueName: "ms"))
  var switchMs: UInt64 = 300

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
      "How much to log: trace, debug, info, notice, warning, error or critical.", valueName: "level"
    ))
  var logLevel = "info"

  func validate() throws {
    guard 1...VirtioNet.maxPairsLimit ~= queues else {
      throw ValidationError("--queues \(queues) is not possible: 1 to 256 are")
    }
    if let slots, !(1...32 ~= slots) {
      throw ValidationError("--slots \(slots) is not possible: 1 to 32 are")
    }
    guard 1...4096 ~= memory else {
      throw ValidationError("--memory \(memory) is not possible: 1 to 4096 MiB are")
    }
    guard 1...3_600_000 ~= switchMs else {
      throw ValidationError("--switch-ms \(switchMs) is not possible: 1 to 3600000 are")
    }
    guard Logger.Level(rawValue: logLevel) != nil else {
      throw ValidationError("--log-level \(logLevel) is not known")
    }
    guard SocketPath(control) != nil else {
      let reason = control.isEmpty ? "is empty" : "is longer than a socket's path may be"
      throw ValidationError("--control \(control) \(reason)")
    }
    try checkDevices()
  }

  private func checkDevices() throws {
    try NetdevArgument.check(netdev)
    guard !bare || (tap.isEmpty && netdev.isEmpty) else {
      throw ValidationError("--bare begins without devices, and --tap or --netdev is one")
    }
    let count = bare ? 0 : interfaces.count + netdev.count
    if let slots, slots < count {
      throw ValidationError("--slots \(slots) is not possible: there are \(count) devices")
    }
    for interface in interfaces where InterfaceName(interface) == nil {
      throw ValidationError(
        "--tap \(interface) is no interface name: 1 to 15 bytes are, with %d at most once")
    }
    var ids: Set<String> = []
    for id in names where !ids.insert(id).inserted {
      throw ValidationError("two netdevs are named \(id): those without id= are net0, net1, …")
    }
    let further = UInt32(clamping: max(0, interfaces.count + netdev.count - 1))
    guard UInt32.max - ip.value >= further else {
      throw ValidationError("--ip \(ip.value) leaves no addresses for \(further) more devices")
    }
    guard (0...UInt64(further)).allSatisfy({ MACAddress(bits: mac.value.bits &+ $0).isStation })
    else { throw ValidationError("--mac leaves no addresses for \(further) more devices") }
  }

  func run() throws {
    let kernel = Kernel()
    kernel.fillStandardDescriptors()
    kernel.raiseDescriptorLimit()
    let errors = try BackgroundWriter.logging(at: logLevel, of: "host")
    let logger = Logger(label: name)
    // Nobody waits for ever for a reader that does not read.
    defer { errors.finish(millis: 1_000) }
    do {
      var options = try options()
      if let watch {
        options.feed = WatchServer.start(on: watch, name: name, errors: errors, logger: logger)
      }
      let host = try BatonHost.Host(options, kernel: kernel) { line in
        if logger.isWanted(line) { errors.later { logger.log(line) } }
      }
      try host.run()
      if let failure = host.failure {
        errors.later { logger.error("\(failure)") }
        throw ExitCode.failure
      }
    } catch let code as ExitCode {
      throw code
    } catch {
      errors.write("baton host: \(name): \(error)\n")
      throw ExitCode.failure
    }
  }

  /// Those of --tap; one when nothing is said of any device.
  private var interfaces: [String] { tap.isEmpty && netdev.isEmpty ? ["tap0"] : tap }

  /// The devices' names in their order: those of --netdev by their id, others by their number.
  private var names: [String] {
    let own = (bare ? [] : interfaces).map { _ in nil as String? } + netdev.map(\.id)
    return own.enumerated().map { $1 ?? "net\($0)" }
  }

  private func options() throws -> BatonHost.Host.Options {
    guard let control = SocketPath(control) else { throw ExitCode.validationFailure }
    let taps = try (bare ? [] : interfaces).map { interface in
      guard let interface = InterfaceName(interface) else { throw ExitCode.validationFailure }
      return TapOptions(name: interface, queues: queues, vnetHeader: .required, mtu: mtu)
    }
    let nics = zip(names, taps + netdev.map(\.options)).enumerated().map { index, nic in
      MachineConfiguration.Nic(
        id: nic.0,
        options: NetDevice.Options(
          tap: nic.1, mac: MACAddress(bits: mac.value.bits + UInt64(index)), mtu: guestMtu,
          offersEventIndex: eventIdx),
        ipv4: ip.value + UInt32(index))
    }
    var machine = MachineConfiguration(name: name, memoryByteCount: memory << 20, nics: nics)
    machine.slots = max(slots ?? 1, nics.count)
    (machine.spareIPv4, machine.spareMAC) = (ip.value, mac.value)
    var options = BatonHost.Host.Options(configuration: machine, control: control)
    options.isIncoming = incoming
    options.isPaused = paused
    options.traceFile = trace
    options.parameters.local = local
    options.parameters.switchMillis = switchMs
    // A guest that comes in stays paused too.
    options.parameters.startsGuest = !(incoming && paused)
    return options
  }
}
