/// The events of a machine that wait: deferred ones for another configuration, sent ones for their
/// time. The term is UML's (2.5.1, 13.3.3.1).
///
/// Made for charts that defer or send; its arrays get their room once.
@usableFromInline final class EventPool<C: Chart> {
  @usableFromInline struct Sent {
    @usableFromInline var event: C.Event
    /// Nanoseconds of the loop's clock.
    @usableFromInline var due: UInt64
    @usableFromInline var id: SendID

    @usableFromInline init(event: C.Event, due: UInt64, id: SendID) {
      self.event = event
      self.due = due
      self.id = id
    }
  }

  /// In the order in which they came.
  @usableFromInline var deferred: [C.Event] = []
  /// By time, those of the same time in the order in which they were sent.
  @usableFromInline var sent: [Sent] = []

  @usableFromInline init() {
    deferred.reserveCapacity(min(C.limits.deferred, 4096))
    sent.reserveCapacity(min(C.limits.sends, 4096))
  }

  @usableFromInline var earliest: UInt64? { sent.first?.due }

  /// - Returns: False when there is no room.
  @usableFromInline func keep(_ event: C.Event) -> Bool {
    guard deferred.count < C.limits.deferred else { return false }
    deferred.append(event)
    return true
  }

  /// - Returns: False when there is no room.
  @usableFromInline func send(_ event: C.Event, at due: UInt64, id: SendID) -> Bool {
    guard sent.count < C.limits.sends else { return false }
    let place = sent.lastIndex { $0.due <= due }.map { $0 + 1 } ?? 0
    sent.insert(Sent(event: event, due: due, id: id), at: place)
    return true
  }

  @usableFromInline func cancel(_ id: SendID, _ share: EventShare) {
    sent.removeAll { $0.id == id && share.contains(C.share(of: $0.event)) }
  }

  @usableFromInline func forget(_ share: EventShare) {
    sent.removeAll { share.contains(C.share(of: $0.event)) }
    deferred.removeAll { share.contains(C.share(of: $0)) }
  }
}

@available(*, unavailable)
extension EventPool: Sendable {}

@available(*, unavailable)
extension EventPool.Sent: Sendable {}
