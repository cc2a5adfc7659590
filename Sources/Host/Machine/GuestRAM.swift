import BatonCore

/// The guest's memory: one sealed memfd, mapped, that another process can map as well.
@safe
final class GuestRAM {
  /// Where the guest sees it.
  static let guestAddress: UInt64 = 0

  let byteCount: Int
  let memory: GuestMemory
  private let descriptor: Descriptor
  private let address: UnsafeMutableRawPointer

  /// Fresh memory, all zero.
  convenience init(byteCount: Int, in kernel: Kernel) throws(SystemError) {
    let number = try kernel.createMemory(name: "baton-ram", byteCount: byteCount)
    try self.init(mapping: Descriptor(owning: number, in: kernel), byteCount: byteCount)
  }

  /// Memory that came from another process.
  ///
  /// - Throws: When it is not as large as expected, or could still change its size.
  convenience init(
    adopting descriptor: consuming Descriptor, byteCount: Int
  ) throws(Refusal) {
    let kernel = descriptor.kernel
    let number = descriptor.number
    let isSealed = (try? kernel.isSealed(number)) ?? false
    guard isSealed else {
      throw .mismatch(.seals, subject: Self.name, here: .flag(true), there: .flag(false))
    }
    let found: Int
    do { found = try kernel.kind(of: number).size } catch { throw Refusal(error) }
    guard found == byteCount else {
      throw .mismatch(
        .memorySize, subject: Self.name, here: .number(UInt64(byteCount)),
        there: .number(UInt64(found)))
    }
    do {
      try self.init(mapping: descriptor, byteCount: byteCount)
    } catch {
      throw Refusal(error, subject: Self.name)
    }
  }

  private init(mapping descriptor: consuming Descriptor, byteCount: Int) throws(SystemError) {
    // Safe: unmapped in `deinit`, after the last use of `memory`, which this object hands out only
    // to what it outlives.
    let address = try unsafe descriptor.kernel.map(descriptor.number, byteCount: byteCount)
    unsafe self.address = address
    self.descriptor = descriptor
    self.byteCount = byteCount
    // Safe: the mapping has that many bytes.
    memory = unsafe GuestMemory(regions: [
      .init(
        guestAddress: Self.guestAddress,
        host: UnsafeMutableRawBufferPointer(start: address, count: byteCount))
    ])
  }

  deinit {
    // Safe: mapped in `init` with this size.
    unsafe descriptor.kernel.unmap(address, byteCount: byteCount)
  }

  static let name = Name("ram")

  var region: MemoryRegion {
    MemoryRegion(guestAddress: Self.guestAddress, byteCount: UInt64(byteCount), isShared: true)
  }

  /// The memfd, lent to be sent.
  var number: CInt { descriptor.number }
}

@available(*, unavailable)
extension GuestRAM: Sendable {}
