/// Which of several charts in one an event is for: at each level, from the outermost on, the
/// parent or the child; see ``Invocation``.
public struct EventShare: Hashable, Sendable, BitwiseCopyable {
  /// One of the two charts of an invocation.
  public enum Side: UInt32, Sendable {
    /// The chart that invokes the other.
    case parent
    /// The chart that is invoked by it.
    case child
  }

  /// A bit for each level, the outermost first: set for the child.
  @usableFromInline var sides: UInt32 = 0
  @usableFromInline var depth: UInt32 = 0

  /// All of a chart that invokes no other.
  @inlinable public init() {}

  /// The same inside one of the charts of a further invocation.
  @inlinable public func inside(_ side: Side) -> EventShare {
    var share = self
    share.sides = sides << 1 | side.rawValue
    share.depth += 1
    return share
  }

  /// Whether an event of that share lies in this one.
  @inlinable func contains(_ other: EventShare) -> Bool {
    guard depth <= other.depth, depth < 32 else { return self == other }
    let mask: UInt32 = (1 << depth) &- 1
    return other.sides & mask == sides & mask
  }
}
