package import BatonCore
package import BatonRelay

/// A process that runs one relay, with a trace where one is wanted.
package final class RelayHost: Watcher {
  private let loop: EventLoop
  private let observer: HostObserver
  private let relay: Relay
  private var signals: [SignalBox] = []
  private var report: RelayReport?

  /// A relay that has not begun.
  ///
  /// - Throws: A trace file or a folder that cannot be made.
  package init(
    _ options: RelayOptions, trace: String? = nil, stopAt: String? = nil,
    kernel: Kernel = Kernel()
  ) throws {
    loop = try EventLoop.ofProcess(kernel)
    observer = HostObserver(in: kernel)
    observer.stopPlace = stopAt.flatMap { HostObserver.Place($0) }
    if let trace { observer.file = try TraceFile(loop, path: trace, trace: observer.trace) }
    relay = try Relay(
      loop, options, number: observer.register(Legend(RelayChart.table, instance: "relay")),
      observer: observer)
    signals = kernel.endingSignals.map {
      SignalBox(SignalWatch(loop, signal: $0, calling: self))
    }
  }

  /// Runs it to its end; each line says how far it is.
  package func run(line: @escaping (String) -> Void) -> RelayReport {
    relay.onLine = line
    relay.onEnd = { [weak self] in
      self?.report = $0
      self?.loop.stop()
    }
    relay.begin()
    if report == nil { loop.run() }
    observer.file?.finish(millis: 1_000)
    return report ?? relay.report
  }

  /// What was lost of the trace; nil when nothing was.
  package var loss: TraceLoss? { observer.file?.loss }

  /// The loop calls: the user does not want it any more.
  package func ready(_ what: Ready, watch: Int) { relay.quit() }
}

@available(*, unavailable)
extension RelayHost: Sendable {}
