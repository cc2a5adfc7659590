public import BatonCore
public import BatonMig
import BatonQMP
public import BatonTraces
import Foundation

/// One VMM process: a machine, a control socket, and an orderly end on SIGTERM, SIGINT and
/// SIGHUP.
public final class Host: MachineWatcher, Watcher {
  /// What a host starts with; it changes nothing afterwards.
  public struct Options: Sendable {
    /// What its machine is made of; the same on both sides of a move.
    public var configuration: MachineConfiguration
    /// Where the control socket is made; it is removed at the end.
    public var control: SocketPath
    /// True to take a guest from another process.
    public var isIncoming = false
    /// True when the guest stays paused at first (QEMU's `-S`).
    public var isPaused = false
    /// Where transition records go as they happen; nil keeps them in memory only.
    public var traceFile: String?
    /// Gets the records as lines, for a page that follows the machines; nil when there is none.
    public var feed: TraceFeed?
    /// The parameters of the first migration.
    public var parameters = MigrationParameters()

    /// A host that runs a fresh guest.
    public init(configuration: MachineConfiguration, control: SocketPath) {
      self.configuration = configuration
      self.control = control
    }
  }

  let loop: EventLoop
  /// Where lines for the operator go; called on the loop's thread, between rounds.
  let log: (LogLine) -> Void
  let options: Options
  let observer: HostObserver
  var machine: VirtualMachine?
  private var server: QMPServer?
  /// Those that had another guest before, and are not closed to the end.
  var former: [VirtualMachine] = []
  /// Why the guest could not be started; nil while it could.
  private var bootFailure: MachineFailure?
  private var hasMadeMachine = false
  private var signals: [SignalBox] = []
  private var round: RoundWatch?
  /// Lines of the trace whose loss was told.
  private var toldDropped: UInt64 = 0
  private var newsTimer: BatonCore.Timer?
  /// What the operator knows of the loop's refusals.
  var told = EventLoop.Refusals()
  private var news: [News] = []
  /// What `migrate-set-capabilities` switched on.
  var capabilities: Set<String> = []
  /// What `migrate-set-parameters` has set that means nothing here, to be read again.
  var otherParameters = KeptParameters.defaults
  /// Descriptors that clients have given.
  let descriptors: DescriptorStore
  /// What writes frames of netdevs to files.
  var dumps: [FrameDump] = []
  /// Those that have ended and are still written.
  var endings: [FrameDump.Ending] = []
  /// Announcements that are still to come.
  var announcements: [Announcement] = []
  /// Whether a migration that comes in and fails ends the process (`exit-on-error`).
  var exitsOnError = false
  private var isEnding = false
  /// Why the process ended by itself; nil when it was asked to.
  public private(set) var failure: String?

  private static let signalWatch = 1
  private static let roundWatch = 2
  private static let newsWatch = 3
  private static let newsDelayNanos: UInt64 = 5_000_000

  /// A host that does not run yet.
  ///
  /// - Throws: Why the machine, the control socket or the trace file could not be made.
  public init(
    _ options: Options, kernel: Kernel = Kernel(), log: @escaping (LogLine) -> Void
  ) throws {
    self.options = options
    self.log = log
    loop = try EventLoop.ofProcess(kernel)
    observer = HostObserver(in: kernel)
    descriptors = DescriptorStore(in: kernel)
    if options.traceFile != nil || options.feed != nil {
      let file = try TraceFile(
        loop, path: options.traceFile ?? "/dev/null", trace: observer.trace, feed: options.feed)
      observer.file = file
    }
    signals = kernel.endingSignals.map {
      SignalBox(SignalWatch(loop, signal: $0, id: Self.signalWatch, calling: self))
    }
    round = RoundWatch(loop, id: Self.roundWatch, calling: self)
    try makeMachine(isIncoming: options.isIncoming, parameters: options.parameters)
    if !options.isIncoming, !options.isPaused { machine?.runner.send(.cont) }
    do throws(SystemError) {
      server = try QMPServer(loop, at: options.control, handler: self)
    } catch {
      throw Refusal(error, at: options.control.bytes)
    }
    // The first round may be long in coming.
    observer.file?.flush()
  }

