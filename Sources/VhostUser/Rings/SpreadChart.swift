package import BatonCore

/// Whether frames of a queue whose own receive ring does not run go to the rings that do.
///
///     state      such frames                       leaves by
///     resting    wait: no ring takes frames        partly, fully
///     changing   wait: their ring may be next      fully, halted, patience
///     settled    go to the rings that run          partly, halted
///     overdue    go to the rings that run          fully, halted
///
/// A TAP spreads frames over all its queues, whatever the guest uses of them, so that those of
/// unused queues have to go to another ring. But front-ends start and stop rings one by one
/// ("Starting and stopping a queue" of the vhost-user protocol): what went to another ring
/// meanwhile would be overtaken by what comes behind it in the queue's own, since a guest looks at
/// its rings in any order. A ring that is to run is waited for: one that is enabled and stopped,
/// and one that is started of which the front-end has not said yet whether it is enabled.
package enum SpreadChart: Chart {
  /// What becomes of frames whose own ring does not run.
  package enum State: UInt8, Symbol {
    /// No receive ring runs.
    case resting
    /// Some run, others are to run.
    case changing
    /// All run that are to.
    case settled
    /// Those that were to run did not start in time.
    case overdue
  }

  /// How many of the receive rings run.
  package enum Event: UInt8, Symbol, Message {
    /// None does.
    case halted
    /// Some do, and others are to.
    case partly
    /// All do that are to, one at least.
    case fully
  }

  /// No transition has a condition.
  package typealias Guard = NoSymbol

  /// What the session is asked for.
  package enum Action: UInt8, Symbol {
    /// Ask for the effect of that name.
    case feed
  }

  /// What the session is asked for.
  package enum Effect: UInt8, Symbol, Message {
    /// Look at frames that waited.
    case feed
  }

  /// How long others are waited for.
  package enum Delay: UInt8, Symbol {
    /// 1 s: a VMM starts hundreds of rings in less, and a TAP's queue holds 1000 frames.
    case patience
  }

  /// Nothing has to be known beside the state.
  package struct Memory: Hashable, Sendable {
    /// No ring runs.
    package init() {}
  }

  private static let patienceNanos: UInt64 = 1_000_000_000

  /// How drawings, records and `baton explore` name the chart.
  package static let name: StaticString = "Spread"
  /// The definition below, checked and flattened once for the process.
  package static let table = Table<Self>.trusted()

  /// The states and transitions; drawn in StateCharts/Spread.
  package static var definition: Definition<Self> {
    chart(initial: .resting) {
      state(.resting) {
        on(.partly, to: .changing)
        on(.fully, to: .settled)
        ignore(.halted)
      }
      state(.changing) {
        after(.patience, do: .feed, to: .overdue)
        on(.fully, to: .settled)
        on(.halted, to: .resting)
        ignore(.partly)
      }
      state(.settled) {
        on(.partly, to: .changing)
        on(.halted, to: .resting)
        ignore(.fully)
      }
      state(.overdue) {
        on(.fully, to: .settled)
        on(.halted, to: .resting)
        ignore(.partly)
      }
    }
  }

  /// How long the delay is, in nanoseconds.
  package static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 { patienceNanos }

  /// Asks the session for an effect; performs nothing.
  package static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    switch action {
    case .feed: outbox.emit(.feed)
    }
  }
}
