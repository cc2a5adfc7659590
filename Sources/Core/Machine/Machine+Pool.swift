/// Events that wait: deferred and sent ones.
extension Machine {
  @inlinable @inline(never)
  mutating func keep(_ event: C.Event) throws(MachineError) {
    guard opened().keep(event) else { throw .overfullPool }
  }

  /// Carries out the sends and cancels of a macrostep.
  @inlinable @inline(never)
  mutating func follow(_ now: UInt64, _ outbox: inout Outbox<C>) throws(MachineError) {
    // To forget there must be something.
    if pool == nil, outbox.orders.allSatisfy({ $0.isForgetting }) {
      outbox.orders.removeAll(keepingCapacity: true)
      return
    }
    let pool = opened()
    for order in outbox.orders {
      switch order {
      case .send(let event, let delay, let id):
        guard pool.send(event, at: now &+ delay, id: id) else {
          forget(&outbox)
          throw .overfullPool
        }
      case .cancel(let id, let share): pool.cancel(id, share)
      case .forget(let part): pool.forget(part.share)
      }
    }
    outbox.orders.removeAll(keepingCapacity: true)
  }

  /// What was sent to a chart that was cancelled is forgotten in a macrostep that fails as well.
  @inlinable @inline(never) mutating func forget(_ outbox: inout Outbox<C>) {
    for order in outbox.orders {
      if case .forget(let part) = order { pool?.forget(part.share) }
    }
  }

  /// Offers the deferred events again, the oldest first, after a transition was taken; whenever one
  /// is taken, from the oldest on.
  ///
  /// What is taken may bring new events that are deferred, and so on: there is a limit.
  @inlinable @inline(never)
  mutating func recall(_ now: UInt64, _ outbox: inout Outbox<C>) throws(MachineError) {
    guard let pool else { return }
    var place = 0
    var steps = 0
    while place < pool.deferred.count {  // Ends when all that is left is deferred again.
      let event = pool.deferred[place]
      let outcome = microstep(Int(event.kind.rawValue), event, now, &outbox)
      guard outcome != .deferred else {
        place += 1
        continue
      }
      pool.deferred.remove(at: place)
      if outcome == .refused, let answer = C.answer(event, store) {
        outbox.raise(answer)
      } else if outcome != .taken {
        continue
      }
      steps += 1
      guard steps <= C.limits.microsteps else {
        forget(&outbox)
        throw .endlessMacrostep
      }
      try complete(outcome == .taken ? event : nil, now, &outbox)
      place = 0
    }
  }

  @usableFromInline mutating func opened() -> EventPool<C> {
    if let pool { return pool }
    let made = EventPool<C>()
    pool = made
    hasPool = true
    isPlain = false
    return made
  }
}
