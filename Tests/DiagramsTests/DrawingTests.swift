import BatonCore
import BatonDiagrams
import Foundation
import Testing

/// Where the picture puts things, for the samples and for charts made by chance.
@Suite(.timeLimit(.minutes(15))) struct DrawingTests {
  static let outlines: [Outline] =
    Sample.all
    + (1...150).map { seed in
      var chance = Chance(seed: UInt64(seed))
      return chance.outline()
    }

  static let drawings = outlines.map { $0.drawing() }

  @Test(arguments: drawings.indices)
  func `no two labels overlap`(index: Int) {
    let labels = Self.drawings[index].lines.map(\.label)
    for (place, label) in labels.enumerated() {
      #expect(labels[(place + 1)...].filter(label.overlaps) == [])
    }
  }

  @Test(arguments: drawings.indices)
  func `no label covers the text or the border of a state`(index: Int) {
    let drawing = Self.drawings[index]
    let solid = drawing.states.filter { $0.shape != .compound }.map(\.box)
    for label in drawing.lines.map(\.label) {
      #expect((solid + drawing.states.map(\.text)).filter(label.overlaps) == [])
    }
  }

  @Test(arguments: drawings.indices)
  func `no line runs through text or through a state without children`(index: Int) {
    let drawing = Self.drawings[index]
    let solid = drawing.states.filter { $0.shape != .compound }.map(\.box)
    let texts = drawing.states.map(\.text) + drawing.lines.map(\.label)
    for line in drawing.allLines {
      for piece in Self.pieces(of: line) {
        #expect((solid + texts).filter { Self.cuts(piece, $0) } == [])
      }
    }
  }

  @Test(arguments: drawings.indices)
  func `lines run along each other only on the way to one target`(index: Int) {
    let lines = Self.drawings[index].allLines
    for (place, line) in lines.enumerated() {
      let others = lines[(place + 1)...].filter { $0.target != line.target }
      for piece in Self.pieces(of: line) {
        let beside = others.filter { other in
          Self.pieces(of: other).contains { Self.runsAlong(piece, $0) }
        }
        #expect(beside.map(\.target) == [])
      }
    }
  }

  @Test(arguments: drawings.indices)
  func `a state lies inside its parent and beside its siblings`(index: Int) {
    let outline = Self.outlines[index]
    let boxes = Dictionary(
      uniqueKeysWithValues: Self.drawings[index].states.map { ($0.index, $0.box) })
    for (state, box) in boxes {
      let parent = outline.states[state].parent
      #expect(parent.map { boxes[$0]?.contains(box) } != false)
      let siblings = boxes.filter { outline.states[$0.key].parent == parent && $0.key != state }
      #expect(siblings.values.filter(box.overlaps) == [])
    }
  }

  @Test(arguments: drawings.indices)
  func `everything lies inside the picture`(index: Int) {
    let drawing = Self.drawings[index]
    let picture = Box(x: 0, y: 0, width: drawing.size.x, height: drawing.size.y)
    let points = drawing.allLines.flatMap(\.points).map {
      Box(x: $0.x, y: $0.y, width: 0, height: 0)
    }
    let boxes = drawing.states.flatMap { [$0.box, $0.text] } + drawing.lines.map(\.label)
    #expect((boxes + points + [drawing.tag]).filter { !picture.contains($0) } == [])
  }

  @Test(arguments: drawings.indices)
  func `a line begins and ends at the borders of its states`(index: Int) throws {
    let drawing = Self.drawings[index]
    for line in drawing.lines {
      let source = try #require(drawing.states.first { $0.index == line.source }).box
      let target = try #require(drawing.states.first { $0.index == line.target }).box
      #expect(line.points.first.map { Self.isOn($0, borderOf: source) } == true)
      #expect(line.points.last.map { Self.isOn($0, borderOf: target) } == true)
    }
  }

  /// A chart that begins deep inside two regions, each of which has a default of its own.
  @Test func `what is entered deeper inside is named by one dot on its level`() throws {
    var outline = Outline(name: "Deep", initial: 3, states: [], transitions: [])
    for (name, parent, kind, initial) in [
      ("p", nil, Outline.Kind.parallel, nil), ("a", 0, .compound, 2), ("a1", 1, .atomic, nil),
      ("a2", 1, .atomic, nil), ("b", 0, .compound, 5), ("b1", 4, .atomic, nil),
      ("b2", 4, .atomic, nil),
    ] as [(String, Int?, Outline.Kind, Int?)] {
      outline.states.append(Outline.State(name: name, parent: parent, kind: kind, initial: initial))
    }
    outline.furtherInitials = [6]
    let drawing = outline.drawing()
    #expect(drawing.states.map(\.name) == ["p", "a", "a1", "a2", "b", "b1", "b2"])
    #expect(drawing.states.filter(\.isInitial).map(\.name) == ["a1", "b1"])
    let start = try #require(drawing.starts.first)
    #expect(drawing.starts.count == 1 && start.lines.map(\.target) == [3, 6])
    let boxes = Dictionary(uniqueKeysWithValues: drawing.states.map { ($0.index, $0.box) })
    let outer = try #require(boxes[0])
    #expect(start.dot.y + 6 < outer.y)
    for line in start.lines {
      let (first, last) = (try #require(line.points.first), try #require(line.points.last))
      #expect(first == start.dot)
      #expect(Self.isOn(last, borderOf: try #require(boxes[line.target])))
    }
    let picture = outline.diagram(.svg)
    #expect(picture.components(separatedBy: "class=\"initial\"").count == 4)
    #expect(!picture.contains("data-to=\"\""))
    // A child of the level is still named by a dot in front of it.
    outline.initial = 0
    outline.furtherInitials = []
    #expect(outline.drawing().starts.isEmpty)
    #expect(outline.drawing().states.filter(\.isInitial).map(\.name) == ["p", "a1", "b1"])
  }

  @Test(arguments: Sample.all.indices)
  func `what comes later in the chart stands below what leads to it`(index: Int) throws {
    let outline = Sample.all[index]
    let states = Self.drawings[index].states
    for transition in outline.transitions {
      guard let target = transition.targets.first, target > transition.source,
        outline.states[target].parent == outline.states[transition.source].parent
      else { continue }
      let upper = try #require(states.first { $0.index == transition.source })
      let lower = try #require(states.first { $0.index == target })
      #expect(upper.box.maxY < lower.box.y)
    }
  }

  @Test(arguments: drawings.indices)
  func `the initial state stands at the top left of its level`(index: Int) {
    let outline = Self.outlines[index]
    // Of several initial states of one level not all can.
    guard outline.furtherInitials.isEmpty else { return }
    let states = Self.drawings[index].states
    for initial in states where initial.isInitial {
      let siblings = states.filter {
        outline.states[$0.index].parent == outline.states[initial.index].parent
      }
      #expect(siblings.allSatisfy { $0.box.y >= initial.box.y })
      #expect(siblings.allSatisfy { $0.box.y > initial.box.y || $0.box.x >= initial.box.x })
    }
  }

  @Test(arguments: drawings.indices)
  func `no dot lies on a state, a text or a line of another`(index: Int) {
    let drawing = Self.drawings[index]
    let solid = drawing.states.filter { $0.shape != .compound }.map(\.box)
    let texts = drawing.states.map(\.text) + drawing.lines.map(\.label)
    for start in drawing.starts {
      let dot = Box(x: start.dot.x - 6, y: start.dot.y - 6, width: 12, height: 12)
      #expect((solid + texts).filter(dot.overlaps) == [])
      #expect(drawing.lines.flatMap(Self.pieces).filter { Self.cuts($0, dot) } == [])
    }
  }

  // MARK: Geometry

  /// The straight pieces of a line, as boxes without width or without height.
  private static func pieces(of line: Drawing.Line) -> [Box] {
    zip(line.points, line.points.dropFirst()).map { start, end in
      Box(
        x: min(start.x, end.x), y: min(start.y, end.y), width: abs(start.x - end.x),
        height: abs(start.y - end.y))
    }
  }

  /// True when a piece passes through the inside of a box.
  private static func cuts(_ piece: Box, _ box: Box) -> Bool {
    piece.x < box.maxX && piece.maxX > box.x
      && piece.y < box.maxY && piece.maxY > box.y
  }

  /// True when two pieces of one direction share more than a point.
  private static func runsAlong(_ piece: Box, _ other: Box) -> Bool {
    let isUpright = piece.width == 0 && other.width == 0 && piece.x == other.x
    let isLevel = piece.height == 0 && other.height == 0 && piece.y == other.y
    return (isUpright && piece.y < other.maxY && other.y < piece.maxY)
      || (isLevel && piece.x < other.maxX && other.x < piece.maxX)
  }

  private static func isOn(_ point: Point, borderOf box: Box) -> Bool {
    let isInside = (box.x...box.maxX).contains(point.x) && (box.y...box.maxY).contains(point.y)
    let isAtEdge =
      [box.x, box.maxX].contains(point.x) || [box.y, box.maxY].contains(point.y)
    return isInside && isAtEdge
  }
}

extension Drawing {
  /// The lines of transitions and those of pseudostates.
  fileprivate var allLines: [Line] { lines + starts.flatMap(\.lines) }
}
