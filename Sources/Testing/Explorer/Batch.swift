/// What comes of some states that lie one behind the other: made by one thread, which only reads
/// what was met before, and then settled by the one that numbers the states.
@usableFromInline struct Batch<State> {
  /// Up to so many states are one batch.
  @usableFromInline static var width: Int { 512 }

  /// A batch of so many steps ends before its states do.
  @usableFromInline static var stepsMax: Int { 1 << 16 }

  /// Of so many states of a symmetric model it is looked at whether they are as it says.
  @usableFromInline static var examined: Int { 4_096 }

  /// So many steps are looked up together: the memory that they need fits near the processor.
  @usableFromInline static var together: Int { 4_096 }

  /// The first step of a batch to a state that was not met before it.
  @usableFromInline struct Fresh {
    @usableFromInline let state: State
    @usableFromInline let hash: Int
    @usableFromInline let from: UInt32
    /// Which step of the batch it is.
    @usableFromInline let step: UInt32
    @usableFromInline let action: UInt16
    @usableFromInline let verdict: Verdict

    @usableFromInline init(
      state: State, hash: Int, from: UInt32, step: UInt32, action: UInt16, verdict: Verdict
    ) {
      self.state = state
      self.hash = hash
      self.from = from
      self.step = step
      self.action = action
      self.verdict = verdict
    }
  }

  /// A later step to the same state.
  @usableFromInline struct Again {
    /// The place of the first among the fresh ones.
    @usableFromInline let first: UInt32
    @usableFromInline let from: UInt32
    @usableFromInline let step: UInt32
    @usableFromInline let action: UInt16

    @usableFromInline init(first: UInt32, from: UInt32, step: UInt32, action: UInt16) {
      self.first = first
      self.from = from
      self.step = step
      self.action = action
    }
  }

  /// The fairness of each step; `UInt8.max` for what nobody has the duty to do.
  @usableFromInline var duties: [UInt8] = []
  /// The numbers of the states after all steps: of each that was met before, at first.
  @usableFromInline var places: [UInt32] = []
  /// Where the steps of each state that was expanded end.
  @usableFromInline var ends: [Int] = []
  @usableFromInline var fresh: [Fresh] = []
  @usableFromInline var again: [Again] = []
  /// What new states break.
  @usableFromInline var broken: UInt64 = 0
  /// The first state from which nobody must go on, and which is not settled.
  @usableFromInline var stuck: Int?
  /// The states in which the model may not stay.
  @usableFromInline var restless: [UInt32] = []
  /// The first state whose representative takes other steps.
  @usableFromInline var asymmetric: Int?
  @usableFromInline var digest: UInt64 = 0

  @usableFromInline init() {}

  @inlinable mutating func clear() {
    duties.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    fresh.removeAll(keepingCapacity: true)
    again.removeAll(keepingCapacity: true)
    restless.removeAll(keepingCapacity: true)
    stuck = nil
    asymmetric = nil
    digest = 0
    broken = 0
  }

  /// Says the numbers of the steps to states that the batch had met.
  @inlinable mutating func resolve() {
    for step in again {
      let number = places[Int(fresh[Int(step.first)].step)]
      places[Int(step.step)] = number
      digest &+= Self.share(Int(step.from), step.action, number)
    }
  }

  /// A step's share of the digest: the sum of all is the same in whatever order they are added.
  @inlinable static func share(_ from: Int, _ action: UInt16, _ to: UInt32) -> UInt64 {
    var value = UInt64(UInt32(truncatingIfNeeded: from)) << 32 | UInt64(to)
    value = (value ^ UInt64(action) << 20) &* 0xFF51_AFD7_ED55_8CCD
    value = (value ^ value >> 33 ^ UInt64(action)) &* 0xC4CE_B9FE_1A85_EC53
    return value ^ value >> 29
  }

  /// A new state's share of the digest: what is in it, and not only where it was met.
  @inlinable static func share(_ place: UInt32, hash: Int) -> UInt64 {
    let value = (UInt64(truncatingIfNeeded: hash) ^ UInt64(place)) &* 0x9FB2_1C65_1E98_DF25
    return value ^ value >> 32
  }
}