  /// Runs until SIGTERM, SIGINT, SIGHUP or the command `quit`, and leaves nothing behind.
  ///
  /// The line `ready CONTROL` on standard output says that the control socket listens. A switch
  /// that has begun is brought to its end first, and down scripts are run: both are bounded in
  /// time.
  ///
  /// - Throws: Why the guest could not be started, when that was known only later, or what of the
  ///   trace is lost.
  public func run() throws {
    // Whoever started this process may not read any more.
    let output = BackgroundWriter(to: 1, label: "output")
    output.write("ready \(options.control)\n")
    log(LogLine(.info, "ready", metadata: ["control": "\(options.control)"]))
    if bootFailure == nil { loop.run() }
    close()
    server?.close()
    observer.file?.finish(millis: 1_000)
    finishDumps()
    tellDropped()
    log(LogLine(.info, "ended"))
    if let bootFailure { throw bootFailure }
    if let loss = observer.file?.loss { throw loss }
  }

  /// Who has the guest in the end decides who runs its down scripts: so a switch has its end first,
  /// which its budget bounds. A program is bounded by its own limit.
  private func close() {
    while machine?.outgoing.status == .device, loop.runOnce() {}
    machine?.shutDown()
    if let machine { former.append(machine) }
    machine = nil
    while former.contains(where: { !$0.isClosed }), loop.runOnce() {}
    former = []
    publish()
  }

  /// - Parameter configuration: What it is made of, where that is not as at the beginning.
  func makeMachine(
    _ configuration: MachineConfiguration? = nil, isIncoming: Bool, parameters: MigrationParameters
  ) throws(MachineFailure) {
    former.removeAll { $0.isClosed }
    var configuration = configuration ?? options.configuration
    // What was given to this process belongs to its first machine.
    if hasMadeMachine { configuration.forgetDescriptors() }
    hasMadeMachine = true
    let machine = try VirtualMachine(
      loop, configuration, isIncoming: isIncoming, observer: observer, watcher: self)
    machine.parameters = parameters
    self.machine = machine
    settleDumps()
  }

  func quit(_ reason: String) {
    if !isEnding { tell("SHUTDOWN", ["guest": false, "reason": .text(reason)]) }
    isEnding = true
    loop.stop()
  }

  /// Something happened that a client is told of.
  func tell(_ event: String, _ data: [String: JSONValue]) { news.append(News(event, data)) }

  /// The loop calls on a signal and after every round.
  public func ready(_ what: Ready, watch: Int) {
    if watch == Self.roundWatch { return considerNews() }
    if watch == Self.newsWatch { return publish() }
    log(LogLine(.info, "asked to end by a signal"))
    quit("host-signal")
  }

  /// Something happened in the machine; the world is told after the round, so that no blackout
  /// waits for a log or a socket.
  package func machine(event: String, data: [String: String]) {
    news.append(News(event, data.mapValues { .text($0) }))
    guard exitsOnError, event == "MIGRATION", data["status"] == "failed",
      machine?.runner.state == .inmigrate
    else { return }
    failure = "load of migration failed: \(machine?.incoming.refusalText ?? "no reason is known")"
    quit("host-error")
  }

  /// The answer of a command is about to be sent: what it caused is told before.
  package func willAnswer() {
    if machine?.outgoing.status != .device { publish() }
  }

  /// While the target has the guest's state and has not answered, this process keeps off the
  /// processor: who listens would be woken before the target, on which the guest waits. A target
  /// that does not answer soon is news as well.
  private func considerNews() {
    if machine?.outgoing.status != .device { tellRefusals() }
    guard !news.isEmpty else { return }
    guard machine?.outgoing.status == .device else { return publish() }
    if newsTimer == nil {
      newsTimer = BatonCore.Timer(loop, id: Self.newsWatch, calling: self)
      newsTimer?.arm(after: Self.newsDelayNanos)
    }
  }

  private func publish() {
    newsTimer = nil
    for news in news {
      log(LogLine(.info, news.event, metadata: news.metadata))
      if news.event != "MIGRATION" || capabilities.contains("events") { server?.broadcast(news) }
    }
    news.removeAll(keepingCapacity: true)
    tellDropped()
  }

  /// Says once how much of the trace was lost so far, whenever that has grown.
  private func tellDropped() {
    guard let status = observer.file?.status, status.dropped > toldDropped else { return }
    let why = status.failure.map { ": \($0)" } ?? " for want of room"
    log(LogLine(.warning, "\(status.dropped - toldDropped) lines of the trace were dropped\(why)"))
    toldDropped = status.dropped
  }

  package func control(warning: String) { log(LogLine(.warning, warning)) }

  package func machine(warning: String) { log(LogLine(.warning, warning)) }

  package func machine(said line: String) { log(LogLine(.info, line)) }

  package func machine(failed failure: MachineFailure) {
    bootFailure = failure
    loop.stop()
  }
}

@available(*, unavailable)
extension Host: Sendable {}

extension News {
  /// What belongs to the event, as a log has it.
  var metadata: [String: String] { data.mapValues { $0.text ?? $0.line } }
}
