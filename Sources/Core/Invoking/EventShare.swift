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

/// What is to be known of a chart that is cancelled, to forget all that was meant for it.
@usableFromInline struct CancelledPart: BitwiseCopyable {
  /// Whose events they are.
  @usableFromInline var share: EventShare
  /// The raw values of its first state and behind its last one, and of the one that has run it.
  @usableFromInline var first: UInt16
  @usableFromInline var end: UInt16
  @usableFromInline var state: UInt16

  @inlinable init(share: EventShare, first: UInt16, end: UInt16, state: UInt16) {
    self.share = share
    self.first = first
    self.end = end
    self.state = state
  }

  /// The same in a chart of two, where the numbers of its states begin so much higher.
  @inlinable func inside(_ side: EventShare.Side, behind count: UInt16) -> CancelledPart {
    CancelledPart(
      share: share.inside(side), first: first &+ count, end: end &+ count, state: state &+ count)
  }

  /// Whether the end of a state is that of one of its states, or its own.
  @inlinable func ends(_ code: UInt16) -> Bool { code >= first && code < end || code == state }
}

@available(*, unavailable)
extension CancelledPart: Sendable {}
