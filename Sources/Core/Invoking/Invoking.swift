/// The chart of two charts, one of which runs inside a state of the other; see ``Invocation``.
///
/// It is a chart like every other: drawn with the child inside its state, explored as the product
/// of both, traced, saved and restored. Events and effects say whose they are, `.parent(.pay)` and
/// `.child(.approve)`, and a driver gets both.
public enum Invoking<I: Invocation>: Chart {
  public typealias State = InvokingSymbol<I, I.Parent.State, I.Child.State>
  public typealias Event = InvokingMessage<I, I.Parent.Event, I.Child.Event>
  public typealias Guard = InvokingSymbol<I, I.Parent.Guard, I.Child.Guard>
  public typealias Action = InvokingAction<I>
  public typealias Effect = InvokingMessage<I, I.Parent.Effect, I.Child.Effect>
  public typealias Delay = InvokingSymbol<I, I.Parent.Delay, I.Child.Delay>

  /// The memories of both charts.
  public struct Memory: Hashable, Sendable {
    /// The parent's memory, as its last action left it.
    public var parent: I.Parent.Memory
    /// The child's memory; nil while no child runs.
    public var child: I.Child.Memory?

    /// What a machine begins with: the parent's memory, and no child.
    @inlinable public init(_ parent: I.Parent.Memory) {
      self.parent = parent
      child = nil
    }
  }

  /// The name that the invocation has, or else its parent.
  public static var name: StaticString { I.name }

  /// As much as both charts hold together.
  @inlinable public static var limits: MachineLimits {
    let one = I.Parent.limits
    let other = I.Child.limits
    return MachineLimits(
      effects: sum(one.effects, other.effects), raised: sum(one.raised, other.raised),
      deferred: sum(one.deferred, other.deferred), sends: sum(one.sends, other.sends),
      microsteps: sum(one.microsteps, other.microsteps))
  }

  /// No limit is as good as none.
  @inlinable static func sum(_ one: Int, _ other: Int) -> Int {
    let (sum, isTooLarge) = one.addingReportingOverflow(other)
    return isTooLarge ? .max : sum
  }

  /// Asks the chart whose guard it is; the child sees no event of the parent.
  @inlinable
  public static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
    switch `guard`.part {
    case .parent(let symbol): return I.Parent.check(symbol, memory.parent, seen(event))
    case .child(let symbol):
      guard let child = memory.child else { return false }
      return I.Child.check(symbol, child, own(event))
    }
  }

  /// Runs the action of one of the charts, or what invoking itself does.
  @inlinable
  public static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    switch action.part {
    case .parent(let action):
      // Safe: the outboxes live as long as the outer one, and nobody else knows them.
      unsafe I.Parent.run(
        action, &memory.parent, seen(event), &outbox.innerOutboxes().pointee.parent)
      // Safe: as above.
      unsafe outbox.take(parent: &outbox.innerOutboxes().pointee.parent)
    case .child(let action):
      // A child's actions run while it does.
      guard memory.child != nil else { return }
      // Safe: as above.
      unsafe I.Child.run(
        action, &memory.child!, own(event), &outbox.innerOutboxes().pointee.child)
      unsafe outbox.take(child: &outbox.innerOutboxes().pointee.child)
    case .begin:
      memory.child = I.begin(memory.parent, seen(event))
      // Safe: nothing is done with it; made here, so that no event of the child has to.
      _ = unsafe outbox.innerOutboxes()
    case .cancel:
      memory.child = nil
      let first = UInt16(truncatingIfNeeded: I.Parent.State.symbolCount)
      let end = first &+ UInt16(truncatingIfNeeded: I.Child.State.symbolCount)
      outbox.forget(
        CancelledPart(
          share: EventShare().inside(.child), first: first, end: end, state: I.state.code))
    case .end:
      if let child = memory.child { I.end(child, &memory.parent) }
    }
  }

  /// As long as the chart says whose delay it is.
  public static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 {
    switch delay.part {
    case .parent(let symbol): return I.Parent.nanoseconds(symbol, memory.parent)
    case .child(let symbol):
      guard let child = memory.child else { return 0 }
      return I.Child.nanoseconds(symbol, child)
    }
  }

  /// What the chart whose event it is answers, or else what the parent is told of a child's.
  public static func answer(_ refused: Event, _ memory: Memory) -> Event? {
    switch refused {
    case .parent(let event): return I.Parent.answer(event, memory.parent).map { .parent($0) }
    case .child(let event):
      // Refused is also what comes while no child runs, or none inside it, and of that nobody is
      // told.
      guard let child = memory.child, I.Child.isRunning(for: event, child) else { return nil }
      return I.Child.answer(event, child).map { .child($0) }
        ?? I.refused(event.kind).map { .parent($0) }
    }
  }

  /// A child runs while its state is active, and what is inside it likewise.
  public static func isRunning(for event: Event, _ memory: Memory) -> Bool {
    switch event {
    case .parent(let event): return I.Parent.isRunning(for: event, memory.parent)
    case .child(let event):
      guard let child = memory.child else { return false }
      return I.Child.isRunning(for: event, child)
    }
  }

  /// The results of both charts together.
  public static var results: [Event.Kind] {
    I.Parent.results.map { .parent($0) } + I.Child.results.map { .child($0) }
  }

  /// Whose event it is, and in that chart the same again.
  public static func share(of event: Event) -> EventShare {
    switch event {
    case .parent(let event): I.Parent.share(of: event).inside(.parent)
    case .child(let event): I.Child.share(of: event).inside(.child)
    }
  }

  /// What the parent sees of an event.
  @inlinable static func seen(_ event: Event?) -> I.Parent.Event? {
    switch event {
    case .parent(let event)?: event
    case .child(let event)?: I.seen(event)
    case nil: nil
    }
  }

  /// What the child sees of an event.
  @inlinable static func own(_ event: Event?) -> I.Child.Event? {
    if case .child(let event)? = event { event } else { nil }
  }
}

