import Foundation

/// The processors that may be used.
@usableFromInline func processorCount() -> Int { ProcessInfo.processInfo.activeProcessorCount }

extension Explorer where M: Sendable, M.State: Sendable {
  /// Walks all states on several threads; once. What is found is the same as ``run()`` finds, by
  /// the same ways, in the same order.
  ///
  /// The threads take the steps, look up the states behind them, and judge and number the new ones;
  /// values, symmetric models, and rounds in which something is broken for the first time are
  /// numbered by one.
  /// ``StateSpace/expand(_:_:)`` and ``StateSpace/judge(_:)`` are called by several threads at a
  /// time.
  ///
  /// - Parameter workers: How many threads, one at the least; as many as there are processors
  ///   unless it is said.
  /// - Returns: What was found; at the limit also what was found until then, when that is a
  ///   violation.
  /// - Throws: `ExplorationError` when there are too many states and nothing was found in them.
  @inlinable public func run(workers: Int?) throws(ExplorationError) -> Exploration {
    let workers = workers ?? processorCount()
    guard workers > 1 else { return try run() }
    let round = Round<M.State>(workers * 4)
    return try run { walk, layer throws(ExplorationError) in
      var begin = layer.lowerBound
      while begin < layer.upperBound, !walk.isOver {  // Ends at the layer's end.
        let parts = Batch<M.State>.parts(of: begin..<layer.upperBound, for: round.trays.count)
        // A part of a thin layer is walked sooner than other threads are woken for it.
        let threads = parts.count == 1 ? 1 : min(workers, parts.count)
        look(parts, threads, round)
        round.close(parts)
        let isSettled =
          threads > 1 && isPlain(round, walk) && store.settle(round, workers: threads)
        if !isSettled { store.makeRoom(for: round.count, workers: threads) }
        for place in 0..<round.taken where !walk.isOver {
          let numbers = begin..<begin + round.trays[place].batch.ends.count
          if isSettled {
            count(round.trays[place].batch, numbers, &walk)
          } else {
            try settle(&round.trays[place].batch, numbers, &walk)
          }
          begin = numbers.upperBound
        }
      }
    }
  }

  /// Takes the steps of all parts.
  @inlinable func look(_ parts: [Range<Int>], _ threads: Int, _ round: Round<M.State>) {
    let lent = Lent((model: model, store: store))
    let ofLife = looksForLife
    let tickets = Tickets(parts.count)
    concurrently(threads) { thread in
      if thread == 0, threads > 1 { lent.value.store.warm() }
      while let place = tickets.next() {  // Ends: each ticket is given once.
        let tray = round.trays[place]
        lent.value.model.look(
          from: parts[place], in: lent.value.store, ofLife: ofLife, into: &tray.batch)
        if threads > 1, M.Storage.isFlat { tray.batch.deal() }
      }
    }
  }

  /// Whether nothing happens in a round but that states are met: neither does the walk end nor is
  /// anything broken for the first time.
  @inlinable func isPlain(_ round: Round<M.State>, _ walk: Walk) -> Bool {
    // One of several beginnings may be broken before the first round.
    if stopsEarly, !walk.violations.isEmpty { return false }
    var transitions = walk.transitions
    for tray in round.trays.prefix(round.taken) {
      transitions += tray.batch.duties.count
      if tray.batch.broken & ~walk.broken != 0 { return false }
      if tray.batch.stuck != nil, !walk.isStuck { return false }
    }
    return !model.isSymmetric && store.count + round.count < limit && transitions <= stepLimit
  }

  /// Counts what several threads have settled.
  @inlinable func count(_ batch: Batch<M.State>, _ numbers: Range<Int>, _ walk: inout Walk) {
    walk.transitions += batch.duties.count
    for (property, states) in batch.asked.enumerated() where states > 0 {
      walk.asked[property] += states
    }
    take(batch, numbers, &walk)
  }
}
