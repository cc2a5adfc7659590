/// What one ``Kernel/receive(_:into:descriptors:)`` brought, beside the bytes themselves.
public struct Received: Hashable, Sendable {
  /// How many bytes were written into the buffer; zero is the end of the stream.
  public var byteCount: Int
  /// How many descriptors were written into theirs; the caller owns them.
  public var descriptorCount: Int
  /// Whether descriptors were lost, for want of room or of free numbers in this process.
  ///
  /// Then those that did arrive were closed and the stream can no longer be trusted.
  public var isTruncated: Bool

  /// Makes a result, as a simulated kernel does.
  public init(byteCount: Int, descriptorCount: Int = 0, isTruncated: Bool = false) {
    self.byteCount = byteCount
    self.descriptorCount = descriptorCount
    self.isTruncated = isTruncated
  }
}
