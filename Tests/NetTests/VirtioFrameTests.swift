import BatonCore
import Testing

@testable import BatonNet

/// Frames in both directions.
@Suite(.timeLimit(.minutes(15))) struct VirtioFrameTests {
  // MARK: From the guest

  @Test func `a frame is completed only when it is written`() {
    let fixture = VirtioFixture()
    fixture.start()
    for index in 0..<4 { fixture.queueFrame(1, index, numbered(index)) }
    fixture.sink.room = 2
    let before = fixture.device.transmit(pair: 0, limit: 9, to: fixture.sink)
    #expect(before == .blocked)
    #expect(fixture.usedIndex(1) == 2)
    #expect(fixture.device.hasFramesToTransmit(pair: 0))
    #expect(fixture.device.counters.wouldBlocks == 1)
    fixture.sink.room = nil
    #expect(fixture.device.transmit(pair: 0, limit: 9, to: fixture.sink) == .drained)
    #expect(fixture.sink.frames == (0..<4).map { Array(repeating: 0, count: 12) + numbered($0) })
    #expect((0..<4).map { fixture.usedEntry(1, $0) } == (0..<4).map { [UInt32($0), 0] })
    #expect(!fixture.device.hasFramesToTransmit(pair: 0))
    #expect(fixture.device.counters.transmitted.frames == 4)
    #expect(fixture.device.counters.transmitted.bytes == 240)
  }

  @Test func `no more frames are taken than allowed`() {
    let fixture = VirtioFixture()
    fixture.start()
    for index in 0..<4 { fixture.queueFrame(1, index, numbered(index)) }
    #expect(fixture.device.transmit(pair: 0, limit: 3, to: fixture.sink) == .limited)
    #expect(fixture.device.transmit(pair: 0, limit: 0, to: fixture.sink) == .limited)
    #expect(fixture.device.transmit(pair: 0, limit: 1, to: fixture.sink) == .drained)
  }

  @Test(arguments: [1, 11, 12, 13, 40]) func `a frame in pieces is put together`(cut: Int) {
    let fixture = VirtioFixture()
    fixture.start()
    let whole = Array(repeating: 0, count: 12) + numbered(7)
    fixture.put(whole, at: VirtioFixture.buffers)
    fixture.describe(1, 5, VirtioFixture.buffers, UInt32(cut), flags: 1, next: 2)
    fixture.describe(
      1, 2, VirtioFixture.buffers + UInt64(cut), UInt32(whole.count - cut))
    fixture.offer(1, 5)
    #expect(fixture.device.transmit(pair: 0, limit: 1, to: fixture.sink) == .drained)
    #expect(fixture.sink.frames == [whole])
    #expect(fixture.usedEntry(1, 0) == [5, 0])
  }

  @Test(arguments: [false, true]) func `a TAP without a header gets the frame alone`(inTwo: Bool) {
    let fixture = VirtioFixture(headerByteCount: 0)
    fixture.start()
    fixture.put(Array(repeating: 0, count: 12) + numbered(7), at: VirtioFixture.buffers)
    fixture.describe(1, 0, VirtioFixture.buffers, inTwo ? 12 : 72, flags: inTwo ? 1 : 0, next: 1)
    fixture.describe(1, 1, VirtioFixture.buffers + 12, 60)
    fixture.offer(1, 0)
    _ = fixture.device.transmit(pair: 0, limit: 1, to: fixture.sink)
    #expect(fixture.sink.frames == [numbered(7)])
  }

  struct Unfit: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let reason: DropReason
    var byteCount = 72
    var headerByteCount = 12
    var flags: UInt8 = 0
    var isLinkUp = true
    var outcome = WriteOutcome.written
  }

  @Test(arguments: [
    Unfit(testDescription: "one byte", reason: .tooShort, byteCount: 1),
    Unfit(testDescription: "a header alone", reason: .tooShort, byteCount: 12),
    Unfit(testDescription: "no whole Ethernet header", reason: .tooShort, byteCount: 25),
    Unfit(
      testDescription: "longer than any frame", reason: .tooLong,
      byteCount: 12 + VirtioNet.frameByteCountMax + 1),
    Unfit(testDescription: "link down", reason: .linkDown, isLinkUp: false),
    Unfit(testDescription: "refused by the kernel", reason: .refused, outcome: .dropped),
    Unfit(
      testDescription: "a checksum to make without a TAP header", reason: .offload,
      headerByteCount: 0, flags: 1),
  ]) func `a frame that cannot go is completed and counted`(_ unfit: Unfit) {
    let fixture = VirtioFixture(headerByteCount: unfit.headerByteCount)
    fixture.start()
    fixture.device.setLink(isUp: unfit.isLinkUp)
    fixture.sink.outcome = unfit.outcome
    fixture.put([unfit.flags], at: VirtioFixture.buffers)
    fixture.describe(1, 0, VirtioFixture.buffers, UInt32(unfit.byteCount))
    fixture.offer(1, 0)
    #expect(fixture.device.transmit(pair: 0, limit: 1, to: fixture.sink) == .drained)
    #expect(fixture.usedIndex(1) == 1)
    #expect(fixture.sink.frames.isEmpty)
    #expect(fixture.device.counters.transmitted[unfit.reason] == 1)
    #expect(fixture.device.counters.transmitted.dropped == 1)
    #expect(fixture.device.isRunning)
  }

  @Test func `indices run over 65535`() {
    let fixture = VirtioFixture(size: 4)
    fixture.start()
    fixture.queueFrame(1, 0, numbered(0))
    for round in 1...70_000 {
      guard fixture.device.transmit(pair: 0, limit: 2, to: fixture.sink) == .drained else {
        Issue.record("stopped in round \(round)")
        return
      }
      fixture.offer(1, 0)
    }
    #expect(fixture.device.counters.transmitted.frames == 70_000)
    #expect(fixture.usedIndex(1) == UInt16(truncatingIfNeeded: 70_000))
  }

  // MARK: To the guest

  @Test func `nothing is received before the guest has given a buffer`() {
    let fixture = VirtioFixture()
    #expect(!fixture.device.canReceive(pair: 0))
    #expect(fixture.receive(numbered(0)) == .dropped(.notReady))
    fixture.start()
    #expect(!fixture.device.canReceive(pair: 0))
    #expect(fixture.receive(Array(repeating: 0, count: 72)) == .noBuffer)
    fixture.fillReceive(0, byteCount: 2048, count: 1)
    #expect(fixture.device.canReceive(pair: 0))
    #expect(fixture.receive(Array(repeating: 0, count: 12) + numbered(0)) == .delivered)
    #expect(!fixture.device.canReceive(pair: 0))
    #expect(fixture.usedEntry(0, 0) == [0, 72])
    #expect(fixture.device.counters.received.bytes == 60)
  }

  @Test(arguments: [0, 12]) func `the guest always sees a header and the number of buffers`(
    headerByteCount: Int
  ) {
    let fixture = VirtioFixture(headerByteCount: headerByteCount)
    fixture.start()
    fixture.fillReceive(0, byteCount: 2048)
    let noise = Array(repeating: UInt8(0), count: headerByteCount).indices.map {
      $0 >= 10 ? UInt8(0xee) : UInt8(0)
    }
    #expect(fixture.receive(noise + numbered(3)) == .delivered)
    let seen = fixture.read(VirtioFixture.buffers, 72)
    #expect(seen == [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0] + numbered(3))
  }

  @Test func `a TAP's header passes through when it was negotiated`() {
    let fixture = VirtioFixture(offloads: .offloads)
    fixture.start([.guestCsum, .guestTSO4])
    fixture.fillReceive(0, byteCount: 2048)
    let header: [UInt8] = [1, 1, 54, 0, 0xb4, 5, 34, 0, 16, 0, 0, 0]
    #expect(fixture.receive(header + numbered(3)) == .delivered)
    #expect(fixture.read(VirtioFixture.buffers, 12) == [1, 1, 54, 0, 0xb4, 5, 34, 0, 16, 0, 1, 0])
  }

  struct Header: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let first: [UInt8]
    let features: VirtioFeatures
    let delivery: VirtioNet.Delivery
  }

  @Test(arguments: [
    Header(
      testDescription: "valid checksum, unasked", first: [2, 0], features: [],
      delivery: .delivered),
    Header(
      testDescription: "no checksum", first: [1, 0], features: [], delivery: .dropped(.offload)),
    Header(
      testDescription: "no checksum, agreed", first: [1, 0], features: .guestCsum,
      delivery: .delivered),
    Header(
      testDescription: "TSO6", first: [1, 4], features: [.guestCsum, .guestTSO4],
      delivery: .dropped(.offload)),
    Header(
      testDescription: "TSO6, agreed", first: [1, 0x84], features: [.guestCsum, .guestTSO6],
      delivery: .delivered),
    Header(
      testDescription: "UFO", first: [1, 3], features: .guestCsum, delivery: .dropped(.offload)),
    Header(
      testDescription: "UFO, agreed", first: [1, 3], features: [.guestCsum, .guestUFO],
      delivery: .delivered),
    Header(
      testDescription: "USO, agreed", first: [1, 5], features: [.guestCsum, .guestUSO6],
      delivery: .delivered),
    Header(
      testDescription: "an unknown kind", first: [1, 9], features: VirtioFixture.offeredByAll,
      delivery: .dropped(.offload)),
  ]) func `no offload reaches a guest that did not agree`(_ header: Header) {
    let fixture = VirtioFixture(pairs: 2, offloads: .offloads, mtu: 1500)
    fixture.start(header.features)
    fixture.fillReceive(0, byteCount: 2048)
    let frame = header.first + Array(repeating: 0, count: 10) + numbered(1)
    #expect(fixture.receive(frame) == header.delivery)
    let isAgreed = header.features.contains(.guestCsum)
    #expect(isAgreed || fixture.read(VirtioFixture.buffers, 1) == [0])
  }

  @Test(arguments: [12, 13, 100, 512]) func `a frame is spread over buffers`(each: Int) {
    let fixture = VirtioFixture(size: 256)
    fixture.start(.mergeableBuffers)
    fixture.fillReceive(0, byteCount: UInt32(each))
    #expect(fixture.device.canReceive(pair: 0))
    let frame = Array(repeating: UInt8(0), count: 12) + numbered(5, byteCount: 1000)
    #expect(fixture.receive(frame) == .delivered)
    let count = (1012 + each - 1) / each
    #expect(Int(fixture.usedIndex(0)) == count)
    var seen: [UInt8] = []
    for place in 0..<count {
      let entry = fixture.usedEntry(0, place)
      seen += fixture.read(VirtioFixture.buffers + UInt64(entry[0]) * 2048, Int(entry[1]))
    }
    #expect(seen[10..<12] == [UInt8(count & 0xff), UInt8(count >> 8)])
    #expect(seen[12...] == numbered(5, byteCount: 1000)[...])
  }

  @Test func `half the buffers for a frame are not touched`() {
    let fixture = VirtioFixture()
    fixture.start(.mergeableBuffers)
    fixture.fillReceive(0, byteCount: 256, count: 3)
    #expect(!fixture.device.canReceive(pair: 0))
    let frame = Array(repeating: UInt8(0), count: 12) + numbered(5, byteCount: 1000)
    #expect(fixture.receive(frame) == .noBuffer)
    #expect(fixture.usedIndex(0) == 0)
    fixture.describe(0, 3, VirtioFixture.buffers + 0x8000, 2048, flags: 2)
    fixture.offer(0, 3)
    #expect(fixture.receive(frame) == .delivered)
    #expect(fixture.usedIndex(0) == 4)
  }

  @Test func `a ring that can never hold the longest frame does not stop the TAP`() {
    let fixture = VirtioFixture(size: 4)
    fixture.start(.mergeableBuffers)
    fixture.fillReceive(0, byteCount: 256)
    #expect(fixture.device.canReceive(pair: 0))
    let header = Array(repeating: UInt8(0), count: 12)
    #expect(fixture.receive(header + numbered(5, byteCount: 1500)) == .dropped(.bufferTooSmall))
    #expect(fixture.receive(header + numbered(5, byteCount: 500)) == .delivered)
  }

  @Test func `a frame too long for the one buffer is dropped and the buffer kept`() {
    let fixture = VirtioFixture()
    fixture.start()
    fixture.fillReceive(0, byteCount: 100, count: 1)
    let header = Array(repeating: UInt8(0), count: 12)
    #expect(fixture.device.canReceive(pair: 0))
    #expect(fixture.receive(header + numbered(1, byteCount: 89)) == .dropped(.bufferTooSmall))
    #expect(fixture.receive(header + numbered(1, byteCount: 88)) == .delivered)
  }

  @Test(arguments: [(0, DropReason.tooShort), (25, .tooShort), (12 + 65_558, .tooLong)])
  func `a frame of a wrong length is dropped`(byteCount: Int, reason: DropReason) {
    let fixture = VirtioFixture()
    fixture.start()
    fixture.fillReceive(0, byteCount: 2048)
    #expect(fixture.receive(Array(repeating: 0, count: byteCount)) == .dropped(reason))
    #expect(fixture.device.counters.received[reason] == 1)
  }

  @Test func `a pulled cable drops in both directions`() {
    let fixture = VirtioFixture()
    fixture.start()
    fixture.fillReceive(0, byteCount: 2048)
    fixture.device.setLink(isUp: false)
    #expect(fixture.device.canReceive(pair: 0))
    #expect(fixture.receive(numbered(0)) == .dropped(.linkDown))
  }

  @Test func `only pairs in use receive`() {
    let fixture = VirtioFixture(pairs: 2)
    fixture.start([.controlQueue, .multiqueue])
    fixture.fillReceive(2, byteCount: 2048)
    let frame = Array(repeating: UInt8(0), count: 12) + numbered(0)
    #expect(!fixture.device.canReceive(pair: 1))
    #expect(fixture.receive(frame, pair: 1) == .dropped(.notReady))
    fixture.command([4, 0, 2, 0])
    #expect(fixture.device.canReceive(pair: 1))
    #expect(fixture.receive(frame, pair: 1) == .delivered)
    #expect(!fixture.device.canReceive(pair: 2))
    #expect(!fixture.device.canReceive(pair: -1))
  }
}
