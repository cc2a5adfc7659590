import BatonCore
import BatonNet

/// The piece of guest memory in which the software guest lives: numbers and bytes at offsets.
///
/// An offset outside of the piece traps, in release builds too: it is our own code that computes
/// them. A number that comes out of the memory is compared with its bounds before it becomes one,
/// since others write there: a host's debugger, a device gone wrong, a fuzzer.
@safe struct GuestArea {
  /// The guest-physical address of offset 0.
  let guestAddress: UInt64
  private let bytes: UnsafeMutableRawBufferPointer

  /// Takes the piece, which must lie in one region and start at a multiple of 16, as the rings in
  /// it must; nil if it does not.
  init?(_ memory: GuestMemory, guestAddress: UInt64, byteCount: Int) {
    // Safe: a checked slice, kept no longer than the guest, which holds the memory.
    guard guestAddress & 15 == 0,
      let slice = unsafe memory.slice(at: guestAddress, count: byteCount),
      unsafe slice.isAligned(to: 16)
    else { return nil }
    self.guestAddress = guestAddress
    // Safe: the slice that was checked above.
    unsafe bytes = unsafe slice
  }

  /// The size of the piece in bytes.
  var byteCount: Int {
    // Safe: only the size is read.
    unsafe bytes.count
  }

  /// The guest-physical address of an offset.
  func address(of offset: Int) -> UInt64 { guestAddress + UInt64(offset) }

  func uint16(at offset: Int) -> UInt16 {
    // Safe: `piece` checked the bound.
    unsafe UInt16(littleEndian: piece(offset, 2).loadUnaligned(as: UInt16.self))
  }

  func uint32(at offset: Int) -> UInt32 {
    // Safe: `piece` checked the bound.
    unsafe UInt32(littleEndian: piece(offset, 4).loadUnaligned(as: UInt32.self))
  }

  func uint64(at offset: Int) -> UInt64 {
    // Safe: `piece` checked the bound.
    unsafe UInt64(littleEndian: piece(offset, 8).loadUnaligned(as: UInt64.self))
  }

  /// A ring's index, and all that the device wrote before it.
  func loadAcquiring(at offset: Int) -> UInt16 {
    // Safe: `piece` checked the bound, and rings are aligned.
    unsafe piece(offset, 2).loadAcquiring(at: 0)
  }

  /// What the device advises.
  func loadRelaxed(at offset: Int) -> UInt16 {
    // Safe: `piece` checked the bound, and rings are aligned.
    unsafe piece(offset, 2).loadRelaxed(at: 0)
  }

  /// Shows the device an index, and all that was written before it.
  func storeReleasing(_ value: UInt16, at offset: Int) {
    // Safe: `piece` checked the bound, and rings are aligned.
    unsafe piece(offset, 2).storeReleasing(value, at: 0)
  }

  /// Advises the device.
  func storeRelaxed(_ value: UInt16, at offset: Int) {
    // Safe: `piece` checked the bound, and rings are aligned.
    unsafe piece(offset, 2).storeRelaxed(value, at: 0)
  }

  func store(uint16 value: UInt16, at offset: Int) {
    // Safe: `piece` checked the bound.
    unsafe piece(offset, 2).storeBytes(of: value.littleEndian, as: UInt16.self)
  }

  func store(uint32 value: UInt32, at offset: Int) {
    // Safe: `piece` checked the bound.
    unsafe piece(offset, 4).storeBytes(of: value.littleEndian, as: UInt32.self)
  }

  func store(uint64 value: UInt64, at offset: Int) {
    // Safe: `piece` checked the bound.
    unsafe piece(offset, 8).storeBytes(of: value.littleEndian, as: UInt64.self)
  }

  func clear(_ range: Range<Int>) {
    // Safe: `piece` checked the bound.
    unsafe piece(range.lowerBound, range.count).initializeMemory(as: UInt8.self, repeating: 0)
  }

  /// Lends two pieces that do not overlap, one to read and one to write.
  func with<Result>(
    reading source: Range<Int>, writing target: Range<Int>,
    _ body: (Span<UInt8>, inout MutableSpan<UInt8>) -> Result
  ) -> Result {
    precondition(!source.overlaps(target), "a frame is answered in another buffer")
    // Safe: `piece` checked both bounds, and the spans end with the call.
    let from = unsafe piece(source.lowerBound, source.count).assumingMemoryBound(to: UInt8.self)
    let to = unsafe piece(target.lowerBound, target.count).assumingMemoryBound(to: UInt8.self)
    var written = unsafe MutableSpan(_unsafeElements: to)
    return unsafe body(Span(_unsafeElements: UnsafeBufferPointer(from)), &written)
  }

  private func piece(_ offset: Int, _ count: Int) -> UnsafeMutableRawBufferPointer {
    // Raw buffers check their slices in debug builds only.
    precondition(
      offset >= 0 && count >= 0 && offset <= byteCount - count, "outside of the guest's area")
    // Safe: the line above checked the range in every build.
    return unsafe UnsafeMutableRawBufferPointer(rebasing: bytes[offset..<(offset + count)])
  }
}

@available(*, unavailable) extension GuestArea: Sendable {}
