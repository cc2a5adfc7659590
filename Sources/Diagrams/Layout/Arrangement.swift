import BatonCore

/// Turns a graph into boxes and lines: sizes from the inside out, then places from the outside in.
struct Arrangement: Sendable {
  var graph: LayeredGraph
  private(set) var states: [Drawing.State] = []
  /// By number, where the dots of pseudostates are that are drawn by themselves.
  private(set) var dots: [Int: Point] = [:]
  let cards: [Card]
  /// Routed segments by level, from its own top left.
  private(set) var routed: [[[Point]]]
  /// Where the inside of each level begins.
  private(set) var origins: [Point]

  init(graph: LayeredGraph) {
    self.graph = graph
    let outline = graph.outline
    cards = outline.states.indices.map {
      Card(title: outline.states[$0].name, rows: outline.rows(of: $0))
    }
    routed = Array(repeating: [], count: graph.levels.count)
    origins = Array(repeating: Point(x: 0, y: 0), count: graph.levels.count)
  }

  private var outline: Outline { graph.outline }

  /// The name tag of the frame.
  var tagWidth: Int {
    TextMeasure.width(outline.name, size: Metrics.titleSize, isBold: true)
      + TextMeasure.width("stm ", size: Metrics.titleSize) + 3 * Metrics.padding
  }

  // MARK: From the inside out

  /// Sizes and places what a container holds, and returns the size of the container.
  mutating func arrange(_ container: Int?) -> Point {
    let index = LayeredGraph.level(of: container)
    for child in outline.children(of: container) where outline.isContainer(child) {
      let size = arrange(child)
      fit(child, size: size)
    }
    for item in graph.levels[index].items.indices { measure(item, in: index) }
    graph.levels[index].order()
    graph.levels[index].place()
    graph.levels[index].part()
    let (height, lines) = graph.levels[index].route(bottom: Metrics.margin)
    routed[index] = lines
    return Point(x: graph.levels[index].width + 2 * Metrics.margin, y: height)
  }

  /// Gives the item of a compound state the size and the pins of its inside.
  private mutating func fit(_ state: Int, size: Point) {
    let inside = graph.levels[LayeredGraph.level(of: state)]
    let outer = LayeredGraph.level(of: outline.states[state].parent)
    guard let index = graph.levels[outer].index(of: .state(state)) else { return }
    var item = graph.levels[outer].items[index]
    extend(&item, state: state, width: size.x, height: size.y)
    func pins(_ side: Item.Side, _ layer: Int, joined: [Item.Pin]) -> [Item.Pin] {
      let fixed = inside.layers[layer].compactMap { port -> Item.Pin? in
        guard case .port(side, let bundle) = inside.items[port].kind else { return nil }
        let x = inside.items[port].x + inside.items[port].inset
        return Item.Pin(bundle: bundle, offset: item.inset + Metrics.margin + x, isFixed: true)
      }
      return fixed
        + joined.filter { pin in !fixed.contains { $0.bundle == pin.bundle } }.map {
          Item.Pin(bundle: $0.bundle, offset: item.inset + size.x / 2)
        }
    }
    item.upper = pins(.top, 0, joined: item.upper)
    item.lower = pins(.bottom, inside.depth - 1, joined: item.lower)
    graph.levels[outer].items[index] = item
  }

  /// Adds the room for the initial pseudostate and for the loop of an edge to itself.
  private func extend(_ item: inout Item, state: Int, width: Int, height: Int) {
    item.inset =
      outline.isEnteredFirst(state) && state < graph.firstStart ? Metrics.initialInset : 0
    item.bodyWidth = width
    item.bodyHeight = height
    item.width = item.inset + width
    item.height = height
    let loops = graph.edges.filter { $0.source == state && $0.target == state }
    guard !loops.isEmpty else { return }
    let lines = loops.flatMap(\.lines)
    item.width += Metrics.loopWidth + Metrics.labelGap + TextLine.width(of: lines)
    item.height = max(
      item.height, Metrics.titleHeight + lines.count * Metrics.lineHeight)
  }

  private mutating func measure(_ index: Int, in level: Int) {
    var item = graph.levels[level].items[index]
    switch item.kind {
    case .header: measureHeader(&item, of: graph.levels[level].container)
    case .state(let state): measure(&item, state: state)
    case .label(let edge):
      let lines = graph.edges[edge].lines
      item.width = Metrics.labelGap + TextLine.width(of: lines)
      item.height = lines.count * Metrics.lineHeight
      item.bodyHeight = item.height
    case .trunk: break
    case .port(_, let bundle):
      // The hook of an external transition reaches out to the left of its port.
      if isHooked(bundle, at: graph.levels[level].container) { item.inset = Metrics.hookWidth + 4 }
      item.width = item.inset
    }
    graph.levels[level].items[index] = item
  }

