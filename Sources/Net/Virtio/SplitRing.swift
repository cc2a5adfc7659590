import BatonCore

/// One split virtqueue, device side (virtio 1.2, 2.7).
///
///     driver (guest)                 memory of the guest                  device (here)
///     puts buffers    ──▶  descriptor table: address, length, next  ──▶  reads the chain
///     offers a chain  ──▶  available ring:  index, heads            ──▶  nextAvailable follows
///     takes it back   ◀──  used ring:       index, head and length  ◀──  nextUsed leads
///
/// It is responsible for reading chains that are whole and inside the guest's memory, for
/// completing each exactly once and in order, for telling whether the guest wants to be
/// interrupted, and for asking it to ring. The guest may run on a processor of its own meanwhile:
/// the orders of virtio 1.2, 2.7.13, are kept here and nowhere else. A ring says *no* with a
/// ``RingFault``, after which its device needs a reset.
///
/// It never trusts what the guest wrote: the three parts are checked once, when the driver declares
/// the queue ready, and their host addresses kept from then on; every index, length and link is
/// checked at every reading, since the guest may change it between two. A chain is at most as long
/// as the ring, so that a loop in it ends (2.7.5.2). It never keeps a chain: one that cannot be
/// served now stays in the ring untouched, so that between two calls nothing is in flight, and the
/// two indices are all that has to move with a guest.
///
/// Indices count modulo 65536 and only their low bits are places (2.7.6, 2.7.8); the distance of
/// the two is at most the ring's length, or the guest jumped.
@safe package struct SplitRing {
  /// The longest ring, in entries.
  static let sizeMax: UInt16 = 1024

  /// The byte counts of a descriptor and of a used ring's entry (virtio 1.2, 2.7.5 and 2.7.8).
  static let descriptorByteCount = 16
  static let usedEntryByteCount = 8

  /// Where the driver put the ring, in guest-physical addresses, and how long it is.
  struct Layout: Equatable, Sendable {
    /// Entries: a power of two, 0 before the driver said.
    var size: UInt16 = 0
    var descriptors: UInt64 = 0
    var available: UInt64 = 0
    var used: UInt64 = 0
  }

  private(set) var layout = Layout()
  private(set) var isReady = false
  /// The place in the available ring that is read next; counts modulo 65536.
  package private(set) var nextAvailable: UInt16 = 0
  /// The place in the used ring that is written next; counts modulo 65536.
  private(set) var nextUsed: UInt16 = 0
  /// Chains were completed, and the guest was neither interrupted for them nor asked whether it
  /// wants to be.
  var isInterruptPending = false
  /// The used index that the guest was shown last.
  private var shownUsed: UInt16 = 0
  /// The guest's available index when it was looked at last.
  private var seenAvailable: UInt16 = 0
  /// The used index when the guest was asked last; nil in a process that has not asked yet.
  private var askedUsed: UInt16?

  // The parts in host memory.
  // Safe: empty until `start` has checked them, and read only then.
  private var descriptorTable = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var availableRing = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)
  private var usedRing = unsafe UnsafeMutableRawBufferPointer(start: nil, count: 0)

  /// Whether the length is one that a split ring may have here.
  static func isSize(_ size: UInt16, atMost sizeMax: UInt16) -> Bool {
    size != 0 && size <= sizeMax && size & (size - 1) == 0
  }

  /// The driver's choice of place and length; refused (false) once the queue is ready.
  mutating func place(_ layout: Layout) -> Bool {
    guard !isReady else { return false }
    self.layout = layout
    return true
  }

  /// Makes the queue usable from the given indices on, or says which part is not in memory.
  mutating func start(
    in memory: GuestMemory, sizeMax: UInt16, nextAvailable: UInt16 = 0, nextUsed: UInt16 = 0
  ) -> Part? {
    guard Self.isSize(layout.size, atMost: sizeMax) else { return .size }
    let size = Int(layout.size)
    // Alignments are those of virtio 1.2, 2.7.
    // Safe: the slices are checked, kept no longer than the memory itself, and only read and
    // written within their bounds.
    guard layout.descriptors & 15 == 0,
      let table = unsafe memory.slice(
        at: layout.descriptors, count: size * Self.descriptorByteCount)
    else { return .descriptors }
    // Safe: the slice is as long as a ring of this size: head, entries, used event.
    guard layout.available & 1 == 0,
      let available = unsafe memory.slice(at: layout.available, count: 6 + 2 * size),
      unsafe available.isAligned(to: 2)
    else { return .available }
    // Safe: the slice is as long as a ring of this size: head, entries, available event.
    guard layout.used & 3 == 0,
      let used = unsafe memory.slice(
        at: layout.used, count: 6 + size * Self.usedEntryByteCount),
      unsafe used.isAligned(to: 4)
    else { return .used }
    // Safe: all three slices were checked; they live as long as the memory.
    unsafe (descriptorTable, availableRing, usedRing) = (table, available, used)
    self.nextAvailable = nextAvailable
    self.nextUsed = nextUsed
    shownUsed = nextUsed
    seenAvailable = nextAvailable
    askedUsed = nil
    isReady = true
    return nil
  }

  /// A part of the ring that is not where or how it must be.
  enum Part { case size, descriptors, available, used }

  /// Takes a layout that arrived with a moved guest and is not in use.
  init(layout: Layout = Layout()) {
    self.layout = layout
  }
}

