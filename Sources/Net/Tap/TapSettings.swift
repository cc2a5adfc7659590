/// What is to be set on a TAP; nil for what the kernel has already.
public struct TapSettings: Hashable, Sendable {
  /// The size of the virtio-net header in bytes.
  public var headerSize: UInt32?
  /// How many bytes the queues may have on their way.
  public var sendBuffer: UInt32?
  /// The offloads.
  public var offload: TunOffload?

  /// Nothing is to be set.
  public init() {}

  /// Whether nothing is to be set.
  public var isEmpty: Bool { headerSize == nil && sendBuffer == nil && offload == nil }
}
