/// Why the software guest could not start or continue.
public enum GuestError: Error, Equatable, Sendable {
  /// The area does not lie in one region of guest memory.
  case areaOutsideMemory
  /// The area cannot hold rings and buffers for this many queue pairs.
  case areaTooSmall(pairs: Int, byteCount: Int)
  /// No guest lives in this memory: its state page does not start with the magic number.
  case noGuest(found: UInt64)
  /// The guest in this memory is of another version, or its layout does not fit its area.
  case otherGuest(expected: UInt64, found: UInt64)
  /// The device does not offer what the guest needs, or would not take its features.
  case featuresRefused(offered: UInt64)
  /// The device has fewer queue pairs than the guest was told to use, or would not set them.
  case pairsRefused(asked: Int)
  /// The device would not enable the queue of this index.
  case queueRefused(Int)
}
