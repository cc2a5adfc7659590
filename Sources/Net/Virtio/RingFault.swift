/// What is wrong with a ring that the guest filled; each breaks the device until it is reset.
public enum RingFault: UInt8, Error, CaseIterable, Sendable {
  /// The available index is further ahead than the ring is long.
  case availableIndexJump = 1
  /// A descriptor index lies outside of its table.
  case descriptorIndex
  /// A chain has more buffers than the ring has entries: it is a loop, or forbidden
  /// (virtio 1.2, 2.7.5).
  case chainTooLong
  /// A buffer of no bytes.
  case emptyBuffer
  /// A buffer that does not lie in one region of guest memory.
  case bufferOutsideMemory
  /// A buffer for the device to read after one for it to write (virtio 1.2, 2.7.4.2).
  case readableAfterWritable
  /// An indirect table although the driver did not accept the feature.
  case indirectNotNegotiated
  /// An indirect table inside of an indirect table.
  case indirectNested
  /// An indirect descriptor that says another one follows (virtio 1.2, 2.7.5.3.1).
  case indirectWithNext
  /// An indirect table that is empty or no multiple of 16 bytes long.
  case indirectSize
  /// An indirect table that does not lie in guest memory.
  case indirectOutsideMemory
  /// A buffer of the wrong direction for its queue, or none of the right one.
  case wrongDirection
  /// The place or length of a ring itself is not one that a ring may have.
  case layout
  /// A chain became another between two readings: its own buffer lies over the ring.
  case changedWhileRead
}
