/// The states and transitions of a statechart as numbers, in document order: what the
/// ``Interpreter`` runs, for charts with regions or history and for SCXML documents alike.
///
/// State 0 is the chart itself. A state stands before what it holds, and what it holds stands
/// together, so that the descendants of a state are a range of numbers. What a transition or a
/// state does is not here: whoever runs an interpreter knows it by the number.
@usableFromInline package final class Structure: Sendable {
  /// What a state is (SCXML 3.3 to 3.10).
  package enum Kind: Hashable, Sendable {
    /// Without children.
    case atomic
    /// With children, of which one is active.
    case compound
    /// With children that are active together.
    case parallel
    /// The end of its parent.
    case final
    /// Stands for what was active in its parent; deep: down to the leaves.
    case history(isDeep: Bool)
  }

  package struct State: Hashable, Sendable {
    /// The number of the enclosing state; nil only for state 0.
    package var parent: Int?
    package var kind: Kind
    /// The transition that names what is entered first: of a compound state its initial
    /// transition, of a history state its default; nil otherwise.
    package var initial: Int?
    /// Whether the history states inside it forget their values when it is left.
    package var isForgetful = false

    /// A state; see the properties.
    package init(parent: Int?, kind: Kind, initial: Int? = nil) {
      self.parent = parent
      self.kind = kind
      self.initial = initial
    }
  }

  /// One transition. Initial and default transitions are in the list too, and are never selected.
  package struct Transition: Hashable, Sendable {
    /// The state that declares it.
    package var source: Int
    /// Where it leads; empty when it is targetless.
    package var targets: [Int]
    /// True when it does not leave its source if that is compound and holds all targets.
    package var isInternal: Bool
    /// True when no event is needed (SCXML 3.13).
    package var isEventless: Bool

    /// A transition; see the properties.
    package init(source: Int, targets: [Int], isInternal: Bool = false, isEventless: Bool = false) {
      self.source = source
      self.targets = targets
      self.isInternal = isInternal
      self.isEventless = isEventless
    }
  }

  /// Lists of numbers, one behind the other.
  struct Lists: Sendable {
    private let starts: [Int]
    private let numbers: [Int]

    init(_ lists: [[Int]]) {
      var starts = [0]
      for list in lists { starts.append(starts[starts.count - 1] + list.count) }
      self.starts = starts
      numbers = lists.flatMap { $0 }
    }

    func count(_ list: Int) -> Int { starts[list + 1] - starts[list] }

    subscript(list: Int, place: Int) -> Int { numbers[starts[list] + place] }
  }

  /// All states, the chart itself first.
  package let states: [State]
  /// All transitions in document order.
  package let transitions: [Transition]
  /// By state, the number behind its last descendant.
  let ends: [Int]
  /// By state, its children in document order.
  let children: [[Int]]
  /// By state, its history children.
  let histories: [[Int]]
  /// By leaf, the transitions that need no event, innermost first, then in document order.
  let eventless: Lists
  /// By leaf, the transitions that need one.
  let evented: Lists
  let sources: [Int]
  let targets: Lists
  /// By transition, the domain when no target is a history state; -1 when targetless.
  let domains: [Int]
  /// By transition, whether a target is a history state, so that the domain depends on it.
  let isVague: [Bool]
  /// By history state its place among the recorded values.
  let slots: [Int]
  /// By state, whether it can hold no active state.
  let isLeafState: [Bool]
  /// By state, whether it is parallel or has such a state inside.
  let hasRegions: [Bool]
  /// Whether each parallel state has a region, so that the active leaves say what is active.
  let isWithoutEmptyRegions: Bool
  /// How many history states there are.
  let historyCount: Int
  /// Words of a set of states.
  let words: Int
  /// The states whose history states forget, with such states inside.
  let forgetful: [Int]

  /// A structure of these states and transitions.
  ///
  /// - Throws: `StructureError`, when they do not stand in document order or a number names
  ///   nothing. What a chart may say beyond that is checked by whoever made it.
  package init(states: [State], transitions: [Transition]) throws(StructureError) {
    try Self.check(states, transitions)
    self.states = states
    self.transitions = transitions
    let ends = Self.ends(states)
    self.ends = ends
    var children: [[Int]] = Array(repeating: [], count: states.count)
    var slots = Array(repeating: 0, count: states.count)
    var historyCount = 0
    for (number, state) in states.enumerated() {
      if let parent = state.parent { children[parent].append(number) }
      if case .history = state.kind {
        slots[number] = historyCount
        historyCount += 1
      }
    }
    self.children = children
    self.slots = slots
    self.historyCount = historyCount
    isLeafState = states.map { $0.kind == .atomic || $0.kind == .final }
    words = (states.count + 63) / 64
    isWithoutEmptyRegions = states.indices.allSatisfy { number in
      states[number].kind != .parallel
        || children[number].contains { !states[$0].isHistory }
    }
    hasRegions = Self.hasRegions(states)
    histories = children.map { $0.filter { states[$0].isHistory } }
    forgetful = states.indices.filter { outer in
      states[outer].isForgetful && (outer..<ends[outer]).contains { states[$0].isHistory }
    }
    isVague = transitions.map { $0.targets.contains { states[$0].isHistory } }
    domains = transitions.map { Self.domain(of: $0, states, ends) ?? -1 }
    sources = transitions.map { $0.source }
    targets = Lists(transitions.map { $0.targets })
    let own = Self.declared(states, transitions)
    eventless = Lists(
      Self.candidates(states, own.map { $0.filter { transitions[$0].isEventless } }))
    evented = Lists(
      Self.candidates(states, own.map { $0.filter { !transitions[$0].isEventless } }))
  }

  /// Whether a state lies strictly inside another.
  package func isDescendant(_ state: Int, of ancestor: Int) -> Bool {
    state > ancestor && state < ends[ancestor]
  }
}

extension Structure.State {
  /// True for a history state.
  var isHistory: Bool { if case .history = kind { true } else { false } }
}

/// Why states and transitions are no structure.
package enum StructureError: Error, Hashable, Sendable {
  /// There is no state 0 without parent that is compound, or another state has no parent.
  case noRoot(Int)
  /// The state does not stand behind its parent and together with its siblings.
  case outOfOrder(state: Int)
  /// The transition names a state that does not exist.
  case unknownState(transition: Int)
  /// A compound state has no initial, or a history state no default transition with a target.
  case noInitial(state: Int)
  /// An initial state does not lie inside of its state, or a history state's default not inside of
  /// its parent.
  case outside(state: Int, target: Int)
  /// The defaults of history states lead back to the first one.
  case circular(state: Int)
}

extension StructureError {
  /// The state that it is about; nil when it is about none.
  package var state: Int? {
    switch self {
    case .noRoot(let state), .outOfOrder(let state), .noInitial(let state),
      .outside(let state, _), .circular(let state):
      state
    case .unknownState: nil
    }
  }

  /// A sentence without its full stop; `name` says what a state is called.
  package func text(_ name: (Int) -> String) -> String {
    switch self {
    case .noRoot(let state): "\(name(state)) has no place among the states"
    case .outOfOrder(let state): "\(name(state)) does not stand behind its parent"
    case .unknownState: "a transition names a state that is not there"
    case .noInitial(let state): "\(name(state)) does not say what is entered first"
    case .outside(let state, let target):
      "what \(name(state)) enters by default is \(name(target)), which does not lie there"
    case .circular(let state): "the default of history \(name(state)) leads back to itself"
    }
  }
}
