import Synchronization

/// The numbers of a ring that guest and device use at the same time, each on a processor of its
/// own: 16 bits, little-endian, aligned (virtio 1.2, 2.7.6 and 2.7.8).
///
/// What one side wrote into a ring is seen by the other when it sees the index that was stored
/// afterwards (2.7.13.1): an index is stored with release and loaded with acquire, what only
/// advises is neither. Where a side stores a number and then looks at one of the other side's,
/// ``fullBarrier()`` stands between the two (2.7.7.2, 2.7.13.4.1); without it both may look before
/// they see, and each leaves it to the other to ring.
extension UnsafeMutableRawBufferPointer {
  /// An index of the other side's, and all that it wrote before.
  package func loadAcquiring(at offset: Int) -> UInt16 {
    // Safe: `shared` checked bound and alignment.
    unsafe UInt16(littleEndian: shared(at: offset).pointee.load(ordering: .acquiring))
  }

  /// A number alone.
  package func loadRelaxed(at offset: Int) -> UInt16 {
    // Safe: `shared` checked bound and alignment.
    unsafe UInt16(littleEndian: shared(at: offset).pointee.load(ordering: .relaxed))
  }

  /// An index of ours: who sees it sees all that we wrote before.
  package func storeReleasing(_ value: UInt16, at offset: Int) {
    // Safe: `shared` checked bound and alignment.
    unsafe shared(at: offset).pointee.store(value.littleEndian, ordering: .releasing)
  }

  /// A number alone.
  package func storeRelaxed(_ value: UInt16, at offset: Int) {
    // Safe: `shared` checked bound and alignment.
    unsafe shared(at: offset).pointee.store(value.littleEndian, ordering: .relaxed)
  }

  /// Whether its first byte lies where an access in one step to so many bytes may be.
  package func isAligned(to byteCount: UInt) -> Bool {
    UInt(bitPattern: baseAddress) & (byteCount - 1) == 0
  }

  private func shared(at offset: Int) -> UnsafeMutablePointer<Atomic<UInt16>> {
    // Raw buffers check their bounds in debug builds only.
    precondition(offset >= 0 && offset <= count - 2, "beyond the ring")
    // Safe: an atomic number has the layout of a plain one, any bytes are one, and the line above
    // checked the bound. The owner of the buffer checked its alignment.
    return unsafe (baseAddress! + offset).assumingMemoryBound(to: Atomic<UInt16>.self)
  }
}

/// Nothing before it is delayed beyond it and nothing after it is done before.
package func fullBarrier() { atomicMemoryFence(ordering: .sequentiallyConsistent) }

/// Whether the step of an index from `old` to `new` passes the place of which the other side asked
/// to be told (virtio 1.2, 2.7.10.1).
package func passes(_ event: UInt16, from old: UInt16, to new: UInt16) -> Bool {
  new &- event &- 1 < new &- old
}
