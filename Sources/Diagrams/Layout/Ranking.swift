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
    for container in [nil] + outline.states.indices.map(Optional.some) {
      var children = outline.children(of: container)
      if let initial = outline.initialChild(of: container),
        let place = children.firstIndex(of: initial)
      {
        children.insert(children.remove(at: place), at: 0)
      }
      let pairs = edges.compactMap { Self.siblings(of: $0, in: container, outline: outline) }
      rank(children, pairs: pairs)
      counts.append((children.map { layers[$0] }.max() ?? -1) + 1)
    }
  }

  /// The two different children of a container which an edge leads between, nil when none.
  private static func siblings(
    of edge: Edge, in container: Int?, outline: Outline
  ) -> (from: Int, to: Int)? {
    guard let from = outline.child(of: container, towards: edge.source),
      let to = outline.child(of: container, towards: edge.target), from != to
    else { return nil }
    return (from, to)
  }

  private mutating func rank(_ children: [Int], pairs: [(from: Int, to: Int)]) {
    func neighbours(of child: Int, among others: ArraySlice<Int>) -> [Int] {
      others.filter { other in
        pairs.contains { $0 == (child, other) || $0 == (other, child) }
      }
    }
    for (place, child) in children.enumerated() {
      let before = neighbours(of: child, among: children[..<place])
      layers[child] = before.map { layers[$0] + 1 }.max() ?? 0
    }
    // What no earlier one is joined to stands close above what it is joined to.
    for (place, child) in children.enumerated().dropFirst().reversed()
    where neighbours(of: child, among: children[..<place]).isEmpty {
      let after = neighbours(of: child, among: children[(place + 1)...])
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
