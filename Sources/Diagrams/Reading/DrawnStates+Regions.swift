import BatonCore

/// What lines that divide a state make of it.
extension DrawnStates {
  /// By box, whether its children are active together; boxes are added for regions without one.
  mutating func parallels() -> Set<Int> {
    var found: Set<Int> = []
    for box in boxes where box.isDashed { if let parent = box.parent { found.insert(parent) } }
    var parts: [Int?: Int] = [:]
    for box in boxes { parts[box.parent] = max(parts[box.parent] ?? 0, box.part) }
    for parent in parts.keys.sorted(by: { ($0 ?? -1) < ($1 ?? -1) }) {
      guard let last = parts[parent], last > 0 else { continue }
      let owner: Int
      if let parent {
        owner = parent
      } else {
        // Regions of the chart as a whole stand in a state of their own.
        guard let whole = enclose() else { continue }
        owner = whole
      }
      found.insert(owner)
      guard !areRegions(of: owner, last) else { continue }
      for part in 0...last { enclose(part, of: owner) }
    }
    return found
  }

  private func members(_ owner: Int?, _ part: Int) -> [Int] {
    boxes.indices.filter {
      boxes[$0].parent == owner && boxes[$0].part == part && !boxes[$0].isOfWhole
    }
  }

  /// Whether each part is one state, which is the region itself.
  private func areRegions(of owner: Int, _ last: Int) -> Bool {
    let hasDots = arrows.contains {
      if case .dot(of: owner, _) = $0.from { true } else { false }
    }
    return !hasDots
      && (0...last).allSatisfy { part in
        let all = members(owner, part).map { boxes[$0] }
        let states = all.filter { if case .history = $0.kind { false } else { true } }
        return states.count == 1 && states[0].kind == .plain
      }
  }

  /// The history of a chart as a whole is that of a state around all others: a chart itself has
  /// none (SCXML 3.2).
  mutating func encloseHistory() {
    let isPast = boxes.contains { box in
      if case .history = box.kind { box.parent == nil } else { false }
    }
    var name = "chart"
    while isPast, boxes.contains(where: { $0.name == name }) { name += "'" }
    guard isPast, let owner = enclose(as: name) else { return }
    let line = boxes[owner].line
    arrows.append(Arrow(from: .dot(of: nil, part: 0), to: .box(owner), rows: [], line: line))
    let ends =
      boxes.contains { $0.parent == owner && $0.kind == .end }
      || arrows.contains { if case .dot(of: owner, _) = $0.to { true } else { false } }
    // The chart ends with what is around all of it.
    if ends {
      arrows.append(Arrow(from: .box(owner), to: .dot(of: nil, part: 0), rows: [], line: line))
    }
  }

  private mutating func enclose(as name: String = "regions") -> Int? {
    let members = boxes.indices.filter { boxes[$0].parent == nil }
    guard let owner = added(name, parent: nil, like: members) else { return nil }
    for member in members { boxes[member].parent = owner }
    move(from: nil, to: owner)
    return owner
  }

  private mutating func enclose(_ part: Int, of owner: Int) {
    let members = members(owner, part)
    let name = "\(boxes[owner].name) \(part + 1)"
    guard !members.isEmpty, let region = added(name, parent: owner, like: members) else { return }
    for member in members {
      boxes[member].parent = region
      boxes[member].part = 0
    }
    for index in arrows.indices {
      if arrows[index].from == .dot(of: owner, part: part) {
        arrows[index].from = .dot(of: region, part: 0)
      }
      if arrows[index].to == .dot(of: owner, part: part) {
        arrows[index].to = .dot(of: region, part: 0)
      }
    }
  }

  private mutating func added(_ name: String, parent: Int?, like members: [Int]) -> Int? {
    guard let first = members.first, boxes.count < Self.boxesMax * 2 else { return nil }
    boxes.append(Box(id: "", label: name, parent: parent, line: boxes[first].line))
    return boxes.count - 1
  }

  private mutating func move(from scope: Int?, to owner: Int) {
    for index in arrows.indices {
      if case .dot(of: scope, let part) = arrows[index].from {
        arrows[index].from = .dot(of: owner, part: part)
      }
      if case .dot(of: scope, let part) = arrows[index].to {
        arrows[index].to = .dot(of: owner, part: part)
      }
    }
  }
}
