import BatonCore

/// A chart without code, put together by numbers.
struct Sketched {
  var outline = Outline(name: "Sketch", initial: 0, states: [], transitions: [])

  mutating func add(_ name: String, in parent: Int? = nil, kind: Outline.Kind = .atomic) {
    outline.states.append(Outline.State(name: name, parent: parent, kind: kind))
    guard let parent, outline.states[parent].kind != .parallel else { return }
    outline.states[parent].kind = .compound
    outline.states[parent].initial = outline.states[parent].initial ?? outline.states.count - 1
  }

  mutating func on(
    _ trigger: Outline.Trigger, _ source: Int, _ targets: Int..., when name: String? = nil,
    actions: [String] = []
  ) {
    outline.transitions.append(
      Outline.Transition(
        source: source, trigger: trigger, guard: name, actions: actions, targets: targets,
        isInternal: targets.isEmpty))
  }
}