@available(*, unavailable) extension SplitRing: Sendable {}

// MARK: - Reading and completing chains; only for a ring that is ready.

extension SplitRing {
  /// How many chains wait to be served.
  package func availableCount() throws(RingFault) -> UInt16 {
    let count = availableIndex &- nextAvailable
    guard count <= layout.size else { throw .availableIndexJump }
    return count
  }

  /// As ``availableCount()``, but the guest's index is looked at only when fewer than `enough` were
  /// seen the last time: each look may have to fetch the line from the guest's processor.
  package mutating func availableCount(enough: UInt16) throws(RingFault) -> UInt16 {
    let seen = seenAvailable &- nextAvailable
    if seen >= enough, seen <= layout.size { return seen }
    let count = try availableCount()
    seenAvailable = nextAvailable &+ count
    return count
  }

  /// The guest's available index as it stands in memory; the chains up to it are there.
  var availableIndex: UInt16 {
    // Safe: `start` sliced the ring with its 4 bytes of head, and checked its alignment.
    unsafe availableRing.loadAcquiring(at: 2)
  }

  /// The used index as it stands in memory: where the guest believes the device to be.
  var usedIndex: UInt16 {
    // Safe: `start` sliced the ring with its 4 bytes of head, and checked its alignment.
    unsafe usedRing.loadRelaxed(at: 2)
  }

  /// Reads the waiting chain that is `ahead` places behind the next one, and checks all of it.
  ///
  /// The caller has found by `availableCount` that there is such a chain.
  func read(
    ahead: UInt16 = 0, into chain: inout DescriptorChain, from memory: GuestMemory,
    allowsIndirect: Bool
  ) throws(RingFault) {
    let place = Int((nextAvailable &+ ahead) & (layout.size - 1))
    // Safe: the place is masked by the size with which `start` sliced the ring.
    let head = unsafe UInt16(
      littleEndian: availableRing.loadUnaligned(fromByteOffset: 4 + 2 * place, as: UInt16.self))
    chain.start(head: head)
    // Safe: the table is only read below its checked length.
    try unsafe walk(
      descriptorTable, from: head, into: &chain, memory: memory, allowsIndirect: allowsIndirect)
  }

  /// Follows a chain through the table, and through an indirect table if it leads to one.
  private func walk(
    _ table: UnsafeMutableRawBufferPointer, from head: UInt16, into chain: inout DescriptorChain,
    memory: GuestMemory, allowsIndirect: Bool
  ) throws(RingFault) {
    // Safe: every index is compared with the table's length before it is used.
    var table = unsafe table
    var entryCount = Int(layout.size)
    var index = Int(head)
    var isIndirect = false
    // Ends: each pass appends a buffer, of which there are at most `size`, or enters the one
    // indirect table that a chain may have.
    while true {
      guard index < entryCount else { throw .descriptorIndex }
      // Safe: the index is within the table.
      let entry = unsafe RingDescriptor(table, at: index)
      if !isIndirect { chain.ringEntryCount += 1 }
      if entry.isIndirect {
        guard allowsIndirect else { throw .indirectNotNegotiated }
        guard !isIndirect else { throw .indirectNested }
        // Safe: the slice is as long as the count of its entries says.
        unsafe table = unsafe try indirectTable(entry, in: memory)
        (entryCount, index, isIndirect) = (Int(entry.length) / Self.descriptorByteCount, 0, true)
        continue
      }
      guard entry.length > 0 else { throw .emptyBuffer }
      guard chain.count < Int(layout.size) else { throw .chainTooLong }
      // Safe: the slice is checked, and the chain keeps to its length.
      guard let buffer = unsafe memory.slice(at: entry.address, count: Int(entry.length)) else {
        throw .bufferOutsideMemory
      }
      // Safe: the buffer is a checked slice, of which the chain keeps address and length.
      guard unsafe chain.append(buffer, at: entry.address, isWritable: entry.isWritable) else {
        throw .readableAfterWritable
      }
      guard entry.hasNext else { return }
      index = Int(entry.next)
    }
  }

