import Foundation

/// Walks all states of a model, breadth first, so that the way to a violation is a shortest one.
public struct Explorer<M: StateSpace> {
  /// What is walked: it makes the successors and judges each state.
  public let model: M
  /// States after which it is given up; at most some 4 290 million.
  public var limit = 200_000_000 {
    didSet { limit = min(limit, Int(UInt32.max) - 1 << 20) }
  }
  /// Steps after which it is given up; no bound unless it is said.
  public var stepLimit = Int.max
  /// Whether circles are looked for in which nothing settles, or in which what was promised does
  /// not come; the graph is then kept, at 5 bytes for each transition.
  public var findsLivelocks = true
  /// Whether the walk ends with the first violation.
  public var stopsEarly = false
  /// Told now and then how many states were met, and at which depth; by any of the threads that
  /// walk, one at a time.
  public var progress: ((Int, Int) -> Void)?

  @usableFromInline let store = M.Storage()

  /// An explorer of the model, which has walked nothing yet.
  public init(_ model: M) { self.model = model }

  /// Walks all states; once.
  ///
  /// Inlinable, so that a model in another package is explored by code that was made for it: the
  /// generic code takes twice as long.
  ///
  /// - Returns: What was found; at the limit also what was found until then, when that is a
  ///   violation: ``Exploration/isComplete`` is false then.
  /// - Throws: `ExplorationError` when there are too many states and nothing was found in them.
  @inlinable public func run() throws(ExplorationError) -> Exploration {
    var batch = Batch<M.State>()
    let space = Workspace<M.State>()
    return try run { walk, layer throws(ExplorationError) in
      var begin = layer.lowerBound
      while begin < layer.upperBound, !walk.isOver {  // Ends at the layer's end.
        let numbers = begin..<min(begin + Batch<M.State>.width, layer.upperBound)
        let taken = model.look(
          from: numbers, in: store, ofLife: looksForLife, space, into: &batch)
        try settle(&batch, taken, &walk)
        begin = taken.upperBound
      }
      return layer.upperBound
    }
  }

  /// Walks all states, a layer at a time or several: `expand` says up to where.
  @inlinable func run(
    _ expand: (inout Walk, Range<Int>) throws(ExplorationError) -> Int
  ) throws(ExplorationError) -> Exploration {
    precondition(store.count == 0, "an explorer walks once")
    precondition(
      model.properties.count <= 64 && model.responses.count <= 64, "at most 64 of a kind")
    precondition(!model.initials.isEmpty, "a walk begins somewhere")
    precondition(
      !model.isSymmetric || model.responses.isEmpty, "a symmetric model leads to nothing")
    let clock = ContinuousClock()
    let begin = clock.now
    let resident = Self.residentBytes
    var walk = Walk(asked: Array(repeating: 0, count: model.properties.count + 1))
    if looksForLife { walk.graph = StateGraph() }
    enter(&walk)
    var layer = 0..<store.count
    while !layer.isEmpty, !walk.isOver {  // Ends when a layer brings no new state.
      let end = try expand(&walk, layer)
      layer = end..<store.count
      if !layer.isEmpty, !walk.isOver { walk.depth += 1 }
    }
    let seconds = (clock.now - begin) / .seconds(1)
    finish(&walk)
    // What many values refer to elsewhere is seen by how much the process has grown.
    let isSeen = !M.Storage.isFlat && store.count >= Self.seenFrom
    let grown = isSeen ? Self.residentBytes - resident - (walk.graph?.byteCount ?? 0) : 0
    return report(walk, seconds: seconds, bytes: max(grown, store.byteCount))
  }

  @usableFromInline var looksForLife: Bool { findsLivelocks && !model.isSymmetric }

  /// Numbers and judges the initial states.
  @inlinable func enter(_ walk: inout Walk) {
    for initial in model.initials {
      let state = model.isSymmetric ? model.representative(of: initial) : initial
      let hash = M.Storage.hash(state)
      let (number, isNew) = store.insert(state, hash, from: .max, by: 0)
      walk.transitions += 1
      guard isNew else { continue }
      walk.digest &+= Batch<M.State>.share(UInt32(number), hash: hash)
      note(model.judge(state), number, &walk)
    }
  }

  /// What a state says of the properties.
  @inlinable func note(_ verdict: Verdict, _ number: Int, _ walk: inout Walk) {
    var asked = verdict.asked
    while asked != 0 {
      walk.asked[asked.trailingZeroBitCount] += 1
      asked &= asked - 1
    }
    var fresh = verdict.broken & ~walk.broken
    walk.broken |= fresh
    while fresh != 0 {
      walk.violations.append((model.properties[fresh.trailingZeroBitCount], number))
      fresh &= fresh - 1
    }
    guard model.isSymmetric, !walk.isMisrepresented else { return }
    let state = store[number]
    let again = model.representative(of: state)
    guard store.find(again) != number else { return }
    walk.isMisrepresented = true
    walk.violations.append((Self.misrepresented, number))
  }

  /// What a symmetric model promises.
  @usableFromInline static var misrepresented: String { "a representative stands for itself" }
  @usableFromInline static var asymmetric: String {
    "states that are one but for names take the same steps"
  }

  /// Fewer values are lost in what else a process needs.
  @usableFromInline static var seenFrom: Int { 10_000 }

  /// Memory of the process, in bytes; 0 where the kernel does not tell.
  @usableFromInline static var residentBytes: Int {
    let words = try? String(contentsOfFile: "/proc/self/statm", encoding: .utf8).split(
      separator: " ")
    guard let words, words.count > 1, let pages = Int(words[1]) else { return 0 }
    return pages * sysconf(Int32(_SC_PAGESIZE))
  }

  /// What the walk has found, and the circles in which nothing settles.
  @usableFromInline func report(_ walk: Walk, seconds: Double, bytes: Int) -> Exploration {
    var result = Exploration(
      model: model.name, states: store.count, transitions: walk.transitions, depth: walk.depth,
      seconds: seconds, statesPerSecond: Double(store.count) / max(seconds, 1e-9),
      bytesPerState: Double(bytes) / Double(store.count),
      violations: walk.violations.map {
        Exploration.Violation(name: $0.name, steps: way(to: $0.state))
      },
      properties: zip(model.properties, walk.asked).map {
        Exploration.Property(name: $0, states: $1)
      },
      digest: walk.isOver ? 0 : walk.digest)
    result.isComplete = !walk.isCut
    if let graph = walk.graph, walk.violations.isEmpty || !stopsEarly {
      if let livelock = livelock(graph, walk.restless) { result.violations.append(livelock) }
      result.properties.append(.init(name: Exploration.settles, states: store.count))
      respond(&result)
    }
    return result
  }
}

@available(*, unavailable)
extension Explorer: Sendable {}
