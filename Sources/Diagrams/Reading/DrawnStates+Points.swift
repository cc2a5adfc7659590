import BatonCore

/// What dots, forks and joins mean.
extension DrawnStates {
  mutating func resolvePoints(_ parallel: Set<Int>) {
    for index in boxes.indices {
      switch boxes[index].kind {
      case .start: replaceStart(index)
      case .end: boxes[index].isFinal = true
      case .fork: replaceFork(index, parallel)
      case .join: replaceJoin(index, parallel)
      case .plain, .choice, .history: break
      }
    }
    leaveNoEnds()
    arrows.removeAll { arrow in
      [arrow.from, arrow.to].contains { end in
        if case .box(let box) = end { boxes[box].isGone } else { false }
      }
    }
    resolveEnds()
  }

  /// Nothing leaves a final state (SCXML 3.7).
  private mutating func leaveNoEnds() {
    func end(_ arrow: Arrow) -> String? {
      guard case .box(let box) = arrow.from, boxes[box].kind == .end else { return nil }
      return boxes[box].name
    }
    for arrow in arrows {
      guard let name = end(arrow) else { continue }
      find("nothing leaves the end \(name): this arrow does not count", line: arrow.line)
    }
    arrows = arrows.filter { end($0) == nil }
  }

  private mutating func replaceStart(_ start: Int) {
    boxes[start].isGone = true
    for arrow in arrows where arrow.to == .box(start) {
      let name = boxes[start].name
      find("nothing leads to the start \(name): this arrow does not count", line: arrow.line)
    }
    for index in arrows.indices where arrows[index].from == .box(start) {
      arrows[index].from = .dot(of: boxes[start].parent, part: boxes[start].part)
    }
  }

  func boxes(at ends: [End]) -> [Int] {
    ends.compactMap { if case .box(let box) = $0 { box } else { nil } }
  }

  /// A fork in front of states that can be active together is a transition to all of them.
  private mutating func replaceFork(_ fork: Int, _ parallel: Set<Int>) {
    let targets = boxes(at: arrows.filter { $0.from == .box(fork) }.map(\.to))
    guard targets.count > 1 else { return }
    guard areTogether(targets, parallel) else {
      boxes[fork].isTold = true
      let text = "the branches of \(boxes[fork].name) do not lie in regions: one of them is taken"
      return find(text, line: boxes[fork].line)
    }
    boxes[fork].isGone = true
    for index in arrows.indices where arrows[index].to == .box(fork) {
      arrows[index].to = .box(targets[0])
      arrows[index].others = Array(targets.dropFirst())
    }
  }

  /// A join behind states of several regions is a transition of the state around them, taken when
  /// all of them are active.
  private mutating func replaceJoin(_ join: Int, _ parallel: Set<Int>) {
    let incoming = arrows.filter { $0.to == .box(join) }
    let sources = boxes(at: incoming.map(\.from))
    guard incoming.count > 1 else { return }
    let around = ancestors(sources.first ?? join).first { box in
      sources.allSatisfy { ancestors($0).contains(box) }
    }
    guard sources.count == incoming.count, areTogether(sources, parallel), let around else {
      return leaveJoin(join, "its branches do not lie in regions")
    }
    // UML 2.5.1, 14.2.3.7: what leads into a join has neither triggers nor guards.
    guard incoming.allSatisfy({ $0.rows.isEmpty }) else {
      return leaveJoin(join, "an arrow into it has a label")
    }
    if let reason = hindrance(of: join, sources, around) { return leaveJoin(join, reason) }
    let isOpen = sources.contains { source in boxes.contains { $0.parent == source } }
    boxes[join].isGone = true
    for index in arrows.indices where arrows[index].from == .box(join) {
      arrows[index].from = .box(around)
      arrows[index].joined = isOpen ? [] : sources
    }
  }

  /// Why states that can be active together cannot be waited for; nil when they can.
  private func hindrance(of join: Int, _ sources: [Int], _ around: Int) -> String? {
    let names = sources.map { boxes[$0].name }
    guard names.allSatisfy({ name in boxes.count { $0.name == name } == 1 && isNameable(name) })
    else { return "its branches have names that others have too" }
    let isOpen = sources.filter { source in boxes.contains { $0.parent == source } }
    // Regions that are left as a whole are left when all of them have come to their end.
    let areDone = isOpen.count == sources.count && isEveryRegion(sources, of: around)
    guard isOpen.isEmpty || (areDone && sources.allSatisfy(hasEnd)) else {
      return "\(boxes[isOpen[0]].name) is left as a whole and has no end"
    }
    let isAsked = arrows.contains { arrow in
      arrow.from == .box(join)
        && arrow.rows.contains { !DrawnLabel($0, isState: { _ in false }).triggers.isEmpty }
    }
    return areDone && isAsked ? "what is left at its end is left on no event" : nil
  }

  /// Whether a guard can ask for a state of the name.
  private func isNameable(_ name: String) -> Bool {
    !(name.unicodeScalars.contains("'") && name.unicodeScalars.contains("\""))
  }

  private mutating func leaveJoin(_ join: Int, _ reason: String) {
    boxes[join].isTold = true
    find("\(boxes[join].name) waits for none of its branches: \(reason)", line: boxes[join].line)
  }

  private func isEveryRegion(_ states: [Int], of parallel: Int) -> Bool {
    Set(boxes.indices.filter { boxes[$0].parent == parallel && !boxes[$0].isGone }) == Set(states)
  }

  /// Whether something in a state leads to its final dot, or is a final state.
  private func hasEnd(_ state: Int) -> Bool {
    arrows.contains { arrow in
      if case .dot(of: state, _) = arrow.to, case .box = arrow.from { true } else { false }
    }
      || boxes.contains { $0.parent == state && ($0.kind == .end || $0.isFinal) }
  }

  /// The boxes around one, innermost first.
  func ancestors(_ box: Int) -> [Int] {
    var found: [Int] = []
    var next = boxes[box].parent
    while let parent = next, found.count < boxes.count {
      found.append(parent)
      next = boxes[parent].parent
    }
    return found
  }

  func areTogether(_ places: [Int], _ parallel: Set<Int>) -> Bool {
    places.indices.allSatisfy { index in
      places[(index + 1)...].allSatisfy { other in
        let around = ancestors(other)
        guard !around.contains(places[index]), other != places[index] else { return false }
        return ancestors(places[index]).first { around.contains($0) }.map(parallel.contains)
          ?? false
      }
    }
  }

  /// What leads to the dot of a level is final, or leads to a final state of that level.
  private mutating func resolveEnds() {
    let parents = Set(boxes.compactMap(\.parent))
    var ends: [Int?: Int] = [:]
    for index in arrows.indices {
      guard case .dot(let scope, _) = arrows[index].to else { continue }
      guard case .box(let source) = arrows[index].from else {
        find(
          "an arrow from the initial dot to the final one has no meaning", line: arrows[index].line)
        continue
      }
      let isOnly = arrows.count { $0.from == .box(source) } == 1
      if isOnly, arrows[index].rows.isEmpty, boxes[source].kind == .plain,
        !parents.contains(source), boxes[source].parent == scope
      {
        boxes[source].isFinal = true
        continue
      }
      let end = ends[scope] ?? boxes.count
      if ends[scope] == nil {
        ends[scope] = end
        let owner = scope.map { "end of \(boxes[$0].name)" } ?? "end"
        var box = Box(id: "", label: owner, parent: scope, line: arrows[index].line)
        box.isFinal = true
        boxes.append(box)
      }
      arrows[index].to = .box(end)
    }
  }
}
