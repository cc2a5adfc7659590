/// Where the actions of a macrostep put what they want: effects for the driver, and raised events
/// for the machine itself. Fixed size, inline, reused from event to event.
public struct Outbox<C: Chart> {
  @usableFromInline var effects: InlineArray<24, C.Effect?>
  @usableFromInline var raised: InlineArray<8, Raised>
  @usableFromInline var emitted = 0
  @usableFromInline var raisedFirst = 0
  @usableFromInline var raisedCount = 0
  /// More was emitted or raised than fits; the machine reports it as an error.
  @usableFromInline var isOverfull = false

  /// An internal event: one that an action raised, or that a state is done.
  @usableFromInline enum Raised {
    case nothing
    case event(C.Event)
    case done(UInt8)
  }

  /// How many effects stand in the outbox.
  @inlinable public var count: Int { emitted }

  /// An empty outbox.
  @inlinable public init() {
    effects = InlineArray(repeating: nil)
    raised = InlineArray(repeating: .nothing)
  }

  /// Asks the driver for an effect; effects are performed in this order after the macrostep.
  @inlinable public mutating func emit(_ effect: C.Effect) {
    guard emitted < effects.count else {
      isOverfull = true
      return
    }
    effects[emitted] = effect
    emitted += 1
  }

  /// Raises an internal event: handled before any external one (SCXML 4.2, 3.13).
  @inlinable public mutating func raise(_ event: C.Event) { push(.event(event)) }

  /// The effects in the order in which they were emitted.
  @inlinable public subscript(position: Int) -> C.Effect { effects[position]! }

  @inlinable mutating func push(_ item: Raised) {
    guard raisedCount < raised.count else {
      isOverfull = true
      return
    }
    raised[(raisedFirst + raisedCount) % raised.count] = item
    raisedCount += 1
  }

  /// The macrostep goes on, or ends in an error.
  @inlinable var isUnsettled: Bool { raisedCount != 0 || isOverfull }

  @inlinable mutating func pop() -> Raised {
    let item = raised[raisedFirst]
    raisedFirst = (raisedFirst + 1) % raised.count
    raisedCount -= 1
    return item
  }

  /// Forgets everything; the storage stays.
  @inlinable public mutating func reset() {
    emitted = 0
    raisedFirst = 0
    raisedCount = 0
    isOverfull = false
  }
}

@available(*, unavailable)
extension Outbox: Sendable {}

@available(*, unavailable)
extension Outbox.Raised: Sendable {}
