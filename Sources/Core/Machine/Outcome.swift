/// What a machine did with an event.
public enum Outcome: UInt8, Hashable, Sendable, BitwiseCopyable {
  /// A transition was taken, possibly a targetless one.
  case taken
  /// The state ignores the event by decision, or no guard of its transitions without event held.
  case ignored
  /// The state refuses the event by decision: the sender is to be told.
  case refused
  /// The state defers the event: it is kept, and offered again in another configuration.
  case deferred
  /// No line of the chart expects the event here, or no guard held.
  case unexpected

  /// How it is written in a trace: its case as in the source.
  package var name: String {
    switch self {
    case .taken: "taken"
    case .ignored: "ignored"
    case .refused: "refused"
    case .deferred: "deferred"
    case .unexpected: "unexpected"
    }
  }
}