extension Invoking.Memory: BitwiseCopyable
where I.Parent.Memory: BitwiseCopyable, I.Child.Memory: BitwiseCopyable {}

#if !hasFeature(Embedded)
  extension Invoking.Memory: Codable where I.Parent.Memory: Codable, I.Child.Memory: Codable {}

  extension Invoking.Memory: CustomReflectable, CustomStringConvertible {
    /// The fields of both memories, the child's behind its name: as traces show them.
    public var customMirror: Mirror {
      let inside = child.map { Self.fields(of: $0) } ?? []
      return Mirror(
        self,
        children: Self.fields(of: parent)
          + inside.map { ("\(I.childName).\($0.label ?? "")", $0.value) },
        displayStyle: .struct)
    }

    /// The fields of both memories in their order, as a structure's are written.
    public var description: String {
      let fields = customMirror.children.map { "\($0.label ?? ""): \($0.value)" }
      return "Memory(\(joined(fields, by: ", ")))"
    }

    /// A memory that has no fields is one itself.
    private static func fields<Part>(of memory: Part) -> [Mirror.Child] {
      let mirror = Mirror(reflecting: memory)
      let isPlain = mirror.displayStyle != .struct && mirror.displayStyle != .class
      return isPlain ? [("memory", memory)] : Array(mirror.children)
    }
  }
#endif

/// Who owns the outboxes of two charts, and where they lie.
@safe
@usableFromInline struct InnerPlace {
  @usableFromInline var owner: AnyObject?
  @usableFromInline var place: UnsafeMutableRawPointer?

  @usableFromInline init() {}
}

@available(*, unavailable)
extension InnerPlace: Sendable {}

/// The outboxes that the actions of two charts put what they want into, before the chart of both
/// takes it over: made once, since to make and to destroy one costs more than a hundred events.
@usableFromInline struct InnerOutboxes<I: Invocation> {
  @usableFromInline var parent = Outbox<I.Parent>()
  @usableFromInline var child = Outbox<I.Child>()

  /// Owns them. An action that gets at one through a reference would count references each time.
  @safe final class Owner {
    let place: UnsafeMutablePointer<InnerOutboxes>

