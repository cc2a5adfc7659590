import Foundation

/// The processors that may be used.
@usableFromInline func processorCount() -> Int { ProcessInfo.processInfo.activeProcessorCount }

extension Explorer where M: Sendable, M.State: Sendable {
  /// Walks all states on several threads; once. What is found is the same as ``run()`` finds, by
  /// the same ways, in the same order.
  ///
  /// The threads take the steps, look up the states behind them and judge the new ones; one
  /// numbers these. ``StateSpace/expand(_:_:)`` and ``StateSpace/judge(_:)`` are called by several
  /// threads at a time.
  ///
  /// - Parameter workers: How many threads, one at the least; as many as there are processors
  ///   unless it is said.
  /// - Returns: What was found; at the limit also what was found until then, when that is a
  ///   violation.
  /// - Throws: `ExplorationError` when there are too many states and nothing was found in them.
  @inlinable public func run(workers: Int?) throws(ExplorationError) -> Exploration {
    let workers = workers ?? processorCount()
    guard workers > 1 else { return try run() }
    let trays = (0..<workers * 4).map { _ in Tray<M.State>() }
    let lent = Lent((model: model, store: store))
    let ofLife = looksForLife
    return try run { walk, layer throws(ExplorationError) in
      var begin = layer.lowerBound
      while begin < layer.upperBound, !walk.isOver {  // Ends at the layer's end.
        let parts = Batch<M.State>.parts(of: begin..<layer.upperBound, for: trays.count)
        // A part of a thin layer is walked sooner than other threads are woken for it.
        let threads = parts.count == 1 ? 1 : min(workers, parts.count)
        let tickets = Tickets(parts.count)
        concurrently(threads) { thread in
          if thread == 0, threads > 1 { lent.value.store.warm() }
          while let place = tickets.next() {  // Ends: each ticket is given once.
            lent.value.model.look(
              from: parts[place], in: lent.value.store, ofLife: ofLife,
              into: &trays[place].batch)
          }
        }
        let more = parts.indices.reduce(0) { $0 + trays[$1].batch.fresh.count }
        store.makeRoom(for: more, workers: workers)
        for place in parts.indices where !walk.isOver && begin == parts[place].lowerBound {
          let taken = begin..<begin + trays[place].batch.ends.count
          try settle(&trays[place].batch, taken, &walk)
          begin = taken.upperBound
        }
      }
    }
  }
}
