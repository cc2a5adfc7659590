public import BatonCore
import BatonMig
import BatonNet
import BatonQMP
import BatonVhostUser
import Foundation

/// One process with vhost-user ports: their TAPs, their front-ends, a control socket, and an
/// orderly end on SIGTERM and SIGINT. It hands all of that to another process, or takes it over
/// from one; the chart Backend says when.
public final class NetHost: MachineWatcher {
  let loop: EventLoop
  let options: Options
  let log: (LogLine) -> Void
  let observer: HostObserver
  private(set) var ports: [VhostUserPort] = []
  private(set) var outgoing: OutgoingMigration?
  private(set) var incoming: IncomingMigration?
  /// How far the process is.
  private(set) var life: Backend?
  var server: QMPServer?
  var takeover: Takeover?
  var successor: ChildWatch?
  private var signals: [SignalBox] = []
  private var round: RoundWatch?
  /// What the world is told after the round, and after the blackout, which waits for no log.
  private var news: [News] = []
  /// Which front-end each port serves now, in order; the log is told with the news.
  var served: [(port: VhostUserPort, place: UInt8?)] = []
  private let guest = ForeignGuest()
  private(set) var output: BackgroundWriter?
  /// Who waits for lost TAPs that are being opened anew.
  var openings: [ObjectIdentifier: (Result<JSONValue, QMPError>) -> Void] = [:]
  /// When ports are asked for their interfaces.
  var look: BatonCore.Timer?
  var links: LinkBox?
  /// Why the process has ended; nil when it was asked to.
  var failure: (any Error)?

  private static let endWatch = 1
  private static let roundWatch = 2
  private static let reloadWatch = 3
  static let successorWatch = 4
  static let lookWatch = 5
  static let linkWatch = 6

  /// A process that does not run yet.
  ///
  /// - Throws: What the kernel refused of the TAPs or the sockets, or an option that cannot be.
  public init(
    _ options: Options, kernel: Kernel = Kernel(), log: @escaping (LogLine) -> Void
  ) throws {
    self.options = options
    self.log = log
    loop = try EventLoop.ofProcess(kernel)
    // A VMM may shorten its guest's memory, and only that guest shall suffer.
    // Where that is refused, memory that can be shortened is.
    _ = kernel.surviveShrinking()
    observer = HostObserver(in: kernel)
    observer.stopPlace = options.stopAt.flatMap { HostObserver.Place($0) }
    if options.traceFile != nil || options.feed != nil {
      observer.file = try TraceFile(
        loop, path: options.traceFile ?? "/dev/null", trace: observer.trace, feed: options.feed)
    }
    signals = [
      (Signal.terminate, Self.endWatch), (Signal.interrupt, Self.endWatch),
      (Signal.hangUp, Self.reloadWatch),
    ].map { SignalBox(SignalWatch(loop, signal: $0, id: $1, calling: self)) }
    let notifiers = NotifierList(machine: observer.register(.notifiers), observer: observer)
    for port in options.ports {
      ports.append(
        try VhostUserPort(
          loop, name: port.name, port.options, isIncoming: options.takeover != nil,
          watcher: self, process: options.name, registry: observer))
    }
    outgoing = OutgoingMigration(
      loop, guest: guest, devices: ports, notifiers: notifiers, watcher: self,
      number: observer.register(Legend(OutgoingChart.table, instance: options.name)),
      observer: observer)
    incoming = IncomingMigration(
      loop, guest: guest, devices: ports, notifiers: notifiers, watcher: self,
      number: observer.register(Legend(IncomingChart.table, instance: options.name)),
      observer: observer)
    round = RoundWatch(loop, id: Self.roundWatch, calling: self)
    life = Backend(
      loop, host: self,
      number: observer.register(Legend(BackendChart.table, instance: options.name)),
      observer: observer)
  }

  /// Runs until SIGTERM, SIGINT, the command `quit`, or until another process has taken over.
  ///
  /// The line `ready SOCKET` on standard output says that front-ends are served, SOCKET being the
  /// first port's.
  ///
  /// - Throws: Why nothing was taken over, why there is no control socket, or what of the trace is
  ///   lost.
  public func run() throws {
    let output = BackgroundWriter(to: 1, label: "output")
    self.output = output
    life?.send(options.takeover == nil ? .begin : .takeOver)
    observer.file?.flush()
    watchLinks()
    if failure == nil { loop.run() }
    // As a host does: a switch has its end first, and then down scripts are run.
    while outgoing?.status == .device, loop.runOnce() {}
    look = nil
    links = nil
    for port in ports { port.close() }
    while ports.contains(where: { !$0.isClosed }), loop.runOnce() {}
    publish()
    server?.close()
    observer.file?.finish(millis: 1_000)
    log(LogLine(.info, "ended"))
    output.wait(millis: 1_000)
    if let failure { throw failure }
    if let loss = observer.file?.loss { throw loss }
  }

  /// Something happened; the world is told after the round.
  package func machine(event: String, data: [String: String]) {
    news.append(News(event, data.mapValues { .text($0) }))
  }

  package func machine(warning: String) { log(LogLine(.warning, warning)) }

  /// The answer of a command is about to be sent: what it caused is told before.
  package func willAnswer() {
    if outgoing?.status != .device { publish() }
  }

  private func publish() {
    for (port, place) in served {
      let who = place.map { "front-end \($0)" } ?? "nobody"
      log(LogLine(.info, "the TAP serves \(who)", metadata: ["port": "\(port.name)"]))
    }
    served.removeAll(keepingCapacity: true)
    guard !news.isEmpty else { return }
    for news in news {
      log(LogLine(.info, news.event, metadata: news.metadata))
      server?.broadcast(news)
    }
    news.removeAll(keepingCapacity: true)
  }
}

extension NetHost: Watcher {
  /// The loop calls: a signal, or the end of a round.
  public func ready(_ what: Ready, watch: Int) {
    switch watch {
    case Self.roundWatch: if outgoing?.status != .device { publish() }
    case Self.reloadWatch: life?.send(.reload)
    case Self.lookWatch: lookForLosses()
    case Self.linkWatch:
      if links?.drain() == false { watchNoLinks("it cannot be read") }
      lookForLosses()
    case _:
      log(LogLine(.info, "asked to end by a signal"))
      life?.send(.quit)
    }
  }
}

extension NetHost: ChildWatcher {
  /// The successor has ended before it had taken everything over.
  public func ended(_ status: ExitStatus?, child: Int) {
    successor = nil
    life?.send(.successorEnded(status))
  }
}

extension HostObserver: MachineRegistry {}

@available(*, unavailable)
extension NetHost: Sendable {}
