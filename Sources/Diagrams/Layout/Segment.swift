/// A piece of a line between two neighbouring layers.
struct Segment: Hashable, Sendable {
  /// Indices of items of the level.
  let upper: Int
  let lower: Int
  let bundle: EdgeBundle
}