  private func measureHeader(_ item: inout Item, of container: Int?) {
    if let container {
      item.width = cards[container].width - Metrics.margin
      item.height = cards[container].height
    } else {
      let declared = outline.declaredLines
      item.width = max(tagWidth, TextLine.width(of: declared) + 2 * Metrics.padding)
      item.height = Metrics.titleHeight + declared.count * Metrics.lineHeight
    }
  }

  private func measure(_ item: inout Item, state: Int) {
    switch outline.states[state].kind {
    case .compound, .parallel: break
    case .final, .history:
      extend(&item, state: state, width: Metrics.ringSize, height: Metrics.ringSize)
      item.width = max(item.width, item.inset + Metrics.ringSize + cards[state].width)
      item.height = max(item.height, cards[state].height)
      item.upper = ringPins(item.upper, inset: item.inset)
      item.lower = ringPins(item.lower, inset: item.inset)
    case .atomic:
      let pins = max(item.upper.count, item.lower.count)
      let width = max(
        cards[state].width, Metrics.stateWidthMin, (pins + 1) * Metrics.pinSpacing)
      extend(
        &item, state: state, width: width, height: max(cards[state].height, Metrics.stateHeightMin))
      for place in item.upper.indices { item.upper[place].offset = item.inset + width / 2 }
      for place in item.lower.indices { item.lower[place].offset = item.inset + width / 2 }
    }
  }

  /// Lines meet a ring at its middle; those that come and those that go, which only a history
  /// state has both of, a little beside it.
  private func ringPins(_ pins: [Item.Pin], inset: Int) -> [Item.Pin] {
    let step = pins.count > 1 ? min(10, (Metrics.ringSize - 4) / (pins.count - 1)) : 0
    let first = inset + (Metrics.ringSize - step * (pins.count - 1)) / 2
    return pins.enumerated().map {
      Item.Pin(bundle: $1.bundle, offset: first + $0 * step, isFixed: true)
    }
  }

  /// True for a line between a compound state and one of its descendants that leaves the state:
  /// it is drawn with a hook over the border.
  private func isHooked(_ bundle: EdgeBundle, at container: Int?) -> Bool {
    guard let container else { return false }
    switch bundle {
    case .edge(let index):
      let edge = graph.edges[index]
      return edge.source == container && outline.encloses(container, edge.target)
        && !edge.isInternal
    case .trunk(let trunk):
      return trunk.target == container && trunk.isDown
        && graph.edges.contains { $0.target == container && outline.encloses(container, $0.source) }
    }
  }

  // MARK: From the outside in

  /// Places what a container holds, whose own top left is at a point.
  mutating func emit(_ container: Int?, at corner: Point) {
    let index = LayeredGraph.level(of: container)
    let origin = container == nil ? corner : corner.moved(by: Point(x: Metrics.margin, y: 0))
    origins[index] = origin
    let level = graph.levels[index]
    for child in outline.children(of: container) {
      guard let place = level.index(of: .state(child)) else { continue }
      let item = level.items[place]
      let at = Point(x: item.x + item.inset, y: item.y).moved(by: origin)
      guard child < graph.firstStart else {
        let middle = Point(x: item.bodyWidth / 2, y: item.bodyHeight - Metrics.dotRadius)
        dots[child] = at.moved(by: middle)
        continue
      }
      states.append(drawn(child, item, at: at))
      if outline.isContainer(child) { emit(child, at: at) }
    }
  }

  private func drawn(_ state: Int, _ item: Item, at corner: Point) -> Drawing.State {
    let card = cards[state]
    let box = Box(x: corner.x, y: corner.y, width: item.bodyWidth, height: item.bodyHeight)
    var text = Box(
      x: box.x + Metrics.padding, y: box.y + 4, width: card.width - 2 * Metrics.padding,
      height: card.height - 6)
    let shape: Drawing.State.Shape
    switch outline.states[state].kind {
    case .atomic:
      shape = .atomic
      text.x += (box.width - card.width) / 2
    case .compound, .parallel:
      shape = .compound
    case .final, .history:
      shape = outline.historyDepth(of: state).map { .history(isDeep: $0) } ?? .final
      text.x = box.maxX + Metrics.labelGap
      text.y -= 3
    }
    return Drawing.State(
      index: state, name: outline.states[state].name, path: outline.path(of: state),
      shape: shape, depth: outline.ancestors(of: state).count,
      isRegion: outline.isRegion(state),
      isInitial: outline.isEnteredFirst(state),
      box: box, text: text, card: card)
  }
}