    init() {
      // Safe: allocated here for one, and initialized at once.
      unsafe place = .allocate(capacity: 1)
      unsafe place.initialize(to: InnerOutboxes())
    }

    deinit {
      // Safe: initialized above, and the outbox that knows them is gone.
      unsafe place.deinitialize(count: 1)
      unsafe place.deallocate()
    }
  }

  @usableFromInline init() {}
}

@available(*, unavailable)
extension InnerOutboxes: Sendable {}

@available(*, unavailable)
extension InnerOutboxes.Owner: Sendable {}

extension Outbox {
  @inlinable mutating func innerOutboxes<I: Invocation>() -> UnsafeMutablePointer<InnerOutboxes<I>>
  where C == Invoking<I> {
    // Safe: what lies there was made below, by an outbox of the same chart, which has its owner.
    unsafe (inner.place ?? madeInner()).assumingMemoryBound(to: InnerOutboxes<I>.self)
  }

  @usableFromInline mutating func madeInner<I: Invocation>() -> UnsafeMutableRawPointer
  where C == Invoking<I> {
    let owner = InnerOutboxes<I>.Owner()
    inner.owner = owner
    // Safe: kept with its owner.
    unsafe inner.place = UnsafeMutableRawPointer(owner.place)
    return unsafe UnsafeMutableRawPointer(owner.place)
  }

  /// Takes over what an action of the parent wants.
  @inlinable mutating func take<I: Invocation>(parent inner: inout Outbox<I.Parent>)
  where C == Invoking<I> {
    for place in 0..<inner.count {
      let effect = inner.effect(at: place)
      if let event = I.asked(effect) { raise(.child(event)) } else { emit(.parent(effect)) }
    }
    if inner.isUnsettled { takeRest(of: &inner, .parent, 0) { .parent($0) } }
    inner.reset()
  }

  /// Takes over what an action of the child wants.
  @inlinable mutating func take<I: Invocation>(child inner: inout Outbox<I.Child>)
  where C == Invoking<I> {
    for place in 0..<inner.count {
      let effect = inner.effect(at: place)
      if let event = I.told(effect) { raise(.parent(event)) } else { emit(.child(effect)) }
    }
    if inner.isUnsettled {
      let first = UInt16(truncatingIfNeeded: I.Parent.State.symbolCount)
      takeRest(of: &inner, .child, first) { .child($0) }
    }
    inner.reset()
  }

  /// Takes over what is no effect, and what failed.
  @inlinable mutating func takeRest<Part: Chart>(
    of inner: inout Outbox<Part>, _ side: EventShare.Side, _ first: UInt16,
    _ event: (Part.Event) -> C.Event
  ) {
    while inner.raisedCount > 0 {  // Ends: each is taken out.
      if case .event(let raised) = inner.pop() { raise(event(raised)) }
    }
    if let result = inner.result { finish(with: event(result)) }
    for order in inner.orders {
      switch order {
      case .send(let sent, let delay, let id): send(event(sent), after: delay, id: id)
      case .cancel(let id, let share): orders.append(.cancel(id, share.inside(side)))
      case .forget(let part): forget(part.inside(side, behind: first))
      }
      notes.insert(.more)
    }
    if inner.isOverfull { notes.insert(.overfull) }
    if inner.hasFailed { notes.insert(.failed) }
  }

  /// Takes back all events that are meant for a chart that is cancelled: at once those that were
  /// raised, and ends of its states; what was sent and deferred with the orders.
  @inlinable @inline(never) mutating func forget(_ part: CancelledPart) {
    for _ in 0..<raisedCount {
      let item = pop()
      switch item {
      case .nothing: break
      case .event(let event): if !part.share.contains(C.share(of: event)) { push(item) }
      case .done(let state, _): if !part.ends(state) { push(item) }
      }
    }
    // What it has just sent would need room in a pool from which it is taken again.
    orders.removeAll { order in
      if case .send(let event, _, _) = order {
        part.share.contains(C.share(of: event))
      } else {
        false
      }
    }
    result = nil
    orders.append(.forget(part))
    notes.insert(.more)
  }
}
