import BatonCore
import BatonNet
import Glibc
import Testing

@testable import BatonHost

/// What a target touches while the guest still runs at the source.
@Suite(.timeLimit(.minutes(15))) struct GuestPageTests {
  private static let byteCount = 8 << 20

  /// Whether this process has a page of a guest's memory in its page table (proc_pid_pagemap(5)).
  private static func isMapped(_ memory: GuestMemory, page: Int) throws -> Bool {
    let start = try #require(memory.slice(at: UInt64(4_096 * page), count: 1)?.baseAddress)
    let file = open("/proc/self/pagemap", O_RDONLY | O_CLOEXEC)
    defer { close(file) }
    var entry: UInt64 = 0
    let count = pread(file, &entry, 8, off_t(UInt(bitPattern: start) / 4_096 * 8))
    try #require(count == 8)
    return entry >> 63 == 1
  }

  private static func guest(_ memory: GuestMemory, pairs: Int) throws -> SoftwareGuest {
    let device = VirtioNet(
      memory: memory, configuration: .init(mac: GuestWorld.mac, maxPairs: pairs))
    return try SoftwareGuest(memory: memory, device: device)
  }

  @Test(arguments: [1, 16])
  func `the pages of a guest's rings are there before it comes`(pairs: Int) throws {
    let kernel = Kernel()
    let layout = [MemoryRegion(guestAddress: 0, byteCount: UInt64(Self.byteCount))]
    let ram = try SealedMemory(layout, in: kernel)
    let source = try Self.guest(ram.memory, pairs: pairs)
    try source.boot(ipv4: GuestWorld.ipv4)
    let end = try #require(source.layout).buffer(0, 0) / 4_096

    var descriptors = Descriptors(in: kernel)
    for number in ram.lend() { descriptors.append(Descriptor(owning: dup(number), in: kernel)) }
    let adopted = try SealedMemory(adopting: layout, descriptors, expecting: layout)
    let target = try Self.guest(adopted.memory, pairs: pairs)
    #expect(try !Self.isMapped(adopted.memory, page: end - 1))
    target.touchRings()
    #expect(try (0..<end).allSatisfy { try Self.isMapped(adopted.memory, page: $0) })
  }

  @Test func `memory without a guest is left alone`() throws {
    let ram = try SealedMemory(
      [MemoryRegion(guestAddress: 0, byteCount: UInt64(Self.byteCount))], in: Kernel())
    try Self.guest(ram.memory, pairs: 16).touchRings()
    #expect(try !Self.isMapped(ram.memory, page: 1))
  }
}
