public import BatonCore
public import BatonMig
public import BatonNet
public import BatonVhostUser
import Foundation

/// One process with a vhost-user port: a TAP, its front-ends, a control socket, and an orderly end
/// on SIGTERM and SIGINT. It hands all of that to another process, or takes it over from one.
public final class NetHost: Watcher, MachineWatcher, CommandHandler {
  /// What the process starts with; it changes nothing afterwards.
  public struct Options: Sendable {
    /// The port; the same in both processes of a takeover.
    public var port: VhostUserPort.Options
    /// Where the control socket is made; nil for none.
    public var control: SocketPath?
    /// The control socket of a process whose port is taken over; nil to begin afresh.
    public var takeover: SocketPath?
    /// How the migration is done, from the source's side.
    public var parameters = MigrationParameters()

    /// A process that begins afresh, without a control socket.
    public init(port: VhostUserPort.Options) { self.port = port }
  }

  let loop: EventLoop
  let options: Options
  private let log: (LogLine) -> Void
  private var port: VhostUserPort?
  private var outgoing: OutgoingMigration?
  private var incoming: IncomingMigration?
  private var server: ControlServer?
  private var signals: [SignalBox] = []
  private var again: BatonCore.Timer?
  private var round: RoundWatch?
  /// What the world is told after the round, and after the blackout, which waits for no log.
  private var news: [(event: String, data: [String: String])] = []
  private var takeover: Takeover?
  private let notifiers = NotifierList()
  private let guest = Elsewhere()
  /// Nil, or why the process has to end.
  private var failure: (any Error)?
  /// How often the control socket was tried for while the other process still had it.
  private var tries = 0

  private static let signalWatch = 1
  private static let againWatch = 2
  private static let endWatch = 3
  private static let roundWatch = 4
  private static let againNanos: UInt64 = 50_000_000
  private static let triesMax = 200

  /// A process that does not run yet.
  ///
  /// - Throws: What the kernel refused of the TAP or the sockets, or an option that cannot be.
  public init(
    _ options: Options, kernel: Kernel = Kernel(), log: @escaping (LogLine) -> Void
  ) throws {
    self.options = options
    self.log = log
    loop = EventLoop.ofProcess(kernel)
    signals = [Signal.terminate, Signal.interrupt].map {
      SignalBox(SignalWatch(loop, signal: $0, id: Self.signalWatch, calling: self))
    }
    let isIncoming = options.takeover != nil
    let port = try VhostUserPort(
      loop, name: Name("net0"), options.port, isIncoming: isIncoming, notifiers: notifiers,
      watcher: self)
    self.port = port
    outgoing = OutgoingMigration(
      loop, guest: guest, devices: [port], notifiers: notifiers, watcher: self)
    incoming = IncomingMigration(
      loop, guest: guest, devices: [port], notifiers: notifiers, watcher: self)
    round = RoundWatch(loop, id: Self.roundWatch, calling: self)
    if let other = options.takeover { try takeOver(other) } else { try openControl() }
  }

  /// Runs until SIGTERM, SIGINT, the command `quit`, or until another process has taken over.
  ///
  /// The line `ready SOCKET` on standard output says that front-ends are served.
  ///
  /// - Throws: Why nothing was taken over.
  public func run() throws {
    let output = BackgroundWriter(to: 1, label: "output")
    if options.takeover == nil { tellReady(output) }
    self.output = output
    loop.run()
    port?.close()
    publish()
    server?.close()
    log(LogLine(.info, "ended"))
    output.wait(millis: 1_000)
    if let failure { throw failure }
  }

  private var output: BackgroundWriter?

  private func tellReady(_ output: BackgroundWriter?) {
    output?.write("ready \(options.port.socket)\n")
    log(LogLine(.info, "ready", metadata: ["socket": "\(options.port.socket)"]))
  }

  /// The loop calls: a signal, the time to try again, or the end of what was asked for.
  public func ready(_ what: Ready, watch: Int) {
    switch watch {
    case Self.againWatch: tryControl()
    case Self.roundWatch: if outgoing?.status != .device { publish() }
    case _: loop.stop()
    }
  }

  // MARK: Taking over

  /// Asks the other process to hand everything over to this one.
  private func takeOver(_ other: SocketPath) throws {
    let meeting = "unix:\(other).\(loop.kernel.processID)"
    try incoming?.listen(at: MigrationAddress(meeting), options.parameters)
    takeover = try Takeover(loop, at: other, meeting: meeting) { [weak self] error in
      // Behind the beginning the chart knows better what became of the other process.
      guard let self, incoming?.status == .setup else { return }
      fail(TakeoverError(control: other, reason: error))
    }
  }

  private func fail(_ error: any Error) {
    failure = failure ?? error
    loop.stop()
  }

  private func openControl() throws(SystemError) {
    guard let control = options.control else { return }
    server = try ControlServer(loop, at: control, handler: self)
  }

  /// The process before has the control socket until it ends.
  private func tryControl() {
    again = nil
    do throws(SystemError) { try openControl() } catch {
      tries += 1
      guard tries < Self.triesMax else {
        return log(LogLine(.warning, "there is no control socket: \(error)"))
      }
      again = BatonCore.Timer(loop, id: Self.againWatch, calling: self)
      again?.arm(after: Self.againNanos)
    }
  }

  // MARK: Commands

  package func handle(command line: [UInt8]) -> String {
    Reply.line(to: line, by: carryOut)
  }

