import BatonCLinux
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

  @Test func `a word is unmapped when it goes`() throws {
    let counting = CountingKernel()
    do {
      let word = try SharedWord(creatingIn: counting)
      #expect(word.load() == 0 && counting.mapped == 1)
    }
    #expect(counting.mapped == 0 && counting.closed == 1)
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
    var more = try self.copies(of: ram)
    more.append(
      try ram.lend().first.map { Descriptor(owning: try kernel.duplicate($0), in: kernel) }!)
    #expect(refusal(layout, more) == "ram: 2 descriptors were announced, 3 arrived")
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

  /// SEAL is 1, SHRINK 2, GROW 4, WRITE 8 (fcntl(2)).
  @Test(arguments: [0, 2, 3, 4, 5])
  func `one seal alone is none`(seals: CInt) throws {
    let number = clinux_lab_create_memory(seals, 0)
    try #require(number >= 0)
    let memory = Descriptor(owning: number, in: kernel)
    #expect(try !kernel.isSealed(memory.number))
    let refused = "ram: seals: on here, off on the other side"
    #expect(unfit(memory.number, 1 << 21) == refused)
    #expect(throws: SharedWord.Refusal.notSealed) {
      _ = try SharedWord(
        adopting: Descriptor(owning: try kernel.duplicate(memory.number), in: kernel))
    }
  }

  private func unfit(_ number: CInt, _ byteCount: UInt64, in kernel: Kernel = Kernel()) -> String? {
    do throws(Refusal) {
      try SealedMemory.check(number, byteCount: byteCount, in: kernel)
      return nil
    } catch {
      return error.description
    }
  }

  @Test func `memory must cover its region`() throws {
    let ram = try SealedMemory(layout, in: kernel)
    #expect(unfit(ram.lend()[0], 8192) == nil)
    #expect(unfit(ram.lend()[0], 1) == nil)
    #expect(
      unfit(ram.lend()[0], 8193) == "ram: memory size: 8193 here, 8192 on the other side")
    #expect(
      unfit(ram.lend()[0], .max)
        == "ram: memory size: 18446744073709551615 here, 8192 on the other side")
  }

  @Test(.enabled(if: hasHugePages, "this kernel makes no memory of huge pages"))
  func `huge pages are refused by name, sealed or not`() throws {
    let memory = Descriptor(owning: clinux_lab_create_memory(6, 1), in: kernel)
    #expect(try kernel.isSealed(memory.number))
    let refused = "ram: memory kind: 'tmpfs' here, 'hugetlbfs' on the other side"
    #expect(unfit(memory.number, 1 << 21) == refused)
    #expect(throws: SharedWord.Refusal.notPlain(.hugetlbfs)) {
      _ = try SharedWord(
        adopting: Descriptor(owning: try kernel.duplicate(memory.number), in: kernel))
    }
  }

  @Test func `where the kernel commits strictly every page is there from the start`() throws {
    let strict = StrictKernel()
    let ram = try SealedMemory(layout, in: strict)
    #expect(strict.allocated == [8192, 4096])
    #expect(unfit(ram.lend()[0], 8192, in: strict) == nil)
    #expect(strict.allocated == [8192, 4096, 8192])
    strict.isFull = true
    let refused = "ram: fallocate: No space left on device (ENOSPC)"
    #expect(unfit(ram.lend()[0], 8192, in: strict) == refused)
    #expect(throws: SystemError(call: .allocate, code: Errno.noSpace)) {
      _ = try SealedMemory(layout, in: strict)
    }
    #expect(throws: SystemError(call: .allocate, code: Errno.noSpace)) {
      _ = try SharedWord(creatingIn: strict)
    }
  }

  @Test func `a word has its page before it is read`() throws {
    let hole = Descriptor(owning: clinux_lab_create_memory(6, 0), in: kernel)
    var status = stat()
    fstat(hole.number, &status)
    #expect(status.st_blocks == 0)
    _ = try SharedWord(
      adopting: Descriptor(owning: try kernel.duplicate(hole.number), in: kernel))
    fstat(hole.number, &status)
    #expect(status.st_blocks > 0)
    let strict = StrictKernel()
    strict.isFull = true
    let full = SharedWord.Refusal.system(SystemError(call: .allocate, code: Errno.noSpace))
    #expect(throws: full) {
      _ = try SharedWord(
        adopting: Descriptor(owning: try kernel.duplicate(hole.number), in: strict))
    }
  }

  @Test func `what was mapped before a refusal is unmapped`() throws {
    let refusing = CountingKernel(mapsAtMost: 1)
    #expect(throws: SystemError(call: .map, code: Errno.noMemory)) {
      try SealedMemory(layout, in: refusing)
    }
    #expect(refusing.mapped == 0 && refusing.closed == 2)
  }
}

/// Whether memory of huge pages can be made, for which the pool may be empty.
private let hasHugePages: Bool = {
  let number = clinux_lab_create_memory(6, 1)
  if number >= 0 { close(number) }
  return number >= 0
}()

/// A kernel that commits no more memory than there is.
private final class StrictKernel: Kernel {
  private(set) var allocated: [Int] = []
  var isFull = false

  override var commitsStrictly: Bool { true }

  override func allocate(_ fd: CInt, byteCount: Int) throws(SystemError) {
    guard !isFull else { throw SystemError(call: .allocate, code: Errno.noSpace) }
    allocated.append(byteCount)
    try super.allocate(fd, byteCount: byteCount)
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
