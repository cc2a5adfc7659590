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
  /// The action that runs has failed: the rest of its block is left out.
  @usableFromInline var hasFailed = false
  /// There is a result or an order, which most macrosteps do without.
  @usableFromInline var hasMore = false
  /// What the final state that is being entered gives to what waits for its end.
  @usableFromInline var result: C.Event?
  /// Events to send, and sends to cancel, in order; empty but for charts that send.
  @usableFromInline var orders: [Order] = []

  /// An internal event: one that an action raised, or that a state is done.
  @usableFromInline enum Raised {
    case nothing
    case event(C.Event)
    case done(UInt8, C.Event?)
  }

  /// What becomes of the event pool after the macrostep.
  @usableFromInline enum Order {
    case send(C.Event, after: UInt64, id: SendID)
    case cancel(SendID)
  }

  /// How many effects stand in the outbox, at most ``Limits/effects``.
  @inlinable public var count: Int { emitted }

  /// An empty outbox; one serves a machine for all its events, see ``reset()``.
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

  /// Ends the block of actions that runs with an error, and raises the event that tells of it
  /// (SCXML 4.9 and 5.10, `error.execution`). Other blocks of the same microstep are not touched.
  @inlinable public mutating func fail(_ error: C.Event) {
    hasFailed = true
    raise(error)
  }

  /// In an entry action of a final state: the event that guards and actions of the enclosing
  /// state's `done` transitions see (SCXML 5.5, donedata).
  @inlinable public mutating func finish(with result: C.Event) {
    self.result = result
    hasMore = true
  }

  /// Sends an external event to the machine itself, to be handled when this much time has passed
  /// (SCXML 6.2).
  ///
  /// - Parameters:
  ///   - event: What is sent; at most ``Limits/sends`` may be under way at one time.
  ///   - delay: In nanoseconds; 0 is after this macrostep.
  ///   - id: By what ``cancel(_:)`` finds it.
  @inlinable public mutating func send(
    _ event: C.Event, after delay: UInt64 = 0, id: SendID = SendID(rawValue: 0)
  ) {
    orders.append(.send(event, after: delay, id: id))
    hasMore = true
  }

  /// Takes back all events that were sent under this id and have not come (SCXML 6.3).
  @inlinable public mutating func cancel(_ id: SendID) {
    orders.append(.cancel(id))
    hasMore = true
  }

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
  @inlinable var isUnsettled: Bool { raisedCount != 0 || isOverfull || hasMore }

  /// Notes that a state is done, with what its final child gave.
  @inlinable mutating func pushDone(_ state: UInt8) {
    push(.done(state, result))
    result = nil
  }

  @inlinable mutating func pop() -> Raised {
    let item = raised[raisedFirst]
    raisedFirst = (raisedFirst + 1) % raised.count
    raisedCount -= 1
    return item
  }

  /// Forgets everything, so that the next event finds an empty outbox; the storage stays.
  @inlinable public mutating func reset() {
    emitted = 0
    raisedFirst = 0
    raisedCount = 0
    isOverfull = false
    guard hasMore else { return }
    hasMore = false
    result = nil
    orders.removeAll(keepingCapacity: true)
  }
}

@available(*, unavailable)
extension Outbox.Order: Sendable {}

@available(*, unavailable)
extension Outbox: Sendable {}

@available(*, unavailable)
extension Outbox.Raised: Sendable {}
