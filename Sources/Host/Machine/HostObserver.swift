package import BatonCore
import BatonQMP

/// Sees every microstep of a host: keeps the trace, and stops the process at a chosen place, so
/// that a rehearsal can kill it exactly there.
package final class HostObserver: Observer {
  /// A place in a chart's run.
  package struct Place: Hashable, Sendable {
    package var chart: String
    /// The state that is entered.
    package var state: String
    /// True after the effects of entering it were performed, false before.
    package var isAfterEffects: Bool

    /// A place; see the properties.
    package init(chart: String, state: String, isAfterEffects: Bool) {
      self.chart = chart
      self.state = state
      self.isAfterEffects = isAfterEffects
    }

    /// A place as `CHART/STATE`, before the effects of entering it; nil when the text is none.
    package init?(_ text: String) {
      let parts = text.split(separator: "/", omittingEmptySubsequences: false)
      guard parts.count == 2, !parts[0].isEmpty, !parts[1].isEmpty else { return nil }
      self.init(chart: String(parts[0]), state: String(parts[1]), isAfterEffects: false)
    }
  }

  package let trace: Trace
  /// Where the process stops itself, once.
  package var stopPlace: Place?
  /// Writes the records out.
  package var file: TraceFile?
  private let kernel: Kernel
  private var didEnter = false
  /// The leaves of a machine with regions behind its next record; empty for others.
  private var leaves: [UInt16] = []

  /// How the line begins that says on standard output that the process is about to stop itself.
  package static let stopLine = "stopping at "

  /// An observer of a process of `kernel`, with an empty trace.
  package init(trace: Trace = Trace(), in kernel: Kernel = Kernel()) {
    self.trace = trace
    self.kernel = kernel
  }

  /// A number for a machine, under which its records are kept.
  package func register(_ legend: Legend) -> UInt16 { trace.register(legend) }

  /// Takes back the number of a machine that is gone.
  package func retire(_ number: UInt16) { trace.retire(number) }

  /// Which leaves of a machine with regions are active.
  package func configured(_ count: Int, _ leaf: (Int) -> UInt16) {
    trace.configured(count, leaf)
    if stopPlace != nil { leaves = (0..<count).map(leaf) }
  }

  /// A machine made a microstep.
  package func observed(_ record: TransitionRecord) {
    trace.observed(record)
    defer { leaves = [] }
    guard let place = stopPlace, record.outcome == .taken, record.from != record.to,
      ([record.to] + leaves).contains(where: { isAt(place, record.machine, $0) })
    else { return }
    if place.isAfterEffects { didEnter = true } else { stop() }
  }

  /// Whether the trace wants more than records.
  package var wantsDetail: Bool { trace.wantsDetail }

  /// What belongs to the next record.
  package func described(_ detail: RecordDetail) { trace.described(detail) }

  /// The effects of a macrostep were performed.
  package func rested(_ machine: UInt16, in state: UInt16) {
    guard didEnter, let place = stopPlace, isAt(place, machine, state) else { return }
    stop()
  }

  private func isAt(_ place: Place, _ machine: UInt16, _ state: UInt16) -> Bool {
    guard let legend = trace.legend(of: machine), Int(state) < legend.states.count else {
      return false
    }
    return legend.states[Int(state)] == place.state
      && legend.machine.split(separator: " ").first.map(String.init) == place.chart
  }

  private func stop() {
    let place = stopPlace.map { "\($0.chart) \($0.state)" } ?? ""
    stopPlace = nil
    didEnter = false
    file?.finish(millis: 1_000)
    kernel.write(Self.stopLine + place + "\n", to: 1)
    kernel.stopSelf()
  }
}

extension HostObserver {
  /// What `x-stop-at` takes.
  static let stopArguments = [
    Member("chart", .text), Member("state", .text),
    Member("after-effects", .bool, isOptional: true),
  ]

  /// Stops at the place that a command names, once.
  ///
  /// - Throws: `QMPError`, when there is no such place; what was set before stays.
  func setStop(_ arguments: [String: JSONValue]) throws(QMPError) {
    let (chart, state) = (arguments["chart"]?.text ?? "", arguments["state"]?.text ?? "")
    guard let outline = ProjectCharts.outlines.first(where: { $0.name == chart }) else {
      throw QMPError("Parameter 'chart' expects the name of a chart, and '\(chart)' is none")
    }
    guard outline.states.contains(where: { $0.name == state }) else {
      throw QMPError("Parameter 'state' expects a state of \(chart), and '\(state)' is none")
    }
    stopPlace = Place(
      chart: chart, state: state, isAfterEffects: arguments["after-effects"]?.bool ?? false)
  }
}

@available(*, unavailable)
extension HostObserver: Sendable {}
