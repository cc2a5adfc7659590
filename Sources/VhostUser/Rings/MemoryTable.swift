import BatonCore

/// The guest's memory as a front-end has given it: mapped here, and known by three addresses.
///
///     guest address   what descriptors in a ring say
///     user address    what SET_VRING_ADDR says, the front-end's own
///     host address    where it is mapped here
///
/// A region's file may be any that can be mapped. One that is no sealed memfd can be shortened by
/// whoever else has it, and what is behind its end is SIGBUS to who touches it: such a mapping is
/// guarded, and lost as a whole then, which `isLost` says.
@safe final class MemoryTable {
  /// The regions as rings and buffers are reached.
  let memory: GuestMemory
  let regions: [VhostMessage.Region]
  private let mappings: [Mapping]
  private let descriptors: Descriptors

  private struct Mapping {
    let address: UInt
    let byteCount: Int
    /// Its number among guarded mappings; below zero when nobody can shorten its file.
    let guarded: CInt
  }

  /// Whether a file was shortened under a region, whose bytes are nobody's any more.
  var isLost: Bool {
    let kernel = descriptors.kernel
    return mappings.contains { $0.guarded >= 0 && kernel.isLost($0.guarded) }
  }

  /// No memory at all.
  init(in kernel: Kernel) {
    memory = GuestMemory(regions: [])
    regions = []
    mappings = []
    descriptors = Descriptors(in: kernel)
  }

  /// Maps the regions, whose descriptors it owns from here on.
  ///
  /// - Throws: A region that cannot be: empty, over the end, over another one, longer than its
  ///   file; or what the kernel refused.
  init(
    _ regions: [VhostMessage.Region], _ descriptors: consuming Descriptors
  ) throws(VhostFault) {
    let kernel = descriptors.kernel
    try Self.check(regions)
    var mappings: [Mapping] = []
    var pieces: [GuestMemory.Region] = []
    do throws(VhostFault) {
      for (position, region) in regions.enumerated() {
        let number = descriptors[position]
        try Self.checkFile(region, at: position, number, in: kernel)
        let isSealed = (try? kernel.cannotShrink(number)) ?? false
        let length = Int(region.fileOffset + region.byteCount)
        var guarded: CInt = -1
        do throws(SystemError) {
          // Safe: unmapped in `deinit`, or below when a later region is refused.
          let address = try unsafe kernel.map(number, byteCount: length)
          // Safe: taken back before it is unmapped.
          if !isSealed { guarded = unsafe kernel.guardMapping(address, byteCount: length) }
          mappings.append(
            Mapping(address: UInt(bitPattern: address), byteCount: length, guarded: guarded))
          // Safe: the mapping has that many bytes.
          let host = unsafe UnsafeMutableRawBufferPointer(
            start: address + Int(region.fileOffset), count: Int(region.byteCount))
          pieces.append(
            unsafe GuestMemory.Region(guestAddress: region.guestAddress, host: host))
        } catch {
          throw VhostFault.system(error)
        }
        guard isSealed || guarded >= 0 else { throw VhostFault.unsealed }
      }
    } catch {
      Self.unmap(mappings, in: kernel)
      throw error
    }
    self.regions = regions
    self.mappings = mappings
    self.descriptors = descriptors
    memory = GuestMemory(regions: pieces)
  }

  deinit { Self.unmap(mappings, in: descriptors.kernel) }

  /// The guest address of what the front-end has at a user address; nil outside of all regions.
  func guestAddress(ofUser address: UInt64) -> UInt64? {
    for region in regions
    where address >= region.userAddress && address - region.userAddress < region.byteCount {
      return region.guestAddress + (address - region.userAddress)
    }
    return nil
  }

  /// The regions' descriptors in their order; they stay open here.
  func lend() -> [CInt] { (0..<descriptors.count).map { descriptors[$0] } }

  /// The guest address behind the last byte of memory.
  var end: UInt64 { regions.map { $0.guestAddress + $0.byteCount }.max() ?? 0 }

  private static func unmap(_ mappings: [Mapping], in kernel: Kernel) {
    for mapping in mappings {
      if mapping.guarded >= 0 { kernel.unguard(mapping.guarded) }
      // Safe: mapped by us with this size; nobody but us unmaps it.
      if let address = unsafe UnsafeMutableRawPointer(bitPattern: mapping.address) {
        unsafe kernel.unmap(address, byteCount: mapping.byteCount)
      }
    }
  }

  private static func check(_ regions: [VhostMessage.Region]) throws(VhostFault) {
    guard 1...GuestMemory.regionCountMax ~= regions.count else {
      throw .regions(most: GuestMemory.regionCountMax, found: regions.count)
    }
    for (position, region) in regions.enumerated() {
      let wrong = VhostFault.region(
        index: position, address: region.guestAddress, byteCount: region.byteCount)
      guard region.byteCount > 0, region.byteCount <= UInt64(Int.max / 2),
        region.fileOffset <= UInt64(Int.max / 2),
        !region.guestAddress.addingReportingOverflow(region.byteCount).overflow,
        !region.userAddress.addingReportingOverflow(region.byteCount).overflow
      else { throw wrong }
      for other in regions[..<position] where overlap(region, other) { throw wrong }
    }
  }

  private static func overlap(_ a: VhostMessage.Region, _ b: VhostMessage.Region) -> Bool {
    a.guestAddress < b.guestAddress + b.byteCount && b.guestAddress < a.guestAddress + a.byteCount
  }

  private static func checkFile(
    _ region: VhostMessage.Region, at position: Int, _ number: CInt, in kernel: Kernel
  ) throws(VhostFault) {
    let size: UInt64
    do { size = UInt64(clamping: try kernel.kind(of: number).size) } catch {
      throw .system(error)
    }
    guard size >= region.fileOffset + region.byteCount else {
      throw .region(index: position, address: region.guestAddress, byteCount: region.byteCount)
    }
  }
}

@available(*, unavailable)
extension MemoryTable: Sendable {}