  private func carryOut(_ name: String, _ arguments: [String: Any]) throws -> [String: Any] {
    switch name {
    case "query-status": return ["status": "running", "front-ends": port?.frontEndCount ?? 0]
    case "query-migrate": return migration
    case "migrate":
      guard let uri = arguments["uri"] as? String else {
        throw CommandError("need the 'uri' argument")
      }
      try outgoing?.migrate(to: MigrationAddress(uri), options.parameters)
    case "migrate_cancel": outgoing?.cancel()
    case "quit": loop.stop()
    case _: throw CommandError("The command \(name) has not been found")
    }
    return [:]
  }

  private var migration: [String: Any] {
    let isTarget = options.takeover != nil && outgoing?.status == MigrationStatus.none
    let side = isTarget ? incoming?.report : outgoing?.report
    return side ?? [:]
  }

  package func control(warning: String) { log(LogLine(.warning, warning)) }

  package func machine(event: String, data: [String: String]) { news.append((event, data)) }

  private func publish() {
    guard !news.isEmpty else { return }
    for (event, data) in news {
      log(LogLine(.info, event, metadata: data))
      server?.broadcast(Reply.line(["event": event, "data": data]))
    }
    news.removeAll(keepingCapacity: true)
  }

  package func machine(warning: String) { log(LogLine(.warning, warning)) }
}

/// What the migrations tell.
extension NetHost: MigrationWatcher {
  /// A migration has a new status; whoever has given everything away ends.
  public func migration(status: MigrationStatus) {
    machine(event: "MIGRATION", data: ["status": "\(status.qapiName)"])
    switch status {
    case .completed:
      if options.takeover != nil, outgoing?.status != .completed {
        tellReady(output)
        tryControl()
      } else {
        again = BatonCore.Timer(loop, id: Self.endWatch, calling: self)
        again?.arm(at: loop.now)
      }
    case .failed, .cancelled:
      guard options.takeover != nil, outgoing?.status == MigrationStatus.none else { return }
      fail(incoming?.refusal ?? Refusal(.cancelled))
    case .none, .setup, .cancelling, .active, .preSwitchover, .device: break
    }
  }

  /// Something went wrong that ends nothing.
  public func migration(warning: Refusal) { machine(warning: "\(warning)") }
}

/// What the port tells.
extension NetHost: VhostUserPortWatcher {
  /// A front-end has connected.
  public func port(_ port: VhostUserPort, connected process: Int32?) {
    machine(event: "FRONTEND_CONNECTED", data: ["pid": "\(process ?? 0)"])
  }

  /// A session is over, for this reason or because the front-end left.
  public func port(_ port: VhostUserPort, ended fault: VhostFault?) {
    guard let fault else { return machine(event: "FRONTEND_LEFT", data: [:]) }
    machine(warning: "a front-end is sent away: \(fault)")
    machine(event: "FRONTEND_LOST", data: ["reason": "\(fault)"])
  }

  /// Somebody was not let in.
  public func port(_ port: VhostUserPort, turnedAway refusal: Refusal) {
    machine(warning: "a connection is refused: \(refusal)")
  }

  /// A guest has broken a ring of its own.
  public func port(_ port: VhostUserPort, ring: Int, broken fault: RingFault) {
    machine(warning: "ring \(ring) is broken by its guest: \(fault)")
  }

  /// Another front-end has the TAP, or none.
  public func port(_ port: VhostUserPort, serves place: UInt8?) {
    let who = place.map { "front-end \($0)" } ?? "nobody"
    log(LogLine(.info, "the TAP serves \(who)"))
  }

  /// The interface was deleted, and the guest has no network any more.
  public func port(_ port: VhostUserPort, lost refusal: Refusal) {
    machine(event: "NETDEV_LOST", data: ["netdev-id": "\(port.name)", "reason": "\(refusal)"])
  }
}

/// The guest of a port runs in its VMM: nothing of it is here to be stopped or moved.
private final class Elsewhere: MovableGuest {
  var isRunning: Bool { true }
  var regions: [MemoryRegion] { [] }

  func stop() {}
  func start() {}
  func lendMemory() -> [CInt] { [] }
  func adopt(_ regions: [MemoryRegion], _ descriptors: consuming Descriptors) throws(Refusal) {
    guard regions.isEmpty else {
      throw .mismatch(
        .regionCount, subject: Name("ram"), here: .number(0), there: .number(UInt64(regions.count)))
    }
  }
  func discardMemory() {}
  func releaseMemory() {}
}

/// Asks another process, at its control socket, to hand everything over.
private final class Takeover: LineReader {
  private var connection: LineConnection?
  private let refused: (String) -> Void

  init(
    _ loop: any Loop, at path: SocketPath, meeting: String, refused: @escaping (String) -> Void
  ) throws(SystemError) {
    self.refused = refused
    let socket = Descriptor(owning: try loop.kernel.connect(path: path), in: loop.kernel)
    let connection = LineConnection(loop, socket, reader: self)
    self.connection = connection
    connection.send(Reply.line(["execute": "migrate", "arguments": ["uri": meeting]]))
  }

  func connection(_ connection: LineConnection, line: [UInt8]) {
    let object = try? JSONSerialization.jsonObject(with: Data(line)) as? [String: Any]
    guard let error = object?["error"] as? [String: Any] else { return }
    refused(error["desc"] as? String ?? "refused")
  }

  func connectionClosed(_ connection: LineConnection, because limit: String?) {
    self.connection = nil
    refused("the process has closed its control socket")
  }
}

/// Why a process does not hand over what it has.
public struct TakeoverError: Error, CustomStringConvertible {
  /// Its control socket.
  let control: SocketPath
  /// In its own words, or that it is gone.
  let reason: String

  /// The control socket and the reason.
  public var description: String { "\(control) does not hand over: \(reason)" }
}

@available(*, unavailable)
extension NetHost: Sendable {}
