/// The steps that somebody has the duty to take, state by state in the order of their numbers.
@usableFromInline struct StateGraph {
  @usableFromInline init() {}

  /// Where the steps of each state begin.
  @usableFromInline var starts: [Int] = []
  @usableFromInline var targets: [UInt32] = []
  /// The fairness of each step; the highest number for one that is nobody's duty.
  @usableFromInline var duties: [UInt8] = []

  @inlinable mutating func begin() { starts.append(targets.count) }

  /// A step of the state that was begun last.
  @inlinable mutating func add(_ target: UInt32, _ duty: UInt8) {
    targets.append(target)
    duties.append(duty)
  }

  /// The duties of a batch whose steps have their numbers.
  @inlinable mutating func add<State>(_ batch: Batch<State>) {
    var begin = 0
    for end in batch.ends {
      self.begin()
      for step in begin..<end where batch.duties[step] != .max {
        add(batch.places[step], batch.duties[step])
      }
      begin = end
    }
  }

  /// The duties of the states behind those that are here.
  @usableFromInline mutating func add(_ later: StateGraph) {
    let base = targets.count
    starts.append(contentsOf: later.starts.lazy.map { $0 + base })
    targets += later.targets
    duties += later.duties
  }

  var count: Int { starts.count }

  @usableFromInline var byteCount: Int { 8 * starts.count + 5 * targets.count }

  /// The places of a state's steps.
  func steps(_ state: Int) -> Range<Int> {
    let end = state + 1 < starts.count ? starts[state + 1] : targets.count
    return starts[state]..<end
  }

  /// The strongly connected components that have a step inside (Tarjan 1972, without recursion),
  /// of some states at a time.
  struct Search {
    let graph: StateGraph
    /// When a state was visited, from 1; 0 for never, the highest number for one that is left
    /// out.
    var order: [UInt32]
    var low: [UInt32]
    var isOpen: [Bool]
    var path: [UInt32] = []
    var calls: [(state: UInt32, next: Int)] = []
    var time: UInt32 = 0

    /// A search in a graph.
    ///
    /// - Parameter isWhole: Whether it begins with ``components(from:_:)``, which is asked once.
    init(_ graph: StateGraph, isWhole: Bool) {
      self.graph = graph
      order = Array(repeating: isWhole ? 0 : .max, count: graph.count)
      low = Array(repeating: 0, count: graph.count)
      isOpen = Array(repeating: false, count: graph.count)
    }

    /// Calls `body` with each component of the states that can be reached from these.
    mutating func components(from roots: [UInt32], _ body: ([UInt32]) -> Void) {
      for root in roots where order[Int(root)] == 0 { run(from: Int(root), body) }
      for state in order.indices { order[state] = .max }
    }

    /// Calls `body` with each component of these states alone; costs what they have of steps.
    mutating func components(of members: [UInt32], _ body: ([UInt32]) -> Void) {
      time = 0
      for member in members { order[Int(member)] = 0 }
      for member in members where order[Int(member)] == 0 { run(from: Int(member), body) }
      for member in members { order[Int(member)] = .max }
    }

    private mutating func enter(_ state: Int) {
      time += 1
      order[state] = time
      low[state] = time
      isOpen[state] = true
      path.append(UInt32(state))
      calls.append((UInt32(state), graph.steps(state).lowerBound))
    }

    mutating func run(from root: Int, _ body: ([UInt32]) -> Void) {
      enter(root)
      while let (state, next) = calls.last {
        let here = Int(state)
        if next < graph.steps(here).upperBound {
          calls[calls.count - 1].next += 1
          let target = Int(graph.targets[next])
          if order[target] == 0 {
            enter(target)
          } else if isOpen[target] {
            low[here] = min(low[here], order[target])
          }
          continue
        }
        calls.removeLast()
        if let caller = calls.last {
          low[Int(caller.state)] = min(low[Int(caller.state)], low[here])
        }
        if low[here] == order[here] { leave(here, body) }
      }
    }

    /// Takes the component of this state, the first of it that was visited, off the path.
    private mutating func leave(_ state: Int, _ body: ([UInt32]) -> Void) {
      var members: [UInt32] = []
      while let member = path.popLast() {
        isOpen[Int(member)] = false
        members.append(member)
        if Int(member) == state { break }
      }
      let hasStep =
        members.count > 1 || graph.steps(state).contains { Int(graph.targets[$0]) == state }
      if hasStep { body(members) }
    }
  }
}
