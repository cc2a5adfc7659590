package import BatonCore

/// Keeps the records of one step of a machine, for ``ChartCoverage`` to count.
package final class CoverageObserver: Observer {
  /// The microsteps since this was emptied last, oldest first.
  package var records: [TransitionRecord] = []

  /// An observer that has seen nothing.
  package init() {}

  package var wantsDetail: Bool { false }

  package func observed(_ record: TransitionRecord) { records.append(record) }

  package func rested(_ machine: UInt16, in state: UInt16) {}

  package func described(_ detail: RecordDetail) {}
}

@available(*, unavailable)
extension CoverageObserver: Sendable {}
