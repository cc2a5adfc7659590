import BatonCore
import BatonTesting
import Testing

@testable import BatonNet

/// Rings as a hostile guest fills them.
@Suite(.timeLimit(.minutes(15))) struct VirtioRingTests {
  /// A ring that the guest spoilt, and what the device says to it.
  struct Hostile: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let fault: RingFault
    var queue = 1
    var features: VirtioFeatures = []
    let spoil: @Sendable (VirtioFixture, Int) -> Void
  }

  static let table: [Hostile] = [
    .init(
      testDescription: "the available index jumps by the ring's size and one",
      fault: .availableIndexJump
    ) {
      $0.setAvailableIndex($1, $0.size + 1)
    },
    .init(testDescription: "the available index goes back", fault: .availableIndexJump) {
      $0.setAvailableIndex($1, UInt16.max)
    },
    .init(testDescription: "a head beyond the table", fault: .descriptorIndex) {
      $0.offer($1, $0.size)
    },
    .init(testDescription: "a head of 65535", fault: .descriptorIndex) { $0.offer($1, 65535) },
    .init(testDescription: "a next beyond the table", fault: .descriptorIndex) {
      $0.describe($1, 0, VirtioFixture.buffers, 64, flags: 1, next: 16)
      $0.offer($1, 0)
    },
    .init(testDescription: "a descriptor that follows itself", fault: .chainTooLong) {
      $0.describe($1, 0, VirtioFixture.buffers, 64, flags: 1, next: 0)
      $0.offer($1, 0)
    },
    .init(testDescription: "a loop of two", fault: .chainTooLong) {
      $0.describe($1, 3, VirtioFixture.buffers, 64, flags: 1, next: 4)
      $0.describe($1, 4, VirtioFixture.buffers, 64, flags: 1, next: 3)
      $0.offer($1, 3)
    },
    .init(testDescription: "no bytes", fault: .emptyBuffer) {
      $0.describe($1, 0, VirtioFixture.buffers, 0)
      $0.offer($1, 0)
    },
    .init(testDescription: "a buffer before memory", fault: .bufferOutsideMemory) {
      $0.describe($1, 0, VirtioFixture.base - 1, 64)
      $0.offer($1, 0)
    },
    .init(testDescription: "a buffer that ends one byte after memory", fault: .bufferOutsideMemory)
    {
      $0.describe($1, 0, VirtioFixture.end - 63, 64)
      $0.offer($1, 0)
    },
    .init(testDescription: "a buffer that wraps around", fault: .bufferOutsideMemory) {
      $0.describe($1, 0, UInt64.max - 3, UInt32.max)
      $0.offer($1, 0)
    },
    .init(testDescription: "a buffer of four gigabytes", fault: .bufferOutsideMemory) {
      $0.describe($1, 0, VirtioFixture.buffers, UInt32.max)
      $0.offer($1, 0)
    },
    .init(testDescription: "to read after to write", fault: .readableAfterWritable) {
      $0.describe($1, 0, VirtioFixture.buffers, 64, flags: 3, next: 1)
      $0.describe($1, 1, VirtioFixture.buffers, 64)
      $0.offer($1, 0)
    },
    .init(testDescription: "to write in the transmit queue", fault: .wrongDirection) {
      $0.describe($1, 0, VirtioFixture.buffers, 64, flags: 2)
      $0.offer($1, 0)
    },
    .init(testDescription: "to write after a frame in the transmit queue", fault: .wrongDirection) {
      $0.describe($1, 0, VirtioFixture.buffers, 72, flags: 1, next: 1)
      $0.describe($1, 1, VirtioFixture.buffers + 128, 64, flags: 2)
      $0.offer($1, 0)
    },
    .init(
      testDescription: "to read before a buffer in the receive queue", fault: .wrongDirection,
      queue: 0
    ) {
      $0.describe($1, 0, VirtioFixture.buffers, 16, flags: 1, next: 1)
      $0.describe($1, 1, VirtioFixture.buffers + 128, 2048, flags: 2)
      $0.offer($1, 0)
    },
    .init(testDescription: "to read in the receive queue", fault: .wrongDirection, queue: 0) {
      $0.describe($1, 0, VirtioFixture.buffers, 2048)
      $0.offer($1, 0)
    },
    .init(testDescription: "the receive index jumps", fault: .availableIndexJump, queue: 0) {
      $0.setAvailableIndex($1, 1000)
    },
    .init(testDescription: "indirect without the feature", fault: .indirectNotNegotiated) {
      $0.describe($1, 0, VirtioFixture.buffers, 32, flags: 4)
      $0.offer($1, 0)
    },
    .init(
      testDescription: "indirect of no entry", fault: .indirectSize, features: .indirectDescriptors
    ) {
      $0.describe($1, 0, VirtioFixture.buffers, 0, flags: 4)
      $0.offer($1, 0)
    },
    .init(
      testDescription: "indirect of one entry and a byte", fault: .indirectSize,
      features: .indirectDescriptors
    ) {
      $0.describe($1, 0, VirtioFixture.buffers, 17, flags: 4)
      $0.offer($1, 0)
    },
    .init(
      testDescription: "a chain through an indirect table that is longer than the ring",
      fault: .chainTooLong, features: .indirectDescriptors
    ) {
      for index in 0..<17 {
        $0.describe(
          table: VirtioFixture.buffers, index, VirtioFixture.buffers, 16,
          flags: index < 16 ? 1 : 0, next: UInt16(index + 1))
      }
      $0.describe($1, 0, VirtioFixture.buffers, 16 * 17, flags: 4)
      $0.offer($1, 0)
    },
    .init(
      testDescription: "indirect outside of memory", fault: .indirectOutsideMemory,
      features: .indirectDescriptors
    ) {
      $0.describe($1, 0, VirtioFixture.end - 16, 32, flags: 4)
      $0.offer($1, 0)
    },
    .init(
      testDescription: "indirect at the end of the address space", fault: .indirectOutsideMemory,
      features: .indirectDescriptors
    ) {
      $0.describe($1, 0, UInt64.max - 15, 32, flags: 4)
      $0.offer($1, 0)
    },
    .init(
      testDescription: "indirect and next", fault: .indirectWithNext, features: .indirectDescriptors
    ) {
      $0.describe($1, 0, VirtioFixture.buffers, 32, flags: 5, next: 1)
      $0.offer($1, 0)
    },
    .init(
      testDescription: "indirect in indirect", fault: .indirectNested,
      features: .indirectDescriptors
    ) {
      $0.describe(table: VirtioFixture.buffers, 0, VirtioFixture.buffers, 16, flags: 4)
      $0.describe($1, 0, VirtioFixture.buffers, 16, flags: 4)
      $0.offer($1, 0)
    },
    .init(
      testDescription: "a next beyond the indirect table", fault: .descriptorIndex,
      features: .indirectDescriptors
    ) {
      $0.describe(table: VirtioFixture.buffers, 0, VirtioFixture.buffers, 16, flags: 1, next: 1)
      $0.describe($1, 0, VirtioFixture.buffers, 16, flags: 4)
      $0.offer($1, 0)
    },
    .init(
      testDescription: "direct and indirect buffers longer than the ring", fault: .chainTooLong,
      features: .indirectDescriptors
    ) {
      for index in 0..<16 {
        let flags: UInt16 = index < 15 ? 1 : 0
        $0.describe(
          table: VirtioFixture.buffers, index, VirtioFixture.buffers, 16, flags: flags,
          next: UInt16(index + 1))
      }
      $0.describe($1, 0, VirtioFixture.buffers, 16, flags: 1, next: 1)
      $0.describe($1, 1, VirtioFixture.buffers, 16 * 16, flags: 4)
      $0.offer($1, 0)
    },
  ]

  @Test(arguments: table) func `breaks the device and nothing else`(_ hostile: Hostile) {
    let fixture = VirtioFixture()
    fixture.start(hostile.features)
    hostile.spoil(fixture, hostile.queue)

    let isServed =
      hostile.queue == 0
      ? fixture.device.canReceive(pair: 0)
      : fixture.device.transmit(pair: 0, limit: 8, to: fixture.sink) != .stopped

    #expect(!isServed)
    #expect(fixture.device.lastFault?.fault == hostile.fault)
    #expect(fixture.device.lastFault?.queue == hostile.queue)
    #expect(fixture.device.counters.badChains == 1)
    #expect(fixture.device.status.contains(.needsReset))
    #expect(fixture.sink.frames.isEmpty)
    #expect(fixture.usedIndex(hostile.queue) == 0)
    fixture.device.flushInterrupts(to: fixture.interrupts)
    #expect(fixture.interrupts.queues == [-1])
  }

  @Test(arguments: table) func `a reset makes it work again`(_ hostile: Hostile) {
    let fixture = VirtioFixture()
    fixture.start(hostile.features)
    hostile.spoil(fixture, hostile.queue)
    _ = fixture.device.canReceive(pair: 0)
    _ = fixture.device.transmit(pair: 0, limit: 8, to: fixture.sink)
    fixture.device.setStatus([])
    fixture.setAvailableIndex(0, 0)
    fixture.setAvailableIndex(1, 0)
    fixture.start()
    fixture.queueFrame(1, 0, numbered(1))
    #expect(fixture.device.transmit(pair: 0, limit: 8, to: fixture.sink) == .drained)
    #expect(fixture.sink.frames.count == 1)
  }

  @Test(arguments: [17, 1000, 4096, 65_536])
  func `an indirect table may be longer than the ring`(entries: Int) {
    let fixture = VirtioFixture()
    fixture.start(.indirectDescriptors)
    let table = VirtioFixture.base
    let frame = Array(repeating: UInt8(0), count: 12) + numbered(4)
    // The table may be all of memory: rings and buffers lie behind its first entries.
    guard UInt64(entries) * 16 <= UInt64(VirtioFixture.byteCount) else { return }
    let content = VirtioFixture.buffers + 0x70000
    fixture.put(frame, at: content)
    fixture.describe(1, 0, table, UInt32(entries) * 16, flags: 4)
    fixture.describe(table: table, 0, content, 20, flags: 1, next: 16)
    fixture.describe(table: table, 16, content + 20, UInt32(frame.count - 20))
    fixture.offer(1, 0)
    #expect(fixture.device.transmit(pair: 0, limit: 1, to: fixture.sink) == .drained)
    #expect(fixture.sink.frames == [frame])
    #expect(fixture.device.lastFault == nil)
  }

  @Test func `a chain of 1024 passes and one of 1025 does not`() {
    for count in [1024, 1025] {
      let fixture = VirtioFixture(size: 1024)
      fixture.start(.indirectDescriptors)
      // One direct buffer, and the rest through an indirect table of up to 1024 entries.
      for index in 0..<(count - 1) {
        fixture.describe(
          table: VirtioFixture.buffers, index, VirtioFixture.buffers + 0x10000, 16,
          flags: index < count - 2 ? 1 : 0, next: UInt16(index + 1))
      }
      fixture.describe(1, 0, VirtioFixture.buffers + 0x10000, 16, flags: 1, next: 1)
      fixture.describe(1, 1, VirtioFixture.buffers, UInt32(count - 1) * 16, flags: 4)
      fixture.offer(1, 0)
      let outcome = fixture.device.transmit(pair: 0, limit: 8, to: fixture.sink)
      #expect(outcome == (count == 1024 ? .drained : .stopped))
      #expect(fixture.device.lastFault?.fault == (count == 1024 ? nil : .chainTooLong))
    }
  }

  @Test func `a buffer over the ring itself is caught`() {
    let fixture = VirtioFixture()
    fixture.start(.mergeableBuffers)
    // The first buffer lies over the second descriptor: the frame makes it a shorter one.
    fixture.describe(0, 0, fixture.descriptors(0) + 16, 24, flags: 2)
    fixture.describe(0, 1, VirtioFixture.buffers, 2048, flags: 2)
    fixture.offer(0, 0)
    fixture.offer(0, 1)
    let result = fixture.receive(Array(repeating: 0, count: 12 + 1000))
    #expect(result == .dropped(.notReady))
    #expect(fixture.device.counters.badChains == 1)
    #expect(fixture.usedIndex(0) == 0)
  }

  struct Misplaced: CustomTestStringConvertible, Sendable {
    let testDescription: String
    var size: UInt16 = 16
    var descriptors = VirtioFixture.base
    var available = VirtioFixture.base + 0x4000
    var used = VirtioFixture.base + 0x5000
  }

  @Test(arguments: [
    Misplaced(testDescription: "size 0", size: 0),
    Misplaced(testDescription: "size 3", size: 3),
    Misplaced(testDescription: "size 2048", size: 2048),
    Misplaced(testDescription: "table unaligned", descriptors: VirtioFixture.base + 8),
    Misplaced(testDescription: "table outside", descriptors: VirtioFixture.end - 240),
    Misplaced(testDescription: "table before", descriptors: 0),
    Misplaced(testDescription: "table wraps", descriptors: UInt64.max - 15),
    Misplaced(testDescription: "available odd", available: VirtioFixture.base + 0x4001),
    Misplaced(testDescription: "available outside", available: VirtioFixture.end - 36),
    Misplaced(testDescription: "used unaligned", used: VirtioFixture.base + 0x5002),
    Misplaced(testDescription: "used outside", used: VirtioFixture.end - 132),
  ]) func `a ring that is not in memory is not taken`(_ ring: Misplaced) {
    let fixture = VirtioFixture()
    fixture.device.setStatus([.acknowledge, .driver])
    fixture.device.setQueue(
      0, size: ring.size, descriptors: ring.descriptors, available: ring.available,
      used: ring.used)
    #expect(!fixture.device.setQueueReady(0))
    #expect(fixture.device.lastFault?.fault == .layout)
    #expect(fixture.device.status.contains(.needsReset))
  }

  @Test func `rings full of noise never trap`() {
    var seed = Generator(seed: 1)
    for round in 0..<400 {
      let fixture = VirtioFixture(
        size: [1, 2, 16, 1024][round % 4], pairs: 2,
        headerByteCount: round % 2 == 0 ? 12 : 0)
      fixture.start([.indirectDescriptors, .mergeableBuffers, .controlQueue, .multiqueue])
      seed.litter(fixture)
      for queue in 0..<5 {
        fixture.setAvailableIndex(queue, UInt16(truncatingIfNeeded: seed.next() % 4))
      }
      for pair in 0..<2 {
        _ = fixture.device.notify(queue: 4)
        if fixture.device.canReceive(pair: pair) {
          #expect(fixture.receive(numbered(round, byteCount: 1526), pair: pair) != .noBuffer)
        }
        _ = fixture.device.transmit(pair: pair, limit: 4, to: fixture.sink)
      }
      #expect(fixture.device.counters.badChains <= 1)
    }
  }
}

extension Generator {
  /// Fills all tables with descriptors that are half right, and the available rings with heads.
  mutating func litter(_ fixture: VirtioFixture) {
    for queue in 0..<5 {
      for index in 0..<Int(fixture.size) {
        let isNear = next() % 8 != 0
        let address = isNear ? VirtioFixture.base + next() % (1 << 20) : next()
        let length =
          next() % 8 == 0 ? UInt32(truncatingIfNeeded: next()) : UInt32(next() % 128) * 16
        fixture.describe(
          queue, index, address, length, flags: UInt16(next() % 8),
          next: UInt16(truncatingIfNeeded: next() % (UInt64(fixture.size) + 1)))
        let place = fixture.available(queue) + 4 + UInt64(index) * 2
        try! fixture.memory.storeUInt16(UInt16(next() % UInt64(fixture.size)), at: place)
      }
    }
  }
}
