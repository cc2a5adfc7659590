/// Where the actions of a macrostep put what they want: effects for the driver, and raised events
/// for the machine itself. Inline up to ``Limits``, beyond that in room that is made once; reused
/// from event to event.
public struct Outbox<C: Chart> {
  /// What has no room above, in a chart whose limits are higher; there is room for it from the
  /// start.
  @usableFromInline var furtherEffects: [C.Effect] = []
  @usableFromInline var furtherRaised: [Raised] = []
  @usableFromInline var emitted = 0
  @usableFromInline var raisedFirst = 0
  @usableFromInline var raisedCount = 0
  /// What is to be looked at after an action; most macrosteps leave nothing.
  @usableFromInline var notes: Notes = []
  /// Events to send, and sends to cancel, in order; empty but for charts that send.
  @usableFromInline var orders: [Order] = []
  /// In a chart that invokes another, the outboxes of both; see `InnerOutboxes`.
  @usableFromInline var inner = InnerPlace()
  // What is of another size in each chart comes last: see `Machine.store`.
  @usableFromInline var effects: InlineArray<24, C.Effect?>
  @usableFromInline var raised: InlineArray<8, Raised>
  /// What the final state that is being entered gives to what waits for its end.
  @usableFromInline var result: C.Event?

  /// What actions leave behind beside effects, as bits.
  @usableFromInline struct Notes: OptionSet, BitwiseCopyable {
    @usableFromInline let rawValue: UInt8
    @inlinable init(rawValue: UInt8) { self.rawValue = rawValue }

    /// There are raised events.
    @inlinable static var raised: Notes { Notes(rawValue: 1) }
    /// More was emitted or raised than fits; the machine reports it as an error.
    @inlinable static var overfull: Notes { Notes(rawValue: 2) }
    /// The action that runs has failed: the rest of its block is left out.
    @inlinable static var failed: Notes { Notes(rawValue: 4) }
    /// There is a result, an order or an effect that has no room inline.
    @inlinable static var more: Notes { Notes(rawValue: 8) }
  }

  /// An internal event: one that an action raised, or that a state is done.
  @usableFromInline enum Raised {
    case nothing
    case event(C.Event)
    case done(UInt16, C.Event?)
  }

  /// What becomes of the event pool after the macrostep.
  @usableFromInline enum Order {
    case send(C.Event, after: UInt64, id: SendID)
    case cancel(SendID, EventShare)
    /// All sent and deferred events of a chart that a state has run.
    case forget(CancelledPart)
  }

  /// How many effects stand in the outbox, at most ``MachineLimits/effects``.
  @inlinable public var count: Int { emitted }

  /// An empty outbox; one serves a machine for all its events, see ``reset()``.
  @inlinable public init() {
    effects = InlineArray(repeating: nil)
    raised = InlineArray(repeating: .nothing)
    let limits = C.limits
    // Who says that there is no limit means no such room.
    let most = 4096
    if limits.effects > effects.count {
      furtherEffects.reserveCapacity(min(limits.effects - effects.count, most))
    }
    if limits.raised > raised.count {
      furtherRaised.reserveCapacity(min(limits.raised - raised.count, most))
    }
  }

  /// Asks the driver for an effect; effects are performed in this order after the macrostep.
  @inlinable public mutating func emit(_ effect: C.Effect) {
    #if hasFeature(Embedded)
      // Inline it would be most of what an action is compiled to.
      emitApart(effect)
    #else
      emitHere(effect)
    #endif
  }

  @inlinable @inline(never) mutating func emitApart(_ effect: C.Effect) { emitHere(effect) }

  @inlinable @inline(__always) mutating func emitHere(_ effect: C.Effect) {
    guard emitted < min(effects.count, C.limits.effects) else { return emitFurther(effect) }
    effects[emitted] = effect
    emitted += 1
  }

  @inlinable @inline(never) mutating func emitFurther(_ effect: C.Effect) {
    guard emitted < C.limits.effects else {
      notes.insert(.overfull)
      return
    }
    furtherEffects.append(effect)
    // So that it is forgotten with the rest.
    notes.insert(.more)
    emitted += 1
  }

  @inlinable @inline(never) mutating func furtherEffect(_ position: Int) -> C.Effect {
    furtherEffects[position - effects.count]
  }

  /// Raises an internal event: handled before any external one (SCXML 4.2, 3.13).
  @inlinable public mutating func raise(_ event: C.Event) { push(.event(event)) }