extension StateSpace {
  /// Takes all steps from some states, and looks which of the states behind them are known.
  ///
  /// - Returns: Those whose steps were taken: fewer, where there are too many steps for a batch.
  @inlinable @discardableResult
  func look(
    from numbers: Range<Int>, in store: Storage, ofLife: Bool, _ space: Workspace<State>,
    into batch: inout Batch<State>
  ) -> Range<Int> {
    batch.clear()
    space.seen.clear(for: numbers.count * 2)
    let isSymmetric = isSymmetric
    var sought = 0
    for number in numbers {
      let state = store[number]
      var duties = 0
      expand(state) { action, next in
        let kept = isSymmetric ? representative(of: next) : next
        if isSymmetric, number < Batch<State>.examined, batch.asymmetric == nil,
          !isSame(next, kept, Storage.self)
        {
          batch.asymmetric = number
        }
        let fairness = actor(of: action).fairness
        if fairness != nil { duties += 1 }
        space.append(
          .init(state: kept, hash: Storage.hash(kept), action: action, duty: fairness ?? .max))
      }
      batch.ends.append(batch.places.count + space.count)
      if ofLife || duties == 0, !isSettled(state) {
        if ofLife { batch.restless.append(UInt32(number)) }
        if duties == 0, batch.stuck == nil { batch.stuck = number }
      }
      if space.count >= Batch<State>.together {
        find(in: store, from: numbers.lowerBound, &sought, space, &batch)
      }
      if batch.places.count + space.count >= Batch<State>.stepsMax { break }
    }
    find(in: store, from: numbers.lowerBound, &sought, space, &batch)
    return numbers.lowerBound..<numbers.lowerBound + batch.ends.count
  }

  /// Whether a state and its representative have the same verdict, and steps to the same states but
  /// for names.
  @inlinable func isSame(_ state: State, _ kept: State, _ storage: Storage.Type) -> Bool {
    guard Storage.hash(state) != Storage.hash(kept) else { return true }
    guard judge(state) == judge(kept), isSettled(state) == isSettled(kept) else { return false }
    func ends(_ state: State) -> [Int] {
      var hashes: [Int] = []
      expand(state) { hashes.append(Storage.hash(representative(of: $1))) }
      return hashes.sorted()
    }
    return ends(state) == ends(kept)
  }

  /// Looks up the states of a batch that were not sought yet: the memory that all of them need is
  /// asked for before the first is compared, since nearly every access to it misses the caches.
  @inlinable func find(
    in store: Storage, from first: Int, _ sought: inout Int, _ space: Workspace<State>,
    _ batch: inout Batch<State>
  ) {
    let begin = batch.places.count
    // Safe: so many steps are there, and stay there until they are taken out below.
    let (steps, count) = unsafe (space.steps, space.count)
    batch.duties.append(contentsOf: (0..<count).lazy.map { unsafe steps[$0].duty })
    batch.places.append(
      contentsOf: (0..<count).lazy.map { unsafe store.candidate(steps[$0].hash) })
    var known = 0
    for place in 0..<count {
      // Safe: each step is taken out once. One to a value that is known is put back before those
      // that were not, and destroyed with all such: no count of references stops a comparison.
      let next = unsafe (steps + place).move()
      let (step, action) = (begin + place, next.action)
      while batch.ends[sought] == step { sought += 1 }
      let from = first + sought
      if let found = store.find(next.state, next.hash, from: batch.places[step]) {
        batch.places[step] = UInt32(found)
        batch.digest &+= Batch<State>.share(from, action, UInt32(found))
        if Storage.isFlat { continue }
        // Safe: what was in this place was taken out.
        unsafe (steps + known).initialize(to: next)
        known += 1
      } else {
        batch.places[step] = .max
        meet(next, UInt32(from), UInt32(step), space, &batch)
      }
    }
    space.forget(known)
  }

  /// Keeps a step to a state that was not met before the batch.
  @inlinable @inline(__always) func meet(
    _ next: Workspace<State>.Step, _ from: UInt32, _ step: UInt32, _ space: Workspace<State>,
    _ batch: inout Batch<State>
  ) {
    let place = batch.fresh.count
    let first = space.seen.enter(place, next.hash) {
      Storage.isSame(batch.fresh[$0].state, next.state)
    }
    if first < place {
      batch.again.append(.init(first: UInt32(first), from: from, step: step, action: next.action))
      return
    }
    let verdict = judge(next.state)
    batch.broken |= verdict.broken
    batch.fresh.append(
      .init(
        state: next.state, hash: next.hash, from: from, step: step, action: next.action,
        verdict: verdict))
  }
}
