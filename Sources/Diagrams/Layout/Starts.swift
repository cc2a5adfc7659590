import BatonCore

/// The initial pseudostates that are drawn by themselves, since what is entered first is no child
/// of the level: one dot there, and a line to each of the states that it names. All others are a
/// dot in front of their state.
///
/// For the layout they are states behind the last one, and first on their level.
struct Starts: Sendable {
  /// The chart with the pseudostates as states.
  private(set) var outline: Outline
  /// Their lines, which say nothing.
  private(set) var edges: [Edge] = []
  /// The number of the first one.
  let first: Int

  init(_ outline: Outline) {
    self.outline = outline
    first = outline.states.count
    for container in [nil] + outline.states.indices.map(Optional.some) {
      let named = outline.initials(of: container)
      guard named.contains(where: { outline.states[$0].parent != container }) else { continue }
      add(to: container, named)
    }
  }

  private mutating func add(to container: Int?, _ targets: [Int]) {
    let number = outline.states.count
    outline.states.append(
      Outline.State(name: "", parent: container, kind: .history(isDeep: false)))
    edges += targets.map { Edge(source: number, target: $0, isInternal: false, rows: []) }
    if let container {
      outline.states[container].initial = number
      outline.states[container].furtherInitials = []
    } else {
      outline.initial = number
      outline.furtherInitials = []
    }
  }
}
