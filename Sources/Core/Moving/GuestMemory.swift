/// The guest's physical memory as the host sees it: a short list of mapped regions.
///
/// Addresses and lengths come from the guest and are not trusted: every access is checked, and no
/// sum of an untrusted address and length is ever formed. Numbers are little-endian, as virtio 1.2
/// lays them out.
///
/// It does not own the mappings. Whoever mapped them keeps them mapped for as long as this object,
/// or anything that was given a slice of it, lives.
///
/// Loads and stores here are plain ones and order nothing. The indices of rings, which a guest on a
/// processor of its own uses at the same time, are loaded and stored by the device itself, in the
/// orders of virtio 1.2, 2.7.13.
@safe public final class GuestMemory {
  /// One mapped piece of guest-physical memory.
  @safe public struct Region {
    /// The guest-physical address of the first byte.
    public let guestAddress: UInt64
    /// Where the piece is mapped in this process.
    public let host: UnsafeMutableRawBufferPointer

    /// The size of the piece in bytes.
    public var byteCount: Int {
      // Safe: only the size is read.
      unsafe host.count
    }

    /// Describes `host` as the memory that the guest sees at `guestAddress`.
    public init(guestAddress: UInt64, host: UnsafeMutableRawBufferPointer) {
      self.guestAddress = guestAddress
      // Safe: only stored; every use goes through a checked slice.
      unsafe self.host = unsafe host
    }
  }

  /// The most regions that one guest may have.
  public static let regionCountMax = 64

  /// The regions in ascending order of guest address.
  public let regions: [Region]

  /// Takes the guest's regions, which must not overlap nor run past the end of the address space.
  ///
  /// They are the host's own doing, so a mistake in them traps.
  public init(regions: [Region]) {
    precondition(regions.count <= Self.regionCountMax, "too many guest memory regions")
    let sorted = ascendingPlaces(regions.map { $0.guestAddress }).map { regions[$0] }
    for index in sorted.indices {
      let region = sorted[index]
      precondition(region.byteCount > 0, "an empty guest memory region")
      let room =
        index + 1 < sorted.count
        ? sorted[index + 1].guestAddress - region.guestAddress
        : UInt64.max - region.guestAddress
      precondition(UInt64(region.byteCount) <= room, "guest memory regions overlap")
    }
    self.regions = sorted
  }

  /// The size of all regions in bytes.
  public var byteCount: Int {
    var sum = 0
    for region in regions { sum += region.byteCount }
    return sum
  }

  /// The host's view of `count` bytes at a guest address, nil unless they lie in one region.
  public func slice(at address: UInt64, count: Int) -> UnsafeMutableRawBufferPointer? {
    guard count >= 0 else { return nil }
    // Safe: the tail is within its region, and the count within the tail.
    guard let rest = unsafe tail(at: address), count <= rest.count else { return nil }
    return unsafe UnsafeMutableRawBufferPointer(rebasing: rest[..<count])
  }

  /// Whether `count` bytes at a guest address lie in memory, in one region or in adjacent ones.
  public func contains(_ address: UInt64, count: Int) -> Bool {
    guard count >= 0 else { return false }
    var (next, left) = (address, count)
    // Ends when the range is used up or a hole is met: each pass leaves one region behind.
    while true {
      // Safe: only the size of the slice is used.
      guard let rest = unsafe tail(at: next) else { return false }
      let size = rest.count
      if left <= size { return true }
      guard size > 0 else { return false }
      (next, left) = (next + UInt64(size), left - size)
    }
  }

  /// Copies `count` bytes from guest memory; nothing is copied when the range is not all there.
  ///
  /// `to` must have room for `count` bytes.
  ///
  /// - Throws: ``GuestFault`` when the range is not all there; then nothing was copied.
  public func copyOut(
    from address: UInt64, count: Int, to target: UnsafeMutableRawBufferPointer
  ) throws(GuestFault) {
    guard contains(address, count: count) else { throw fault(address, count) }
    precondition(target.count >= count, "the target is smaller than the copy")
    var done = 0
    while done < count {
      // Safe: `contains` walked the same regions, and `done` stays below `count`.
      let rest = unsafe tail(at: address + UInt64(done))!
      let part = min(rest.count, count - done)
      unsafe UnsafeMutableRawBufferPointer(rebasing: target[done...])
        .copyMemory(from: UnsafeRawBufferPointer(rebasing: rest[..<part]))
      done += part
    }
  }

  /// Copies bytes into guest memory.
  ///
  /// - Throws: ``GuestFault`` when the range is not all there; then nothing was copied.
  public func copyIn(
    _ source: UnsafeRawBufferPointer, to address: UInt64
  ) throws(GuestFault) {
    let count = source.count
    guard contains(address, count: count) else { throw fault(address, count) }
    var done = 0
    while done < count {
      // Safe: `contains` walked the same regions, and `done` stays below `count`.
      let rest = unsafe tail(at: address + UInt64(done))!
      let part = min(rest.count, count - done)
      unsafe rest.copyMemory(from: UnsafeRawBufferPointer(rebasing: source[done..<(done + part)]))
      done += part
    }
  }

  /// What lies from a guest address to the end of its region, nil outside of all regions.
  ///
  /// The end of a region belongs to it (with nothing left) unless another region starts there.
  private func tail(at address: UInt64) -> UnsafeMutableRawBufferPointer? {
    var found: UnsafeMutableRawBufferPointer?
    for index in regions.indices {
      let region = regions[index]
      guard address >= region.guestAddress else { break }
      let offset = address - region.guestAddress
      guard offset <= UInt64(region.byteCount) else { continue }
      // Safe: the offset is within the region.
      unsafe found = unsafe UnsafeMutableRawBufferPointer(rebasing: region.host[Int(offset)...])
    }
    return unsafe found
  }

  /// The refusal of a range.
  func fault(_ address: UInt64, _ count: Int) -> GuestFault {
    GuestFault(address: address, byteCount: count)
  }
}

@available(*, unavailable) extension GuestMemory: Sendable {}
@available(*, unavailable) extension GuestMemory.Region: Sendable {}
