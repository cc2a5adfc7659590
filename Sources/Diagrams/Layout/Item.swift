/// Something that takes room in a layer: lines pass between items, never through them.
struct Item: Sendable {
  /// The horizontal sides, at which lines begin and end.
  enum Side: Hashable, Sendable { case top, bottom }

  enum Kind: Hashable, Sendable {
    /// The text of the compound state whose inside this level is.
    case header
    case state(Int)
    /// The label of an edge, by index, with the edge along its left.
    case label(Int)
    /// A trunk on its way through a layer.
    case trunk(Trunk, layer: Int)
    /// Where a line crosses the border of the level.
    case port(Side, EdgeBundle)
  }

  /// A place on a side where a line begins or ends, from the left of the item.
  struct Pin: Sendable {
    let bundle: EdgeBundle
    var offset: Int
    /// True when the line goes on inside, so that the inside has given the place.
    var isFixed = false
  }

  let kind: Kind
  let layer: Int
  var width = 0
  var height = 0
  var x = 0
  var y = 0
  /// From the left of the item to its line, or to the state's own box.
  var inset = 0
  /// The state's own box, in pixels; the rest of the item is room for lines and labels.
  var bodyWidth = 0
  var bodyHeight = 0
  var upper: [Pin] = []
  var lower: [Pin] = []

  init(kind: Kind, layer: Int) {
    self.kind = kind
    self.layer = layer
  }

  var isState: Bool {
    if case .state = kind { true } else { false }
  }

  /// The pin of a bundle on a side; only states have pins.
  func pin(_ side: Side, _ bundle: EdgeBundle) -> Pin? {
    (side == .top ? upper : lower).first { $0.bundle == bundle }
  }

  /// The room to leave between this item and the next on its right.
  func separation(to next: Item) -> Int {
    switch (kind, next.kind) {
    case (.state, .state): 30
    case (.state, _), (_, .state), (.header, _): 20
    case (.label, _): 14
    case (_, .label), (.trunk, _), (.port, _): Metrics.pinSpacing
    case (_, .header): 20
    }
  }
}
