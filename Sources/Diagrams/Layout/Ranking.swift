import BatonCore

/// Which layer each state stands in among its siblings, counted from 0.
///
/// The initial child first and then document order is the way a chart is told, so an edge against
/// this order is one that leads back. States that an edge joins, in whichever direction, stand in
/// different layers, each as near to the first as the longest way to it allows.
struct Ranking: Sendable {
  /// By state, the layer among its siblings, from 0.
  private(set) var layers: [Int]
  /// Number of layers of states by container, the root first, then by state.
  private(set) var counts: [Int]

  init(outline: Outline, edges: [Edge]) {
    layers = Array(repeating: 0, count: outline.states.count)
    counts = []
    let joined = Self.joined(edges, outline)
    for container in [nil] + outline.states.indices.map(Optional.some) {
      var children = outline.children(of: container)
      if let initial = outline.initialChild(of: container),
        let place = children.firstIndex(of: initial)
      {
        children.insert(children.remove(at: place), at: 0)
      }
      rank(children, joined: joined)
      if let container, outline.states[container].kind == .parallel {
        stack(children, joined: joined, outline)
      }
      counts.append((children.map { layers[$0] }.max() ?? -1) + 1)
    }
  }

  /// By state, the siblings that an edge of theirs, or of a state inside, leads to or from.
  private static func joined(_ edges: [Edge], _ outline: Outline) -> [[Int]] {
    var joined: [[Int]] = Array(repeating: [], count: outline.states.count)
    for edge in edges where edge.source != edge.target {
      let sources = [edge.source] + outline.ancestors(of: edge.source)
      let targets = [edge.target] + outline.ancestors(of: edge.target)
      // Where the two lines of ancestors part; nowhere when one state encloses the other.
      guard
        let (from, to) = zip(sources.reversed(), targets.reversed()).first(where: { $0 != $1 })
      else { continue }
      joined[from].append(to)
      joined[to].append(from)
    }
    return joined
  }

  /// Regions of leaves stand below one that holds more, so that both are as wide as the larger one.
  private mutating func stack(_ regions: [Int], joined: [[Int]], _ outline: Outline) {
    guard regions.allSatisfy({ joined[$0].isEmpty }) else { return }
    let flat = regions.filter { region in
      outline.children(of: region).allSatisfy { child in
        outline.children(of: child).isEmpty && outline.states[child].hiddenCount == 0
      }
    }
    if flat.count < regions.count { for region in flat { layers[region] = 1 } }
  }

  private mutating func rank(_ children: [Int], joined: [[Int]]) {
    let order = Dictionary(uniqueKeysWithValues: zip(children, 0...))
    func neighbours(of child: Int, isBefore: Bool) -> [Int] {
      guard let own = order[child] else { return [] }
      return joined[child].filter { ((order[$0] ?? own) < own) == isBefore }
    }
    for child in children {
      layers[child] = neighbours(of: child, isBefore: true).map { layers[$0] + 1 }.max() ?? 0
    }
    // What no earlier one is joined to stands close above what it is joined to.
    for child in children.dropFirst().reversed()
    where neighbours(of: child, isBefore: true).isEmpty {
      let after = neighbours(of: child, isBefore: false)
      if let nearest = after.map({ layers[$0] }).min() { layers[child] = max(0, nearest - 1) }
    }
  }
}

extension Outline {
  /// The child of a container that is this state or encloses it, nil when it lies elsewhere.
  func child(of container: Int?, towards state: Int) -> Int? {
    ([state] + ancestors(of: state)).first { states[$0].parent == container }
  }
}
