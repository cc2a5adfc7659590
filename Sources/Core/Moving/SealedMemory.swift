/// A guest's memory that another process of the host can map as well: each region a memfd of its
/// own that can neither shrink nor grow, mapped here for as long as this object lives.
///
/// The seals are what makes it safe to share: a memfd that its other owner shortens is SIGBUS for
/// whoever touches the pages behind its end (memfd_create(2)). A target therefore refuses memory
/// without them (``check(_:byteCount:in:)``), and a source that wants to be taken makes its memory
/// here.
///
/// Whoever was given ``memory`` holds no mapping: devices over it go, or forget it, before this
/// object does.
@safe public final class SealedMemory {
  /// How refusals name the memory.
  static let name = Name("ram")

  /// The layout, in the order in which it was given and in which ``lend()`` answers.
  public let regions: [MemoryRegion]
  /// The regions as devices and the guest's processor reach them.
  public let memory: GuestMemory
  private let descriptors: Descriptors

  /// Makes memory of this layout, all zero.
  ///
  /// - Parameters:
  ///   - layout: 1 to ``GuestMemory/regionCountMax`` regions that do not overlap; a mistake in it
  ///     traps. Pages that nobody touched cost nothing.
  ///   - kernel: Makes the memory, and keeps its descriptors.
  /// - Throws: What the kernel refused: a descriptor, or the address space.
  public convenience init(_ layout: [MemoryRegion], in kernel: Kernel) throws(SystemError) {
    var descriptors = Descriptors(in: kernel)
    for region in layout {
      let number = try kernel.createMemory(
        name: "baton-ram", byteCount: Int(region.byteCount))
      descriptors.append(Descriptor(owning: number, in: kernel))
      if kernel.commitsStrictly {
        try kernel.allocate(number, byteCount: Int(region.byteCount))
      }
    }
    try self.init(mapping: descriptors, layout)
  }

  /// Maps memory that came from another process, which is what ``MovableGuest/adopt(_:_:)`` does.
  ///
  /// - Parameters:
  ///   - regions: What the source says that it sends.
  ///   - descriptors: One for each region, in their order; closed when they are refused.
  ///   - layout: What must come, in the same order.
  /// - Throws: The first difference with both values, memory that could still change its size, or
  ///   a mapping that the kernel refused.
  public convenience init(
    adopting regions: [MemoryRegion], _ descriptors: consuming Descriptors,
    expecting layout: [MemoryRegion]
  ) throws(Refusal) {
    try Self.compare(regions, with: layout)
    guard descriptors.count == layout.count else {
      throw Refusal(
        .descriptorCount, field: .regionCount, subject: Self.name,
        here: .number(UInt64(descriptors.count)), there: .number(UInt64(layout.count)))
    }
    for position in layout.indices {
      let byteCount = layout[position].byteCount
      try Self.check(descriptors[position], byteCount: byteCount, in: descriptors.kernel)
      let size = try Self.size(of: descriptors[position], in: descriptors.kernel)
      try Self.compareSize(byteCount, size)
    }
    do {
      try self.init(mapping: descriptors, layout)
    } catch {
      throw Refusal(error, subject: Self.name)
    }
  }

  private init(
    mapping descriptors: consuming Descriptors, _ layout: [MemoryRegion]
  ) throws(SystemError) {
    let kernel = descriptors.kernel
    var mapped: [GuestMemory.Region] = []
    do throws(SystemError) {
      for position in layout.indices {
        let byteCount = Int(layout[position].byteCount)
        // Safe: unmapped in `deinit`, or below when a later region is refused.
        let address = try unsafe kernel.map(descriptors[position], byteCount: byteCount)
        // Safe: the mapping has that many bytes.
        let host = unsafe UnsafeMutableRawBufferPointer(start: address, count: byteCount)
        mapped.append(
          unsafe GuestMemory.Region(guestAddress: layout[position].guestAddress, host: host))
      }
    } catch {
      Self.unmap(mapped, in: kernel)
      throw error
    }
    self.descriptors = descriptors
    regions = layout
    memory = GuestMemory(regions: mapped)
  }

  deinit { Self.unmap(memory.regions, in: descriptors.kernel) }

  /// The memfds in the order of the regions, lent to be sent; they stay open here.
  public func lend() -> [CInt] { (0..<descriptors.count).map { descriptors[$0] } }

  private static func unmap(_ mapped: [GuestMemory.Region], in kernel: Kernel) {
    for region in mapped {
      // Safe: mapped by us with this size; nobody but us unmaps it.
      if let address = unsafe region.host.baseAddress {
        unsafe kernel.unmap(address, byteCount: region.byteCount)
      }
    }
  }

  private static func compare(
    _ found: [MemoryRegion], with layout: [MemoryRegion]
  ) throws(Refusal) {
    guard found.count == layout.count else {
      throw .mismatch(
        .regionCount, subject: name, here: .number(UInt64(layout.count)),
        there: .number(UInt64(found.count)))
    }
    for (own, its) in zip(layout, found) {
      guard own.guestAddress == its.guestAddress else {
        throw .mismatch(
          .memoryAddress, subject: name, here: .bits(own.guestAddress),
          there: .bits(its.guestAddress))
      }
      try compareSize(own.byteCount, its.byteCount)
    }
  }

  /// Refuses, by name and with both values, memory of another process that could trap under
  /// whoever maps it.
  ///
  /// A migration asks this of every region before ``MovableGuest/adopt(_:_:)``; whoever gets memory
  /// in another way calls it before mapping. What it wants: the seals F_SEAL_SHRINK and F_SEAL_GROW
  /// (so that it is a memfd), plain pages (no MFD_HUGETLB), and a file that covers the region.
  /// Pages that nobody touched cost nothing, unless the kernel commits strictly
  /// (``Kernel/commitsStrictly``): then they are taken now, and ENOSPC is the refusal.
  ///
  /// - Parameters:
  ///   - number: The descriptor, lent.
  ///   - byteCount: The size of the region.
  ///   - kernel: Where the descriptor is open.
  public static func check(
    _ number: CInt, byteCount: UInt64, in kernel: Kernel
  ) throws(Refusal) {
    var isSealed = false
    // What is no memfd has no seals, and the kernel says so with an error.
    do { isSealed = try kernel.isSealed(number) } catch {}
    guard isSealed else {
      throw .mismatch(.seals, subject: name, here: .flag(true), there: .flag(false))
    }
    let system: FileSystem
    do { system = try kernel.fileSystem(of: number) } catch { throw Refusal(error, subject: name) }
    guard system == .tmpfs else {
      throw .mismatch(
        .memoryKind, subject: name, here: FileSystem.tmpfs.value, there: system.value)
    }
    let size = try Self.size(of: number, in: kernel)
    guard size >= byteCount else { return try compareSize(byteCount, size) }
    guard kernel.commitsStrictly else { return }
    do {
      try kernel.allocate(number, byteCount: Int(clamping: byteCount))
    } catch {
      throw Refusal(error, subject: name)
    }
  }

  /// What the source says of a memfd is one thing, what the kernel says another.
  private static func size(of number: CInt, in kernel: Kernel) throws(Refusal) -> UInt64 {
    do { return UInt64(clamping: try kernel.kind(of: number).size) } catch {
      throw Refusal(error, subject: name)
    }
  }

  private static func compareSize(_ here: UInt64, _ there: UInt64) throws(Refusal) {
    guard here == there else {
      throw .mismatch(.memorySize, subject: name, here: .number(here), there: .number(there))
    }
  }
}

@available(*, unavailable)
extension SealedMemory: Sendable {}
