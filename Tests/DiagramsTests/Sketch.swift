@testable import BatonCore

/// Builds an outline from names, for tests.
struct Sketch {
  private(set) var outline: Outline

  init(_ name: String) {
    outline = Outline(name: name, initial: 0, states: [], transitions: [])
  }

  /// Adds a state below the last one of the name `parent`; the first child is the initial one.
  mutating func state(
    _ name: String, in parent: String? = nil, isFinal: Bool = false, entry: [String] = [],
    exit: [String] = [], ignored: [String] = [], refused: [String] = []
  ) {
    let index = outline.states.count
    let parent = parent.map(self.index)
    if let parent, outline.states[parent].kind != .compound {
      outline.states[parent].kind = .compound
      outline.states[parent].initial = index
    }
    outline.states.append(
      Outline.State(
        name: name, parent: parent, kind: isFinal ? .final : .atomic, initial: nil, entry: entry,
        exit: exit, ignored: ignored, refused: refused))
  }

  /// Adds a transition; without a target it stays inside its source.
  mutating func on(
    _ trigger: Outline.Trigger, from source: String, to target: String? = nil,
    when guardName: String? = nil, unless: Bool = false, do actions: [String] = [],
    isInternal: Bool = false
  ) {
    outline.transitions.append(
      Outline.Transition(
        source: index(source), trigger: trigger, guard: guardName, isNegated: unless,
        actions: actions, target: target.map(index), isInternal: isInternal || target == nil))
  }

  private func index(_ name: String) -> Int {
    guard let index = outline.states.lastIndex(where: { $0.name == name }) else {
      preconditionFailure("no state \(name)")
    }
    return index
  }
}
