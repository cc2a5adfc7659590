/// A statechart made by chance: what the oracle, the machine and the session all run.
struct Sketch: CustomStringConvertible {
  enum Kind: Hashable {
    case ordinary, parallel, final
    case history(isDeep: Bool)
  }

  enum Trigger: Hashable {
    case event(Int)
    case any, done, eventless
    /// When the source has been active for a while.
    case delay
  }

  struct State {
    var parent: Int?
    var kind: Kind
    /// The child that is entered first.
    var initial: Int?
  }

  struct Transition {
    var source: Int
    var trigger: Trigger
    var targets: [Int]
    var isInternal = false
    /// Holds when the number of actions that ran, and this, make a multiple of three.
    var condition: Int?
    /// The event that its action raises.
    var raised: Int?
    /// Its action fails, so that what it raises behind the failure does not come.
    var fails = false
  }

  static let eventCount = 4

  /// In document order; a state without parent is a child of the chart.
  var states: [State] = []
  var transitions: [Transition] = []
  var initial = 0
  /// What a state says of events that it does not take: by state, the event and whether it is
  /// deferred, ignored or refused. The algorithm of SCXML knows none of these.
  var verdicts: [Int: (event: Int, verdict: Verdict)] = [:]

  enum Verdict: CaseIterable { case deferred, ignored, refused }

  func children(of parent: Int?) -> [Int] {
    states.indices.filter { states[$0].parent == parent }
  }

  /// The state's ancestors, innermost first.
  func ancestors(of state: Int) -> [Int] {
    var found: [Int] = []
    var next = states[state].parent
    while let parent = next {
      found.append(parent)
      next = states[parent].parent
    }
    return found
  }

  func isInside(_ state: Int, _ ancestor: Int) -> Bool { ancestors(of: state).contains(ancestor) }

  func isHistory(_ state: Int) -> Bool {
    if case .history = states[state].kind { true } else { false }
  }

  func isCompound(_ state: Int) -> Bool {
    states[state].kind == .ordinary && !children(of: state).isEmpty
  }

  var description: String {
    let lines = states.indices.map { state in
      let depth = String(repeating: "  ", count: ancestors(of: state).count)
      let initial = states[state].initial.map { " initial s\($0)" } ?? ""
      return "\(depth)s\(state) \(states[state].kind)\(initial)"
    }
    let arrows = transitions.enumerated().map { number, it in
      "#\(number) s\(it.source) on \(it.trigger) if \(it.condition.map(String.init) ?? "-") to "
        + "\(it.targets) internal \(it.isInternal) raises \(it.raised.map(String.init) ?? "-")"
        + (it.fails ? " fails" : "")
    }
    return (["initial s\(initial)"] + lines + arrows).joined(separator: "\n")
  }
}

extension Sketch {
  /// A chart of two to sixteen states.
  ///
  /// - Parameter isFlat: True for one without regions and history.
  init(isFlat: Bool, using chance: inout some RandomNumberGenerator) {
    addStates(under: nil, count: Int.random(in: 2...4, using: &chance), isFlat, 0, &chance)
    setInitials(&chance)
    if !isFlat, Bool.random(using: &chance) { addMoves(&chance) }
    for _ in 0..<Int.random(in: 1...(2 * states.count), using: &chance) {
      addTransition(&chance)
    }
  }

  /// Adds what SCXML has no word for: verdicts, and delays on transitions.
  mutating func addVerdictsAndDelays(_ chance: inout some RandomNumberGenerator) {
    for state in states.indices where !isHistory(state) && states[state].kind != .final {
      guard Int.random(in: 0..<3, using: &chance) == 0 else { continue }
      verdicts[state] = (
        Int.random(in: 0..<Self.eventCount, using: &chance),
        Verdict.allCases.randomElement(using: &chance) ?? .deferred
      )
    }
    for number in transitions.indices where transitions[number].trigger != .eventless {
      let waiting = transitions.count { $0.trigger == .delay }
      guard Int.random(in: 0..<4, using: &chance) == 0, waiting < 16 else { continue }
      transitions[number].trigger = .delay
    }
  }

