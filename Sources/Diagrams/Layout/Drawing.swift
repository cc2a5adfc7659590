/// A chart with a place for everything: what the SVG is written from, and what tests measure.
package struct Drawing: Sendable {
  /// A state with its text.
  package struct State: Sendable {
    /// The outline of UML for it; parallel states and regions are `compound`.
    package enum Shape: Hashable, Sendable {
      case atomic, compound, final
      case history(isDeep: Bool)
    }

    /// What a state is on a page that opens and closes states; anywhere else it has no role.
    package enum Role: String, Sendable {
      /// Hides what is inside of it.
      case folded
      /// Is the one whose inside the drawing shows.
      case opened
      /// A neighbour, drawn for the lines that lead to it.
      case outside
    }

    /// The index in the outline.
    package let index: Int
    package let name: String
    /// The names from the root down, joined with dots.
    package private(set) var path: String
    package let shape: Shape
    /// Number of enclosing states: every second level has another ground.
    package let depth: Int
    /// Active together with its siblings: its border is dashed.
    package let isRegion: Bool
    package let isInitial: Bool
    /// The border; of a final or a history state the ring.
    package private(set) var box: Box
    /// The name and what is listed below it, without padding.
    package private(set) var text: Box
    let card: Card
    package private(set) var role: Role?

    fileprivate mutating func call(_ path: String, _ role: Role?) {
      self.path = path
      self.role = role
    }

    /// The top left of its border.
    var corner: Point { Point(x: box.x, y: box.y) }

    func moved(by way: Point) -> State {
      var state = self
      state.box = box.moved(by: way)
      state.text = text.moved(by: way)
      return state
    }
  }

  /// A line with its label: all transitions of one kind from one state to another.
  package struct Line: Sendable {
    package let source: Int
    package let target: Int
    /// The corners from source to target.
    package private(set) var points: [Point]
    /// The corners up to where it joins a line to the same target that is drawn before it.
    package private(set) var own: [Point]
    /// The text beside it, without the gap to the line.
    package private(set) var label: Box
    let rows: [TextLine]

    /// Where it leaves its source.
    var start: Point { points.first ?? Point(x: 0, y: 0) }

    /// The line from a point beside its first one, level at first.
    func begun(at point: Point) -> Line {
      var line = self
      let head = [point, Point(x: start.x, y: point.y)]
      line.points = Polyline(points: head + points).points
      line.own = own == points ? line.points : Polyline(points: head + own).points
      return line
    }

    func moved(by way: Point) -> Line {
      var line = self
      line.points = points.map { $0.moved(by: way) }
      line.own = own.map { $0.moved(by: way) }
      line.label = label.moved(by: way)
      return line
    }
  }

  /// The dot of an initial pseudostate that names states deeper inside, with a line to each.
  package struct Start: Sendable {
    /// The middle of the dot.
    package let dot: Point
    package let lines: [Line]
  }

  package let name: String
  /// The name tag at the top left.
  package let tag: Box
  package let size: Point
  /// What the chart declares as a whole, below its name.
  let declared: [TextLine]
  /// Outer states before the ones inside.
  package private(set) var states: [State]
  package let lines: [Line]
  package let starts: [Start]

  /// The same drawing with other paths, and with roles, by the states' numbers.
  func called(_ names: (Int) -> (path: String, role: State.Role?)) -> Drawing {
    var drawing = self
    for place in states.indices {
      let (path, role) = names(states[place].index)
      drawing.states[place].call(path, role)
    }
    return drawing
  }
}

extension Drawing.State {
  /// Drawn as a circle with its name beside it.
  var isRing: Bool { shape != .atomic && shape != .compound }
}