  /// Ends the block of actions that runs with an error, and raises the event that tells of it
  /// (SCXML 4.9 and 5.10, `error.execution`). Other blocks of the same microstep are not touched.
  @inlinable public mutating func fail(_ error: C.Event) {
    notes.insert(.failed)
    raise(error)
  }

  /// In an entry action of a final state: the event that guards and actions of the enclosing
  /// state's `done` transitions see (SCXML 5.5, donedata).
  @inlinable public mutating func finish(with result: C.Event) {
    self.result = result
    notes.insert(.more)
  }

  /// Sends an external event to the machine itself, to be handled when this much time has passed
  /// (SCXML 6.2).
  ///
  /// - Parameters:
  ///   - event: What is sent; at most ``MachineLimits/sends`` may be under way at one time.
  ///   - delay: In nanoseconds; 0 is after this macrostep.
  ///   - id: By what ``cancel(_:)`` finds it.
  @inlinable public mutating func send(
    _ event: C.Event, after delay: UInt64 = 0, id: SendID = SendID(rawValue: 0)
  ) {
    orders.append(.send(event, after: delay, id: id))
    notes.insert(.more)
  }

  /// Takes back all events that were sent under this id and have not come (SCXML 6.3).
  @inlinable public mutating func cancel(_ id: SendID) {
    orders.append(.cancel(id, EventShare()))
    notes.insert(.more)
  }

  /// The effects in the order in which they were emitted.
  ///
  /// ``effect(at:)`` is for those who read each event's: here the whole outbox is copied first.
  @inlinable public subscript(position: Int) -> C.Effect {
    var copy = self
    return copy.effect(at: position)
  }

  /// One of the effects, read where it is.
  @inlinable public mutating func effect(at position: Int) -> C.Effect {
    position < effects.count ? effects[position]! : furtherEffect(position)
  }

  /// The kinds of the first eight effects from a place on, one a byte, the first in the lowest.
  @inlinable @inline(never) mutating func kinds(from start: Int) -> UInt64 {
    var kinds: UInt64 = 0
    for place in start..<min(emitted, start + 8) {
      let effect = effect(at: place)
      kinds |= UInt64(effect.kind.rawValue) << UInt64(8 * (place - start))
    }
    return kinds
  }

  @inlinable mutating func push(_ item: Raised) {
    guard raisedCount < C.limits.raised else {
      notes.insert(.overfull)
      return
    }
    notes.insert(.raised)
    if raisedCount < raised.count {
      raised[(raisedFirst + raisedCount) % raised.count] = item
    } else {
      furtherRaised.append(item)
    }
    raisedCount += 1
  }

  /// The macrostep goes on, or ends in an error.
  @inlinable var isUnsettled: Bool { !notes.isEmpty }

  @inlinable var isOverfull: Bool { notes.contains(.overfull) }

  /// The action that ran has failed; set back, so that the next block is not touched.
  @inlinable var hasFailed: Bool {
    get { notes.contains(.failed) }
    set { if newValue { notes.insert(.failed) } else { notes.remove(.failed) } }
  }

  /// Notes that a state is done, with what its final child gave.
  @inlinable mutating func pushDone(_ state: UInt16) {
    push(.done(state, result))
    result = nil
  }

  @inlinable mutating func pop() -> Raised {
    let item = raised[raisedFirst]
    // The place that is free now is the one behind the last.
    if !furtherRaised.isEmpty { raised[raisedFirst] = furtherRaised.removeFirst() }
    raisedFirst = (raisedFirst + 1) % raised.count
    raisedCount -= 1
    if raisedCount == 0 { notes.remove(.raised) }
    return item
  }

  /// Forgets everything, so that the next event finds an empty outbox; the storage stays.
  @inlinable public mutating func reset() {
    emitted = 0
    guard isUnsettled else { return }
    raisedFirst = 0
    raisedCount = 0
    furtherEffects.removeAll(keepingCapacity: true)
    furtherRaised.removeAll(keepingCapacity: true)
    notes = []
    result = nil
    orders.removeAll(keepingCapacity: true)
  }
}

@available(*, unavailable)
extension Outbox.Notes: Sendable {}

@available(*, unavailable)
extension Outbox.Order: Sendable {}

@available(*, unavailable)
extension Outbox: Sendable {}

@available(*, unavailable)
extension Outbox.Raised: Sendable {}

extension Outbox.Order {
  @usableFromInline var isForgetting: Bool { if case .forget = self { true } else { false } }
}