  private mutating func addStates(
    under parent: Int?, count: Int, _ isFlat: Bool, _ depth: Int,
    _ chance: inout some RandomNumberGenerator
  ) {
    let isRegion = parent.map { states[$0].kind == .parallel } ?? false
    for place in 0..<count where states.count < 16 {
      let number = states.count
      states.append(State(parent: parent, kind: .ordinary))
      let roll = Int.random(in: 0..<10, using: &chance)
      if place > 0, !isRegion, roll == 0 {
        states[number].kind = .final
      } else if depth < 3, roll < 5, states.count < 13 {
        let isParallel = !isFlat && roll < 3
        states[number].kind = isParallel ? .parallel : .ordinary
        addStates(
          under: number, count: Int.random(in: 2...3, using: &chance), isFlat, depth + 1, &chance)
      }
    }
    guard !isFlat, parent != nil, Int.random(in: 0..<3, using: &chance) == 0 else { return }
    states.append(
      State(parent: parent, kind: .history(isDeep: Bool.random(using: &chance))))
  }

  /// Every state with children has an initial one, every history a default beside it.
  private mutating func setInitials(_ chance: inout some RandomNumberGenerator) {
    func pick(_ parent: Int?, _ chance: inout some RandomNumberGenerator) -> Int? {
      children(of: parent).filter { !isHistory($0) }.randomElement(using: &chance)
    }
    initial = pick(nil, &chance) ?? 0
    for state in states.indices {
      if isHistory(state), let target = pick(states[state].parent, &chance) {
        transitions.append(Transition(source: state, trigger: .eventless, targets: [target]))
      } else if isCompound(state) {
        states[state].initial = pick(state, &chance)
      }
    }
  }

  /// Regions that move together: by chance alone, hardly any do.
  private mutating func addMoves(_ chance: inout some RandomNumberGenerator) {
    let event = Int.random(in: 0..<Self.eventCount, using: &chance)
    for state in states.indices where states[state].kind == .ordinary {
      guard let region = states[state].parent, let parallel = states[region].parent,
        states[parallel].kind == .parallel
      else { continue }
      let targets = children(of: region).filter { !isHistory($0) }
      guard let target = targets.randomElement(using: &chance) else { continue }
      transitions.append(Transition(source: state, trigger: .event(event), targets: [target]))
    }
  }

  private mutating func addTransition(_ chance: inout some RandomNumberGenerator) {
    let sources = states.indices.filter { !isHistory($0) && states[$0].kind != .final }
    guard let source = sources.randomElement(using: &chance) else { return }
    var it = Transition(source: source, trigger: trigger(of: source, &chance), targets: [])
    if Int.random(in: 0..<6, using: &chance) > 0 { it.targets = targets(&chance) }
    it.isInternal = Int.random(in: 0..<3, using: &chance) == 0
    if Bool.random(using: &chance) { it.condition = Int.random(in: 0..<3, using: &chance) }
    if it.trigger == .eventless, it.condition == nil { it.condition = 0 }
    if it.trigger == .eventless, it.targets.isEmpty { return }
    if Int.random(in: 0..<4, using: &chance) == 0 {
      it.raised = Int.random(in: 0..<Self.eventCount, using: &chance)
      it.fails = Int.random(in: 0..<3, using: &chance) == 0
    }
    transitions.append(it)
  }

  private func trigger(
    of source: Int, _ chance: inout some RandomNumberGenerator
  ) -> Trigger {
    switch Int.random(in: 0..<10, using: &chance) {
    case 0: .any
    case 1: .eventless
    case 2 where !children(of: source).isEmpty: .done
    case _: .event(Int.random(in: 0..<Self.eventCount, using: &chance))
    }
  }

  /// One target, or several that part in a parallel state.
  private func targets(_ chance: inout some RandomNumberGenerator) -> [Int] {
    guard let first = states.indices.randomElement(using: &chance) else { return [] }
    var chosen = [first]
    for other in states.indices where Int.random(in: 0..<4, using: &chance) == 0 {
      if chosen.allSatisfy({ canBeTogether($0, other) }) { chosen.append(other) }
    }
    return chosen
  }

  private func canBeTogether(_ one: Int, _ other: Int) -> Bool {
    guard one != other, !isInside(one, other), !isInside(other, one) else { return false }
    let around = ancestors(of: one)
    let common = ancestors(of: other).first { around.contains($0) }
    return common.map { states[$0].kind == .parallel && !isHistory(one) && !isHistory(other) }
      ?? false
  }
}
