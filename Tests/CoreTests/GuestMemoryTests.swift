import BatonCore
import Testing

/// Guest-physical memory, asked for what it has and for what it has not.
@Suite(.timeLimit(.minutes(15))) struct GuestMemoryTests {
  /// Two adjacent regions of 64 bytes at 0x1000, and one of 32 at 0x2000.
  private final class Fixture {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 160, alignment: 16)
    let memory: GuestMemory

    init() {
      for index in bytes.indices { bytes[index] = UInt8(index) }
      memory = GuestMemory(regions: [
        .init(guestAddress: 0x2000, host: UnsafeMutableRawBufferPointer(rebasing: bytes[128...])),
        .init(
          guestAddress: 0x1040, host: UnsafeMutableRawBufferPointer(rebasing: bytes[64..<128])),
        .init(guestAddress: 0x1000, host: UnsafeMutableRawBufferPointer(rebasing: bytes[..<64])),
      ])
    }

    deinit { bytes.deallocate() }
  }

  struct Range: CustomTestStringConvertible, Sendable {
    let address: UInt64
    let count: Int
    /// Whether it is in memory at all, and whether in one region.
    let isInside: Bool
    let isInOne: Bool
    var testDescription: String { "\(count) at 0x" + String(address, radix: 16) }

    init(_ address: UInt64, _ count: Int, inside: Bool, inOne: Bool) {
      (self.address, self.count, isInside, isInOne) = (address, count, inside, inOne)
    }
  }

  @Test(arguments: [
    Range(0x1000, 64, inside: true, inOne: true),
    Range(0x103f, 1, inside: true, inOne: true),
    Range(0x1040, 1, inside: true, inOne: true),
    Range(0x2000, 32, inside: true, inOne: true),
    Range(0x1000, 65, inside: true, inOne: false),
    Range(0x103f, 2, inside: true, inOne: false),
    Range(0x1000, 128, inside: true, inOne: false),
    Range(0x1000, 129, inside: false, inOne: false),
    Range(0x0fff, 1, inside: false, inOne: false),
    Range(0x0fff, 2, inside: false, inOne: false),
    Range(0x1080, 1, inside: false, inOne: false),
    Range(0x1fff, 2, inside: false, inOne: false),
    Range(0x2000, 33, inside: false, inOne: false),
    Range(0x2020, 1, inside: false, inOne: false),
    Range(0x2000, -1, inside: false, inOne: false),
    Range(0x2000, Int.max, inside: false, inOne: false),
    Range(0x1000, Int.max, inside: false, inOne: false),
    Range(UInt64.max, 1, inside: false, inOne: false),
    Range(UInt64.max, Int.max, inside: false, inOne: false),
    Range(UInt64.max - 7, 8, inside: false, inOne: false),
    Range(0, 0, inside: false, inOne: false),
    Range(0x1080, 0, inside: true, inOne: true),
  ]) func `knows what is there`(_ range: Range) {
    let memory = Fixture()
    #expect(memory.memory.contains(range.address, count: range.count) == range.isInside)
    let slice = memory.memory.slice(at: range.address, count: range.count)
    #expect((slice != nil) == range.isInOne)
    #expect(slice == nil || slice?.count == range.count)
  }

  @Test func `numbers are little-endian and need no alignment`() throws {
    let fixture = Fixture()
    #expect(try fixture.memory.loadUInt8(at: 0x1001) == 0x01)
    #expect(try fixture.memory.loadUInt16(at: 0x1001) == 0x0201)
    #expect(try fixture.memory.loadUInt32(at: 0x1001) == 0x0403_0201)
    #expect(try fixture.memory.loadUInt64(at: 0x1001) == 0x0807_0605_0403_0201)
    try fixture.memory.storeUInt8(0xaa, at: 0x1003)
    try fixture.memory.storeUInt16(0xbbcc, at: 0x1005)
    try fixture.memory.storeUInt32(0xdead_beef, at: 0x1009)
    try fixture.memory.storeUInt64(0x0102_0304_0506_0708, at: 0x1011)
    #expect(Array(fixture.bytes[3..<7]) == [0xaa, 4, 0xcc, 0xbb])
    #expect(Array(fixture.bytes[9..<13]) == [0xef, 0xbe, 0xad, 0xde])
    #expect(Array(fixture.bytes[17..<25]) == [8, 7, 6, 5, 4, 3, 2, 1])
  }

  @Test func `a number over the end of a region is a fault that names it`() {
    let memory = Fixture()
    let fault = GuestFault(address: 0x201d, byteCount: 4)
    #expect(throws: fault) { try memory.memory.loadUInt32(at: 0x201d) }
    #expect(throws: fault) { try memory.memory.storeUInt32(1, at: 0x201d) }
    #expect(fault.description == "4 bytes at guest address 0x201d are not in guest memory")
    for address: UInt64 in [0, 0x0fff, 0x2020, UInt64.max, UInt64.max - 1] {
      #expect(throws: GuestFault.self) { try memory.memory.loadUInt8(at: address) }
      #expect(throws: GuestFault.self) { try memory.memory.loadUInt16(at: address) }
      #expect(throws: GuestFault.self) { try memory.memory.loadUInt64(at: address) }
      #expect(throws: GuestFault.self) { try memory.memory.storeUInt8(0, at: address) }
      #expect(throws: GuestFault.self) { try memory.memory.storeUInt16(0, at: address) }
      #expect(throws: GuestFault.self) { try memory.memory.storeUInt64(0, at: address) }
    }
  }

  @Test func `copies run over adjacent regions`() throws {
    let fixture = Fixture()
    var copy = [UInt8](repeating: 0, count: 100)
    try copy.withUnsafeMutableBytes {
      try fixture.memory.copyOut(from: 0x1010, count: 100, to: $0)
    }
    #expect(copy == (16..<116).map { UInt8($0) })
    try copy.reversed().withUnsafeBytes { try fixture.memory.copyIn($0, to: 0x1010) }
    #expect(Array(fixture.bytes[16..<116]) == copy.reversed())
    #expect(Array(fixture.bytes[..<16]) == (0..<16).map { UInt8($0) })
  }

  @Test func `a copy that is not all there copies nothing`() {
    let fixture = Fixture()
    let before = Array(fixture.bytes)
    var copy = [UInt8](repeating: 0xee, count: 100)
    #expect(throws: GuestFault(address: 0x1040, byteCount: 65)) {
      try copy.withUnsafeMutableBytes {
        try fixture.memory.copyOut(from: 0x1040, count: 65, to: $0)
      }
    }
    #expect(copy == Array(repeating: 0xee, count: 100))
    #expect(throws: GuestFault(address: 0x1040, byteCount: 100)) {
      try copy.withUnsafeBytes { try fixture.memory.copyIn($0, to: 0x1040) }
    }
    #expect(Array(fixture.bytes) == before)
  }

  @Test func `regions stand in order of address`() {
    let memory = Fixture()
    #expect(memory.memory.regions.map(\.guestAddress) == [0x1000, 0x1040, 0x2000])
    #expect(memory.memory.byteCount == 160)
  }

  @Test func `overlapping regions trap`() async {
    await #expect(processExitsWith: .failure) {
      let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 32, alignment: 16)
      _ = GuestMemory(regions: [
        .init(guestAddress: 0, host: bytes), .init(guestAddress: 31, host: bytes),
      ])
    }
  }

  @Test func `a region over the end of the address space traps`() async {
    await #expect(processExitsWith: .failure) {
      let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 32, alignment: 16)
      _ = GuestMemory(regions: [.init(guestAddress: UInt64.max - 15, host: bytes)])
    }
  }
}
