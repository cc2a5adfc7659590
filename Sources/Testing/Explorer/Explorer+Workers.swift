import Foundation

/// The processors that may be used.
@usableFromInline func processorCount() -> Int { ProcessInfo.processInfo.activeProcessorCount }

extension Explorer where M: Sendable, M.State: Sendable {
  /// Walks all states on several threads; once. What is found is the same as ``run()`` finds, by
  /// the same ways, in the same order.
  ///
  /// The threads take the steps, look up the states behind them, and judge the new ones. One of
  /// them at a time numbers what was found, in the order of the states, while the others go on; in
  /// a storage that is not shared (``StateStorage/isShared``), while nobody looks anything up.
  /// ``StateSpace/expand(_:_:)`` and ``StateSpace/judge(_:)`` are called by several threads at a
  /// time, and values are hashed and compared by them.
  ///
  /// - Parameter workers: How many threads, one at the least; as many as there are processors
  ///   unless it is said.
  /// - Returns: What was found; at the limit also what was found until then, when that is a
  ///   violation.
  /// - Throws: `ExplorationError` when there are too many states and nothing was found in them.
  @inlinable public func run(workers: Int?) throws(ExplorationError) -> Exploration {
    let workers = workers ?? processorCount()
    guard workers > 1 else { return try run() }
    return try run { walk, layer throws(ExplorationError) in
      let course = Course(walk, layerEnd: layer.upperBound)
      walk.graph = nil  // One owner, so that it is not copied when it grows.
      expand(layer, workers, course)
      walk = course.walk
      if let failure = course.failure { throw failure }
      return store.count
    }
  }

  /// Walks a layer and all behind it.
  @inlinable func expand(_ layer: Range<Int>, _ workers: Int, _ course: Course) {
    let pipeline = Pipeline<M.State>(workers, layer: layer, isShared: M.Storage.isShared)
    let lent = Lent(self)
    while !course.isOver {  // Ends when all is settled.
      let threads = pipeline.resume()
      guard threads > 0 else { return }
      concurrently(threads) { worker in lent.value.work(worker, pipeline, course) }
      while !course.isOver, let part = pipeline.nextAlone() {  // Ends when all are settled.
        store.makeRoom(for: pipeline.freshCount, workers: threads)
        if let rest = settle(part, pipeline, course) { look(rest, pipeline, Workspace()) }
      }
    }
  }

  /// What each thread does: looks at one part after the other, and settles those whose turn it is.
  @inlinable func work(_ worker: Int, _ pipeline: Pipeline<M.State>, _ course: Course) {
    let space = Workspace<M.State>()
    while let work = pipeline.next(worker) {  // Ends when there is no more.
      switch work {
      case .look(let part): look(part, pipeline, space)
      case .settle(let part):
        if let rest = settle(part, pipeline, course) { look(rest, pipeline, space) }
      }
    }
  }

  /// Takes the steps of a part.
  @inlinable func look(
    _ part: Pipeline<M.State>.Part, _ pipeline: Pipeline<M.State>, _ space: Workspace<M.State>
  ) {
    // Out of the tray, since trays may lie side by side in a line of the caches.
    let tray = pipeline.trays[part.tray]
    var batch = Batch<M.State>()
    swap(&batch, &tray.batch)
    model.look(from: part.states, in: store, ofLife: looksForLife, space, into: &batch)
    swap(&batch, &tray.batch)
    pipeline.hand(part)
  }

  /// Settles a part whose turn it is.
  ///
  /// - Returns: What is left of it, when it had too many steps.
  @inlinable func settle(
    _ part: Pipeline<M.State>.Part, _ pipeline: Pipeline<M.State>, _ course: Course
  ) -> Pipeline<M.State>.Part? {
    let tray = pipeline.trays[part.tray]
    // A table is widened while nobody looks states up.
    guard store.hasRoom(for: tray.batch.fresh.count) else {
      pipeline.halt()
      return nil
    }
    store.fetch(tray.batch.fresh)
    let end = part.states.lowerBound + tray.batch.ends.count
    do throws(ExplorationError) {
      try settle(&tray.batch, part.states.lowerBound..<end, &course.walk)
    } catch {
      course.failure = error
    }
    guard !course.isOver else {
      pipeline.halt()
      return nil
    }
    course.reach(end, known: store.count)
    return pipeline.settle(part, to: end, layerEnd: course.layerEnd, known: store.count)
  }
}

extension StateStorage {
  /// Asks for the memory of the slots in which the states of these steps belong, of all before the
  /// first is needed.
  @inlinable func fetch(_ fresh: [Batch<State>.Fresh]) {
    var all: UInt32 = 0
    for fresh in fresh { all |= candidate(fresh.hash) }
    withExtendedLifetime(all) {}
  }
}
