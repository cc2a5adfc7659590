/// The name of sent events by which they can be cancelled (SCXML 6.2, `id`).
public struct SendID: RawRepresentable, Hashable, Sendable, BitwiseCopyable {
  /// Any number; the chart gives it a meaning.
  public let rawValue: UInt16

  /// Makes the id that a cancel has to repeat to mean the same events.
  @inlinable public init(rawValue: UInt16) { self.rawValue = rawValue }
}
