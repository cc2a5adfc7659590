/// What is known while a walk goes on.
@usableFromInline struct Walk {
  @usableFromInline var violations: [(name: String, state: Int)] = []
  @usableFromInline var asked: [Int]
  @usableFromInline var broken: UInt64 = 0
  @usableFromInline var transitions = 0
  @usableFromInline var digest: UInt64 = 0
  @usableFromInline var depth = 0
  @usableFromInline var isStuck = false
  @usableFromInline var isMisrepresented = false
  /// The walk has ended at the limit.
  @usableFromInline var isCut = false
  /// The walk goes no further: at the limit, or with the first violation.
  @usableFromInline var isOver = false
  /// The duties, from ``kept`` on; nil when nobody asks for them.
  @usableFromInline var graph: StateGraph?
  /// The first state whose steps are in the graph. Until a state is met in which the model may not
  /// stay no circle is of interest, and for most flat models that are only safe none ever is.
  @usableFromInline var kept: Int?
  /// When it was last told how far it is.
  @usableFromInline var reported = ContinuousClock.now
  /// The states in which the model may not stay, in the order of their numbers.
  @usableFromInline var restless: [UInt32] = []

  @usableFromInline init(asked: [Int]) { self.asked = asked }
}

extension Explorer {
  /// Numbers the new states of a batch in the order of their steps, and counts.
  @inlinable func settle(
    _ batch: inout Batch<M.State>, _ numbers: Range<Int>, _ walk: inout Walk
  ) throws(ExplorationError) {
    var fresh = 0
    var begin = 0
    for number in numbers {
      let end = batch.ends[number - numbers.lowerBound]
      while fresh < batch.fresh.count, batch.fresh[fresh].step < end {
        settle(batch.fresh[fresh], &batch, &walk)
        fresh += 1
      }
      walk.transitions += end - begin
      begin = end
      blame(number, batch, &walk)
      if store.count >= limit {
        guard !walk.violations.isEmpty else {
          throw .tooManyStates(limit: limit, depth: walk.depth)
        }
        walk.isCut = true
        walk.isOver = true
        return
      }
      if stopsEarly, !walk.violations.isEmpty {
        walk.isOver = true
        return
      }
    }
    guard walk.transitions <= stepLimit else {
      throw .tooManySteps(limit: stepLimit, states: store.count, depth: walk.depth)
    }
    batch.resolve()
    take(batch, numbers, &walk)
  }

  /// Keeps what a batch says when its states have their numbers.
  @inlinable func take(_ batch: Batch<M.State>, _ numbers: Range<Int>, _ walk: inout Walk) {
    tell(&walk)
    walk.digest &+= batch.digest
    keep(batch, numbers, &walk)
  }

  /// What a state breaks by its steps.
  @inlinable func blame(_ number: Int, _ batch: Batch<M.State>, _ walk: inout Walk) {
    if number == batch.asymmetric, !walk.isMisrepresented {
      walk.isMisrepresented = true
      walk.violations.append((Self.asymmetric, number))
    }
    if number == batch.stuck, !walk.isStuck {
      walk.isStuck = true
      walk.violations.append(("stuck", number))
    }
  }

  /// Tells how far it is, now and then.
  @usableFromInline func tell(_ walk: inout Walk) {
    guard let progress else { return }
    let now = ContinuousClock.now
    guard now - walk.reported >= .seconds(3) else { return }
    walk.reported = now
    progress(store.count, walk.depth)
  }

  /// Numbers a state that was not met before the batch, and perhaps in it.
  @inlinable func settle(
    _ fresh: Batch<M.State>.Fresh, _ batch: inout Batch<M.State>, _ walk: inout Walk
  ) {
    let (place, isNew) = store.insert(
      fresh.state, fresh.hash, from: fresh.from, by: fresh.action)
    batch.places[Int(fresh.step)] = UInt32(place)
    batch.digest &+= Batch<M.State>.share(Int(fresh.from), fresh.action, UInt32(place))
    guard isNew else { return }
    batch.digest &+= Batch<M.State>.share(UInt32(place), hash: fresh.hash)
    note(fresh.verdict, place, &walk)
  }

  /// Keeps the duties of a batch, once a circle of them may matter.
  @inlinable func keep(_ batch: Batch<M.State>, _ numbers: Range<Int>, _ walk: inout Walk) {
    guard walk.graph != nil else { return }
    walk.restless += batch.restless
    if walk.kept == nil {
      guard !M.Storage.isFlat || !batch.restless.isEmpty || !model.responses.isEmpty else { return }
      walk.kept = numbers.lowerBound
    }
    walk.graph?.add(batch)
  }

  /// Completes the graph with the duties of the states before the first that was kept.
  @inlinable func finish(_ walk: inout Walk) {
    if walk.isCut || (stopsEarly && !walk.violations.isEmpty) { walk.graph = nil }
    guard let late = walk.graph, let kept = walk.kept, kept > 0 else { return }
    walk.graph = nil
    var graph = StateGraph()
    var batch = Batch<M.State>()
    let space = Workspace<M.State>()
    var begin = 0
    while begin < kept {  // Ends at the first state that was kept.
      let numbers = begin..<min(begin + Batch<M.State>.width, kept)
      begin = model.look(from: numbers, in: store, ofLife: false, space, into: &batch).upperBound
      graph.add(batch)
    }
    graph.add(late)
    walk.graph = graph
  }
}
