import BatonCore
import Foundation
import Testing

@Suite(.timeLimit(.minutes(15))) struct SealedMemoryTests {
  private let kernel = Kernel()
  private let layout = [
    MemoryRegion(guestAddress: 0x10000, byteCount: 8192),
    MemoryRegion(guestAddress: 0, byteCount: 4096),
  ]

  /// What a source would send.
  private func copies(of ram: SealedMemory) throws -> Descriptors {
    var copies = Descriptors(in: kernel)
    for number in ram.lend() {
      copies.append(Descriptor(owning: try kernel.duplicate(number), in: kernel))
    }
    return copies
  }

  private func refusal(
    _ regions: [MemoryRegion], _ descriptors: consuming Descriptors
  ) -> String? {
    do throws(Refusal) {
      _ = try SealedMemory(adopting: regions, descriptors, expecting: layout)
      return nil
    } catch {
      return error.description
    }
  }

  @Test func `two processes see one memory, each region at its address`() throws {
    let source = try SealedMemory(layout, in: kernel)
    let target = try SealedMemory(
      adopting: source.regions, copies(of: source), expecting: layout)
    for address: UInt64 in [0, 0x10000, 0x11FF8] {
      try source.memory.storeUInt64(address + 1, at: address)
      #expect(try target.memory.loadUInt64(at: address) == address + 1)
    }
    #expect(throws: GuestFault.self) { try source.memory.loadUInt64(at: 4096) }
    #expect(target.regions == layout)
  }

  @Test func `everything is given back when it goes`() throws {
    let counting = CountingKernel()
    do {
      let ram = try SealedMemory(layout, in: counting)
      #expect(ram.lend().count == 2)
      #expect(counting.mapped == 2 && counting.closed == 0)
    }
    #expect(counting.mapped == 0 && counting.closed == 2)
  }

  @Test func `a layout that differs is refused with both values`() throws {
    let ram = try SealedMemory(layout, in: kernel)
    var moved = layout
    moved[1].guestAddress = 0x2000
    #expect(
      refusal(moved, try copies(of: ram))
        == "ram: memory address: 0x0 here, 0x2000 on the other side")
    var grown = layout
    grown[0].byteCount = 1 << 40
    #expect(
      refusal(grown, try copies(of: ram))
        == "ram: memory size: 8192 here, 1099511627776 on the other side")
    #expect(
      refusal([layout[0]], try copies(of: ram))
        == "ram: memory regions: 2 here, 1 on the other side")
  }

  @Test func `what the source says is not believed`() throws {
    let ram = try SealedMemory(layout, in: kernel)
    var copies = try copies(of: ram)
    #expect(
      refusal(layout, Descriptors(in: kernel)) == "ram: 2 descriptors were announced, 0 arrived")
    copies.append(contentsOf: copies.removeFirst(1))
    #expect(
      refusal(layout, copies) == "ram: memory size: 8192 here, 4096 on the other side")
  }

  @Test func `memory that can still change its size is refused`() throws {
    let path = FileManager.default.temporaryDirectory.appending(path: "baton-\(UUID())").path
    let number = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    unlink(path)
    ftruncate(number, 8192)
    var descriptors = Descriptors(in: kernel)
    descriptors.append(Descriptor(owning: number, in: kernel))
    descriptors.append(Descriptor(owning: try kernel.duplicate(number), in: kernel))
    #expect(refusal(layout, descriptors) == "ram: seals: on here, off on the other side")
  }

  @Test func `what was mapped before a refusal is unmapped`() throws {
    let refusing = CountingKernel(mapsAtMost: 1)
    #expect(throws: SystemError(call: .map, code: Errno.noMemory)) {
      try SealedMemory(layout, in: refusing)
    }
    #expect(refusing.mapped == 0 && refusing.closed == 2)
  }
}

/// Counts what is given back, and refuses mappings beyond a number.
private final class CountingKernel: Kernel {
  private var left: Int
  private(set) var mapped = 0
  private(set) var closed = 0

  init(mapsAtMost limit: Int = .max) {
    left = limit
    super.init()
  }

  override func close(_ fd: CInt) {
    closed += 1
    super.close(fd)
  }

  override func map(_ fd: CInt, byteCount: Int) throws(SystemError) -> UnsafeMutableRawPointer {
    guard left > 0 else { throw SystemError(call: .map, code: Errno.noMemory) }
    left -= 1
    mapped += 1
    return try super.map(fd, byteCount: byteCount)
  }

  override func unmap(_ address: UnsafeMutableRawPointer, byteCount: Int) {
    mapped -= 1
    super.unmap(address, byteCount: byteCount)
  }
}
