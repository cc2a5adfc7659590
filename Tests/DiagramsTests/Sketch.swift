@testable import BatonCore

/// Builds an outline from names, for tests.
struct Sketch {
  private(set) var outline: Outline

  init(_ name: String) {
    outline = Outline(name: name, initial: 0, states: [], transitions: [])
  }

  /// Adds a state below the last one of the name `parent`; the first child is the initial one.
  mutating func state(
    _ name: String, in parent: String? = nil, kind: Outline.Kind = .atomic, entry: [String] = [],
    exit: [String] = [], ignored: [String] = [], deferred: [String] = [], refused: [String] = []
  ) {
    let index = outline.states.count
    let parent = parent.map(self.index)
    if let parent, outline.states[parent].kind == .atomic {
      outline.states[parent].kind = .compound
    }
    if let parent, outline.states[parent].kind == .compound, !kind.isHistory {
      outline.states[parent].initial = outline.states[parent].initial ?? index
    }
    var state = Outline.State(name: name, parent: parent, kind: kind)
    state.entry = entry
    state.exit = exit
    state.ignored = ignored
    state.deferred = deferred
    state.refused = refused
    outline.states.append(state)
  }

  /// Adds a transition; without a target it stays inside its source.
  mutating func on(
    _ trigger: Outline.Trigger, from source: String, to targets: String...,
    when guardName: String? = nil, unless: Bool = false, do actions: [String] = [],
    isInternal: Bool = false
  ) {
    outline.transitions.append(
      Outline.Transition(
        source: index(source), trigger: trigger, guard: guardName, isNegated: unless,
        actions: actions, targets: targets.map(index), isInternal: isInternal || targets.isEmpty))
  }

  private func index(_ name: String) -> Int {
    guard let index = outline.states.lastIndex(where: { $0.name == name }) else {
      preconditionFailure("no state \(name)")
    }
    return index
  }
}

extension Outline.Kind {
  var isHistory: Bool { if case .history = self { true } else { false } }
}
