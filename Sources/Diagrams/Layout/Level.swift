/// The inside of one compound state, or of the chart: items in layers from top to bottom.
///
/// Layer 0 holds the header and the ports of the top border, the even ones from 2 on hold states,
/// the odd ones between them labels, the last one the ports of the bottom border. A line only
/// joins neighbouring layers, so it can meet no item on its way.
struct Level: Sendable {
  let container: Int?
  /// Number of layers: two for each of states, and three for the borders and the last labels.
  let depth: Int
  private(set) var segments: [Segment] = []
  var items: [Item] = []
  /// Indices of items from left to right, by layer.
  var layers: [[Int]]
  /// Where each item stands in its layer, counted from the left; right once the layers are ordered.
  var places: [Int] = []
  private var indices: [Item.Kind: Int] = [:]
  /// Indices of segments by their lower item.
  private(set) var above: [[Int]] = []
  /// Indices of segments by their upper item.
  private(set) var below: [[Int]] = []
  /// By segment; right once the pins of all states are there.
  private(set) var joints: [Joint] = []

  /// The initial child: it stays leftmost in its layer.
  let initial: Int?

  init(container: Int?, stateLayerCount: Int, initial: Int?) {
    self.container = container
    self.initial = initial
    depth = 2 * stateLayerCount + 3
    layers = Array(repeating: [], count: depth)
    add(.header, layer: 0)
  }

  /// The item of this kind, made when it is not there yet.
  @discardableResult
  mutating func add(_ kind: Item.Kind, layer: Int) -> Int {
    if let index = indices[kind] { return index }
    let index = items.count
    items.append(Item(kind: kind, layer: layer))
    indices[kind] = index
    layers[layer].append(index)
    above.append([])
    below.append([])
    return index
  }

  /// The port of the border which this bundle crosses.
  mutating func port(_ side: Item.Side, _ bundle: EdgeBundle) -> Int {
    add(.port(side, bundle), layer: side == .top ? 0 : depth - 1)
  }

  func index(of kind: Item.Kind) -> Int? { indices[kind] }

  /// Joins two items of neighbouring layers; the index of the segment.
  mutating func join(_ first: Int, _ second: Int, bundle: EdgeBundle) -> Int {
    let isDown = items[first].layer < items[second].layer
    let segment = Segment(
      upper: isDown ? first : second, lower: isDown ? second : first, bundle: bundle)
    if let index = below[segment.upper].first(where: { segments[$0] == segment }) { return index }
    let index = segments.count
    segments.append(segment)
    above[segment.lower].append(index)
    below[segment.upper].append(index)
    addPin(bundle, to: segment.upper, side: .bottom)
    addPin(bundle, to: segment.lower, side: .top)
    return index
  }

  private mutating func addPin(_ bundle: EdgeBundle, to index: Int, side: Item.Side) {
    guard items[index].isState else { return }
    switch side {
    case .top:
      if !items[index].upper.contains(where: { $0.bundle == bundle }) {
        items[index].upper.append(Item.Pin(bundle: bundle, offset: 0))
      }
    case .bottom:
      if !items[index].lower.contains(where: { $0.bundle == bundle }) {
        items[index].lower.append(Item.Pin(bundle: bundle, offset: 0))
      }
    }
  }

  /// Looks up where all segments meet their items: the layout asks for it again and again.
  mutating func resolve() { joints = segments.map { Joint($0, items) } }

  /// Where a segment, by index, meets its upper and its lower item, from the left of the level.
  func ends(of index: Int) -> (upper: Int, lower: Int) {
    let upper = segments[index].upper
    let lower = segments[index].lower
    let joint = joints[index]
    let start = joint.upperPin.map { items[upper].lower[$0].offset } ?? items[upper].inset
    let end = joint.lowerPin.map { items[lower].upper[$0].offset } ?? items[lower].inset
    return (items[upper].x + start, items[lower].x + end)
  }
}
