import BatonCore
import Testing

@testable import BatonNet

/// What a guest may not do, or may do in a way that no driver does.
@Suite(.timeLimit(.minutes(15))) struct VirtioLimitTests {
  private static let header = [UInt8](repeating: 0, count: 12)

  @Test func `a ring that is full of long chains takes a frame`() {
    let fixture = VirtioFixture(size: 4)
    fixture.start(.mergeableBuffers)
    for index in 0..<4 {
      fixture.describe(
        0, index, VirtioFixture.buffers + UInt64(index) * 2048, 100,
        flags: VirtioFixture.write | (index % 2 == 0 ? VirtioFixture.next : 0),
        next: UInt16(index + 1))
    }
    for head in [0, 2] as [UInt16] { fixture.offer(0, head) }
    // Not as many bytes as a frame may have, but there is no room in the ring for more.
    #expect(fixture.device.canReceive(pair: 0))
    #expect(fixture.receive(Self.header + numbered(0)) == .delivered)
  }

  @Test func `a frame is in one chain for a driver that did not ask for more`() {
    let fixture = VirtioFixture()
    fixture.start()
    fixture.fillReceive(0, byteCount: 60, count: 2)
    #expect(fixture.receive(Self.header + numbered(0)) == .dropped(.bufferTooSmall))
    #expect(fixture.usedIndex(0) == 0)
  }

  @Test func `a chain that changes while it is filled breaks the device`() {
    let fixture = VirtioFixture()
    fixture.start(.mergeableBuffers)
    // The first buffer lies over the second descriptor, whose successor is in the frame.
    fixture.describe(0, 0, fixture.descriptors(0) + 4, 28, flags: VirtioFixture.write)
    fixture.describe(0, 1, VirtioFixture.buffers, 2048, flags: VirtioFixture.write)
    for head in [0, 1] as [UInt16] { fixture.offer(0, head) }
    var writer = ByteWriter()
    writer.write(VirtioFixture.buffers)
    writer.write(UInt32(4))
    writer.write(VirtioFixture.write)
    writer.write(UInt16(0))
    let frame = writer.bytes + [UInt8](repeating: 0xAB, count: 44)
    #expect(fixture.receive(Self.header + frame) == .dropped(.notReady))
    #expect(fixture.device.lastFault?.fault == .changedWhileRead)
  }

  @Test func `a chain to send has nothing to write into`() {
    let fixture = VirtioFixture()
    fixture.start()
    fixture.describe(
      1, 0, VirtioFixture.buffers, 72, flags: VirtioFixture.next, next: 1)
    fixture.describe(1, 1, VirtioFixture.buffers + 2048, 72, flags: VirtioFixture.write)
    fixture.offer(1, 0)
    #expect(fixture.device.transmit(pair: 0, limit: 8, to: fixture.sink) == .stopped)
    #expect(fixture.device.lastFault?.fault == .wrongDirection)
    #expect(fixture.sink.frames.isEmpty)
  }

  @Test func `a pair behind the last one, and a queue without a meaning, do nothing`() {
    let fixture = VirtioFixture()
    fixture.start()
    #expect(fixture.device.transmit(pair: 1, limit: 8, to: fixture.sink) == .stopped)
    #expect(!fixture.device.hasFramesToTransmit(pair: 1))
    let two = VirtioFixture(pairs: 2)
    two.start()
    // It would be the control queue, with the feature.
    #expect(two.device.notify(queue: 4) == .ignored)
  }

  @Test func `an available index ahead of its ring is not loaded`() {
    let fixture = VirtioFixture()
    fixture.start()
    let record = fixture.saved()
    fixture.setAvailableIndex(0, 16)
    #expect(throws: Never.self) { try load(record, into: fixture.another()) }
    fixture.setAvailableIndex(0, 17)
    #expect(throws: VirtioNet.LoadError.self) { try load(record, into: fixture.another()) }
  }

  @Test func `without checksums the kernel is asked for no segments`() {
    let features: VirtioFeatures = [.guestTSO4, .guestTSO6, .guestUFO]
    #expect(features.tunOffload == [])
    #expect(features.union(.guestCsum).tunOffload == [.csum, .tso4, .tso6, .ufo])
  }

  @Test(arguments: [0x13002, 0x13004] as [UInt64])
  func `a used ring must be aligned for the guest and in host memory`(used: UInt64) {
    let bytes = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 4096)
    defer { bytes.deallocate() }
    // What is aligned here is not there, and the other way round.
    let memory = GuestMemory(regions: [.init(guestAddress: 0x10002, host: bytes)])
    var ring = SplitRing(
      layout: .init(size: 8, descriptors: 0x11000, available: 0x12000, used: used))
    #expect(ring.start(in: memory, sizeMax: 8) == .used)
  }
}
