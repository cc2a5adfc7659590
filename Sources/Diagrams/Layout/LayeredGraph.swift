import BatonCore

/// All levels of a chart with the ways of its edges through them, before anything has a place.
///
/// The layout is a layered one (Sugiyama, Tagawa, Toda 1981), once for the inside of each compound
/// state, with lines that go upright and level:
///
/// | step      | what it gives                                                  | by            |
/// | --------- | -------------------------------------------------------------- | ------------- |
/// | ranking   | the layer of each state among its siblings, in telling order   | `Ranking`     |
/// | ways      | each edge cut at layers and borders, its label an item of its  | here          |
/// |           | own: no line can meet a text or a state that it does not join  |               |
/// | order     | few crossings: barycentres, then swaps of neighbours           | `Level+Order` |
/// | placing   | short and straight lines, neighbours apart                     | `Level+Place` |
/// | routing   | a track for each bundle that goes sideways in a gap            | `Level+Route` |
/// | drawing   | from the inside out the sizes, from the outside in the places  | `Arrangement` |
///
/// Edges to one target share their way behind their labels; others never run along each other. All
/// of it counts in whole pixels and asks nothing of the machine, so that the same chart is the same
/// drawing everywhere. It never changes what a chart says: the outline is only read.
struct LayeredGraph: Sendable {
  /// One piece of an edge's way.
  struct Hop: Sendable {
    let level: Int
    let segment: Int
  }

  /// With the pseudostates that are drawn by themselves behind all states.
  let outline: Outline
  let edges: [Edge]
  /// The first of these pseudostates.
  let firstStart: Int
  let ranking: Ranking
  /// The root first, then by state; levels of states without children hold only a header.
  var levels: [Level]
  /// The ways by edge, from source to target; empty for a state's edge to itself.
  private(set) var ways: [[Hop]]
  /// By edge, whether its way goes from top to bottom.
  private(set) var descends: [Bool]

  init(outline: Outline) {
    let starts = Starts(outline)
    let outline = starts.outline
    self.outline = outline
    firstStart = starts.first
    edges = Edge.all(of: outline) + starts.edges
    ranking = Ranking(outline: outline, edges: edges)
    let containers = [nil] + outline.states.indices.map(Optional.some)
    levels = []
    for (index, container) in containers.enumerated() {
      let initial = outline.initialChild(of: container)
      var level = Level(
        container: container, stateLayerCount: ranking.counts[index], initial: initial)
      for child in outline.children(of: container) {
        level.add(.state(child), layer: 2 * ranking.layers[child] + 2)
      }
      levels.append(level)
    }
    ways = Array(repeating: [], count: edges.count)
    descends = Array(repeating: true, count: edges.count)
    for index in edges.indices where edges[index].source != edges[index].target { lead(index) }
  }

  /// The index in `levels` of what a state holds, or the root for nil.
  static func level(of container: Int?) -> Int { container.map { $0 + 1 } ?? 0 }

  /// Where an edge has come to while its way is laid.
  private struct Front: Sendable {
    var level: Int
    var item: Int
    var bundle: EdgeBundle
  }

  /// Lays the way of one edge.
  private mutating func lead(_ edge: Int) {
    let source = edges[edge].source
    let target = edges[edge].target
    var front: Front
    let isDown: Bool
    if outline.encloses(source, target) {
      isDown = true
      let level = Self.level(of: source)
      front = Front(
        level: level, item: levels[level].port(.top, .edge(edge)), bundle: .edge(edge))
    } else {
      isDown = leadsDown(source, target)
      let level = Self.level(of: outline.states[source].parent)
      front = Front(
        level: level, item: levels[level].add(.state(source), layer: 0), bundle: .edge(edge))
    }
    descends[edge] = isDown
    let trunk = Trunk(target: target, isDown: isDown)
    let labelLayer = levels[front.level].items[front.item].layer + (isDown ? 1 : -1)
    step(&front, edge, to: levels[front.level].add(.label(edge), layer: labelLayer))
    front.bundle = .trunk(trunk)
    // Ends at the target: each turn comes one level nearer to it.
    while true {
      let container = levels[front.level].container
      if let child = outline.child(of: container, towards: target) {
        follow(&front, edge, trunk, to: levels[front.level].add(.state(child), layer: 0))
        if child == target { return }
        front.level = Self.level(of: child)
        front.item = levels[front.level].port(isDown ? .top : .bottom, front.bundle)
      } else {
        let side: Item.Side = isDown ? .bottom : .top
        follow(&front, edge, trunk, to: levels[front.level].port(side, front.bundle))
        guard let container, container != target else { return }
        front.level = Self.level(of: outline.states[container].parent)
        front.item = levels[front.level].add(.state(container), layer: 0)
      }
    }
  }

  /// True when the way goes from top to bottom where source and target part.
  private func leadsDown(_ source: Int, _ target: Int) -> Bool {
    if outline.encloses(target, source) { return true }
    let up = [source] + outline.ancestors(of: source)
    for child in up {
      let container = outline.states[child].parent
      if let other = outline.child(of: container, towards: target) {
        return ranking.layers[child] < ranking.layers[other]
      }
    }
    return true
  }

  private mutating func step(_ front: inout Front, _ edge: Int, to item: Int) {
    let segment = levels[front.level].join(front.item, item, bundle: front.bundle)
    ways[edge].append(Hop(level: front.level, segment: segment))
    front.item = item
  }

  /// Goes on along a trunk, one layer after another, to an item of the same level.
  private mutating func follow(
    _ front: inout Front, _ edge: Int, _ trunk: Trunk, to end: Int
  ) {
    let stride = trunk.isDown ? 1 : -1
    let last = levels[front.level].items[end].layer
    var layer = levels[front.level].items[front.item].layer + stride
    while layer != last {
      step(&front, edge, to: levels[front.level].add(.trunk(trunk, layer: layer), layer: layer))
      layer += stride
    }
    step(&front, edge, to: end)
  }
}
