/// The common way of all edges that come to one target from the same side.
struct Trunk: Hashable, Sendable {
  let target: Int
  /// True when it comes from above.
  let isDown: Bool
}
