/// What may share a line without being taken for something else.
enum EdgeBundle: Hashable, Sendable {
  /// An edge, by index, from its source to its label.
  case edge(Int)
  /// Every edge to one target, after its label.
  case trunk(Trunk)
}
