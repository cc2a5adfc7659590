/// A chart with a place for everything: what the SVG is written from, and what tests measure.
package struct Drawing: Sendable {
  /// A state with its text.
  package struct State: Sendable {
    /// How it is drawn.
    package enum Shape: Hashable, Sendable {
      case atomic, compound, final
      case history(isDeep: Bool)
    }

    /// The index in the outline.
    package let index: Int
    package let name: String
    /// The names from the root down, joined with dots.
    package let path: String
    package let shape: Shape
    /// Number of enclosing states.
    package let depth: Int
    /// Active together with its siblings: its border is dashed.
    package let isRegion: Bool
    package let isInitial: Bool
    /// The border; of a final or a history state the ring.
    package let box: Box
    /// The name and what is listed below it, without padding.
    package let text: Box
    let card: Card
  }

  /// A line with its label: all transitions of one kind from one state to another.
  package struct Line: Sendable {
    package let source: Int
    package let target: Int
    /// The corners from source to target.
    package let points: [Point]
    /// The corners up to where it joins a line to the same target that is drawn before it.
    package let own: [Point]
    /// The text beside it.
    package let label: Box
    let rows: [TextLine]
  }

  package let name: String
  /// The name tag at the top left.
  package let tag: Box
  package let size: Point
  /// Outer states before the ones inside.
  package let states: [State]
  package let lines: [Line]
}

extension Drawing.State {
  /// Drawn as a circle with its name beside it.
  var isRing: Bool { shape != .atomic && shape != .compound }
}