  /// The table to which an indirect descriptor points.
  ///
  /// It may have more entries than the ring: only the chain through it is bounded by the ring's
  /// length (virtio 1.2, 2.7.5.3.1). Entries that a 16-bit index does not reach are never read.
  private func indirectTable(
    _ entry: RingDescriptor, in memory: GuestMemory
  ) throws(RingFault) -> UnsafeMutableRawBufferPointer {
    guard !entry.hasNext else { throw .indirectWithNext }
    let length = Int(entry.length)
    guard length > 0, length % Self.descriptorByteCount == 0 else { throw .indirectSize }
    // Safe: a checked slice, handed to the walk that keeps to its length.
    guard let table = unsafe memory.slice(at: entry.address, count: length) else {
      throw .indirectOutsideMemory
    }
    // Safe: a checked slice, read only below the count of its entries.
    return unsafe table
  }

  /// The guest address of the entry that the next completion writes.
  var nextUsedAddress: UInt64 {
    layout.used + 4 + UInt64(nextUsed & (layout.size - 1)) * UInt64(Self.usedEntryByteCount)
  }

  /// Completes the next chain with `byteCount` bytes written; the guest sees it at `publish`.
  package mutating func complete(head: UInt16, byteCount: Int) {
    let place = 4 + Int(nextUsed & (layout.size - 1)) * Self.usedEntryByteCount
    // Safe: the place is masked by the size with which `start` sliced the ring.
    unsafe usedRing.storeBytes(
      of: UInt32(head).littleEndian, toByteOffset: place, as: UInt32.self)
    // Safe: an entry has eight bytes, so its second half is in the ring as well.
    unsafe usedRing.storeBytes(
      of: UInt32(truncatingIfNeeded: byteCount).littleEndian, toByteOffset: place + 4,
      as: UInt32.self)
    nextUsed &+= 1
    nextAvailable &+= 1
  }

  /// Whether chains were completed that the guest was not shown.
  var hasUnshown: Bool { nextUsed != shownUsed }

  /// Shows the guest all chains completed so far.
  ///
  /// True when `wantsInterrupt` is to be asked, and was not to be before.
  package mutating func publish() -> Bool {
    shownUsed = nextUsed
    // Safe: `start` sliced the ring with its 4 bytes of head, and checked its alignment.
    unsafe usedRing.storeReleasing(nextUsed, at: 2)
    guard !isInterruptPending else { return false }
    isInterruptPending = true
    return true
  }

  /// Whether the guest wants to be interrupted for what was shown since it was asked last.
  package mutating func wantsInterrupt(usesEventIndex: Bool) -> Bool {
    isInterruptPending = false
    let former = askedUsed
    askedUsed = nextUsed
    // Between the used index and the guest's word on it (virtio 1.2, 2.7.7.2).
    fullBarrier()
    guard usesEventIndex else {
      // VRING_AVAIL_F_NO_INTERRUPT (2.7.7).
      // Safe: the flags are the ring's first two bytes.
      return unsafe availableRing.loadRelaxed(at: 0) & 1 == 0
    }
    // A process that took the guest over does not know of what the other one told it.
    guard let former else { return true }
    // Safe: `start` sliced the ring with `used_event` behind its entries.
    let event = unsafe availableRing.loadRelaxed(at: 4 + 2 * Int(layout.size))
    return passes(event, from: former, to: nextUsed)
  }

  /// The guest is asked anew whether it wants an interrupt, as by a process that never asked.
  mutating func forgetAsked() { askedUsed = nil }

  /// Nothing tells the guest not to ring (VIRTQ_USED_F_NO_NOTIFY, virtio 1.2, 2.7.10), whatever who
  /// served the ring before has left there.
  func askForBells() {
    // Safe: the flags are the ring's first two bytes.
    unsafe usedRing.storeRelaxed(0, at: 0)
  }

  /// Asks the guest to ring for the first chain from `index` on; false when there is one already,
  /// for which it may not ring.
  ///
  /// Without the event index it rings for every chain: nothing here tells it not to.
  func awaitBell(from index: UInt16, usesEventIndex: Bool) -> Bool {
    guard usesEventIndex else { return true }
    // Safe: `start` sliced the ring with `avail_event` behind its entries.
    unsafe usedRing.storeRelaxed(index, at: 4 + Self.usedEntryByteCount * Int(layout.size))
    // Between what we ask for and the index that the guest may have stored before it saw that
    // (virtio 1.2, 2.7.10 and 2.7.13.4.1).
    fullBarrier()
    return availableIndex == index
  }
}
