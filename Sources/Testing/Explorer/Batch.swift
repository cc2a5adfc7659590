/// What comes of some states that lie one behind the other: made by one thread, which only reads
/// what was met before, and then settled by the one that numbers the states.
@usableFromInline struct Batch<State> {
  /// Up to so many states are one batch.
  @usableFromInline static var width: Int { 512 }

  /// A batch of so many steps ends before its states do.
  @usableFromInline static var stepsMax: Int { 1 << 16 }

  /// The first of these states, parted for so many threads at most: in larger parts than one thread
  /// has, since others have to be woken for each round.
  @inlinable static func parts(of states: Range<Int>, for count: Int) -> [Range<Int>] {
    let width = min(8 * width, max(states.count / count, 64))
    let end = min(states.upperBound, states.lowerBound + width * count)
    return stride(from: states.lowerBound, to: end, by: width).map { $0..<min($0 + width, end) }
  }

  /// Of so many states of a symmetric model it is looked at whether they are as it says.
  @usableFromInline static var asked: Int { 4_096 }

  /// The states after each step, in order.
  @usableFromInline var states: [State] = []
  @usableFromInline var hashes: [Int] = []
  @usableFromInline var actions: [UInt16] = []
  /// The fairness of each step; `UInt8.max` for what nobody has the duty to do.
  @usableFromInline var duties: [UInt8] = []
  /// Their numbers: of each that was met before, at first.
  @usableFromInline var places: [UInt32] = []
  /// Where the steps of each state that was expanded end.
  @usableFromInline var ends: [Int] = []
  /// The steps to states that were not met before, and what is to be said of each.
  @usableFromInline var fresh: [(step: Int, verdict: Verdict)] = []
  /// The first state from which nobody must go on, and which is not settled.
  @usableFromInline var stuck: Int?
  /// The states in which the model may not stay.
  @usableFromInline var restless: [UInt32] = []
  /// The first state whose representative takes other steps.
  @usableFromInline var asymmetric: Int?
  @usableFromInline var digest: UInt64 = 0

  @usableFromInline init() {}

  @inlinable mutating func clear() {
    states.removeAll(keepingCapacity: true)
    hashes.removeAll(keepingCapacity: true)
    actions.removeAll(keepingCapacity: true)
    duties.removeAll(keepingCapacity: true)
    places.removeAll(keepingCapacity: true)
    ends.removeAll(keepingCapacity: true)
    fresh.removeAll(keepingCapacity: true)
    restless.removeAll(keepingCapacity: true)
    stuck = nil
    asymmetric = nil
    digest = 0
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
    from numbers: Range<Int>, in store: Storage, ofLife: Bool, into batch: inout Batch<State>
  ) -> Range<Int> {
    batch.clear()
    let isSymmetric = isSymmetric
    for number in numbers {
      let state = store[number]
      var duties = 0
      expand(state) { action, next in
        let kept = isSymmetric ? representative(of: next) : next
        if isSymmetric, number < Batch<State>.asked, batch.asymmetric == nil,
          !isSame(next, kept, Storage.self)
        {
          batch.asymmetric = number
        }
        batch.states.append(kept)
        batch.actions.append(action)
        let fairness = actor(of: action).fairness
        if fairness != nil { duties += 1 }
        batch.duties.append(fairness ?? .max)
      }
      batch.ends.append(batch.states.count)
      if ofLife || duties == 0, !isSettled(state) {
        if ofLife { batch.restless.append(UInt32(number)) }
        if duties == 0, batch.stuck == nil { batch.stuck = number }
      }
      if batch.states.count >= Batch<State>.stepsMax { break }
    }
    find(in: store, from: numbers.lowerBound, &batch)
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

  /// Looks up the states of a batch: the memory that all of them need is asked for before the first
  /// is compared, since nearly every access to it misses the caches.
  @inlinable func find(in store: Storage, from first: Int, _ batch: inout Batch<State>) {
    for state in batch.states { batch.hashes.append(Storage.hash(state)) }
    for hash in batch.hashes { batch.places.append(store.candidate(hash)) }
    var offset = 0
    for step in batch.states.indices {
      while batch.ends[offset] == step { offset += 1 }
      let found = store.find(batch.states[step], batch.hashes[step], from: batch.places[step])
      if let found {
        batch.places[step] = UInt32(found)
        batch.digest &+= Batch<State>.share(first + offset, batch.actions[step], UInt32(found))
      } else {
        batch.places[step] = .max
        batch.fresh.append((step, judge(batch.states[step])))
      }
    }
  }
}
