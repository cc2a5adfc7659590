import BatonCore
import BatonTesting
import Testing

@testable import BatonNet

/// The record that moves with the guest.
@Suite(.timeLimit(.minutes(15))) struct VirtioStateTests {
  /// A device in the middle of its life: two pairs in use, frames through and frames waiting.
  private func busy() -> VirtioFixture {
    let fixture = VirtioFixture(pairs: 2, mtu: 1500)
    fixture.start([.controlQueue, .multiqueue, .mac, .status, .mergeableBuffers])
    fixture.command([4, 0, 2, 0])
    fixture.device.setLink(isUp: false)
    fixture.device.setLink(isUp: true)
    for pair in 0..<2 {
      fixture.fillReceive(2 * pair, byteCount: 2048)
      #expect(fixture.receive(Array(repeating: 0, count: 72), pair: pair) == .delivered)
      for index in 0..<5 { fixture.queueFrame(2 * pair + 1, index, numbered(index)) }
      fixture.sink.room = 3
      let outcome = fixture.device.transmit(pair: pair, limit: 9, to: fixture.sink)
      #expect(outcome == .blocked)
    }
    return fixture
  }

  @Test func `save, load and save again give the same bytes`() throws {
    let fixture = busy()
    let record = fixture.saved()
    #expect(record.count == fixture.device.savedByteCount)
    fixture.device = fixture.another { $0.mac = MACAddress(2, 0, 0, 0, 0, 9) }
    try load(record, into: fixture.device)
    #expect(fixture.saved() == record)
    #expect(fixture.device.configuration.mac == MACAddress(0x52, 0x54, 0, 0, 0, 1))
    #expect(fixture.device.activePairs == 2)
  }

  @Test func `a device in its reset state moves too`() throws {
    let fixture = VirtioFixture(pairs: 2)
    let record = fixture.saved()
    fixture.device = fixture.another()
    try load(record, into: fixture.device)
    #expect(fixture.saved() == record)
    fixture.start()
    #expect(fixture.device.isRunning)
  }

  @Test func `a broken device moves as it is`() throws {
    let fixture = busy()
    fixture.setAvailableIndex(1, 1000)
    _ = fixture.device.transmit(pair: 0, limit: 1, to: fixture.sink)
    let record = fixture.saved()
    fixture.device = fixture.another()
    try load(record, into: fixture.device)
    #expect(fixture.saved() == record)
    #expect(!fixture.device.isRunning)
  }

  @Test func `what waited is sent by the target and interrupts are not lost`() throws {
    let fixture = busy()
    fixture.device = {
      let next = fixture.another()
      try! load(fixture.saved(), into: next)
      return next
    }()
    fixture.device.flushInterrupts(to: fixture.interrupts)
    #expect(fixture.interrupts.queues.sorted() == [-1, 0, 1, 2, 3, 4])
    fixture.sink.room = nil
    for pair in 0..<2 {
      #expect(fixture.device.hasFramesToTransmit(pair: pair))
      #expect(fixture.device.transmit(pair: pair, limit: 9, to: fixture.sink) == .drained)
      let sent = zip(fixture.sink.pairs, fixture.sink.frames).filter { $0.0 == pair }.map(\.1)
      #expect(sent == (0..<5).map { Array(repeating: 0, count: 12) + numbered($0) })
    }
  }

  @Test func `the layout of the record is fixed`() {
    let fixture = VirtioFixture(mtu: 0x0605)
    fixture.start([.mac])
    fixture.queueFrame(1, 0, numbered(0))
    _ = fixture.device.transmit(pair: 0, limit: 1, to: fixture.sink)
    let head: [UInt8] = [
      0x42, 0x56, 0x4e, 0x54, 2, 0, 48, 0, 112, 0, 0, 0, 0x0f, 1, 12, 0,
      0x20, 0, 0, 0, 1, 0, 0, 0, 0x52, 0x54, 0, 0, 0, 1, 5, 6,
      1, 0, 1, 0, 2, 0, 32, 0, 0, 0, 0, 0, 0, 0, 0, 0,
    ]
    let receive: [UInt8] = [
      16, 0, 1, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0,
      0, 0x40, 1, 0, 0, 0, 0, 0, 0, 0x50, 1, 0, 0, 0, 0, 0,
    ]
    let transmit: [UInt8] = [
      16, 0, 3, 0, 1, 0, 1, 0, 0, 0x80, 1, 0, 0, 0, 0, 0,
      0, 0xc0, 1, 0, 0, 0, 0, 0, 0, 0xd0, 1, 0, 0, 0, 0, 0,
    ]
    #expect(fixture.saved() == head + receive + transmit)
  }

  @Test func `a state that a later version appended to is loaded as far as it is known`() throws {
    let fixture = busy()
    let record = fixture.saved()
    var grown = Array(record[..<48]) + [0xAA, 0xAA, 0xAA, 0xAA]
    for start in stride(from: 48, to: record.count, by: 32) {
      grown += record[start..<(start + 32)] + [0xBB, 0xBB]
    }
    grown[6] = 52
    grown[38] = 34
    grown[8] = UInt8(grown.count)
    grown[9] = 0
    let target = fixture.another()
    try load(grown, into: target)
    #expect(fixture.saved(target) == record)
  }

  // MARK: Refusals

  struct Change: CustomTestStringConvertible, Sendable {
    let at: Int
    let to: [UInt8]
    let error: VirtioNet.LoadError
    let text: String
    var testDescription: String { text }

    init(_ at: Int, _ to: [UInt8], _ error: VirtioNet.LoadError, _ text: String) {
      (self.at, self.to, self.error, self.text) = (at, to, error, text)
    }
  }

  @Test(arguments: [
    Change(
      0, [0], .init(.magic, expected: 0x544e_5642, found: 0x544e_5600),
      "magic: 0x544e5642 here, 0x544e5600 in the stream"),
    Change(
      4, [3], .init(.version, expected: 2, found: 3),
      "version of the virtio-net state: 2 here, 3 in the stream"),
    Change(
      6, [47], .init(.byteCount, expected: 48, found: 47),
      "length of the virtio-net state in bytes: 48 here, 47 in the stream"),
    Change(
      38, [31], .init(.byteCount, expected: 32, found: 31),
      "length of the virtio-net state in bytes: 32 here, 31 in the stream"),
    Change(
      8, [200], .init(.byteCount, expected: 208, found: 200),
      "length of the virtio-net state in bytes: 208 here, 200 in the stream"),
    Change(
      12, [0x10], .init(.status, expected: 0xcb, found: 0x10),
      "device status: at most the bits 0xcb here, 0x10 in the stream"),
    Change(
      12, [0x07], .init(.status, expected: 0xcb, found: 0x07),
      "device status: at most the bits 0xcb here, 0x7 in the stream"),
    Change(
      13, [4], .init(.flags, expected: 3, found: 4),
      "flags: at most the bits 0x3 here, 0x4 in the stream"),
    Change(
      14, [0], .init(.headerByteCount, expected: 12, found: 0),
      "length of the TAP's virtio-net header in bytes: 12 here, 0 in the stream"),
    Change(
      16, [0, 0, 1, 0, 2], .init(.features, expected: 0x1_3043_8028, found: 0x2_0001_0000),
      "features: at most the bits 0x130438028 here, 0x200010000 in the stream"),
    Change(
      24, [1], .init(.mac, expected: 0x5254_0000_0001, found: 0x0154_0000_0001),
      "MAC address: 52:54:00:00:00:01 here, 01:54:00:00:00:01 in the stream"),
    Change(
      30, [0x28, 0x23], .init(.mtu, expected: 1500, found: 9000),
      "MTU: 1500 here, 9000 in the stream"),
    Change(
      32, [8], .init(.maxPairs, expected: 2, found: 8),
      "maximum queue pairs: 2 here, 8 in the stream"),
    Change(
      34, [8], .init(.activePairs, expected: 2, found: 8),
      "active queue pairs: at most 2 here, 8 in the stream"),
    Change(
      34, [0], .init(.activePairs, expected: 2, found: 0),
      "active queue pairs: at most 2 here, 0 in the stream"),
    Change(
      36, [4], .init(.queueCount, expected: 5, found: 4), "queues: 5 here, 4 in the stream"),
    Change(
      80, [0, 8], .init(.queueSize, queue: 1, expected: 1024, found: 2048),
      "queue 1, size: at most 1024 here, 2048 in the stream"),
    Change(
      80, [12], .init(.queueSize, queue: 1, expected: 1024, found: 12),
      "queue 1, size: at most 1024 here, 12 in the stream"),
    Change(
      82, [2], .init(.queueFlags, queue: 1, expected: 3, found: 2),
      "queue 1, flags: at most the bits 0x3 here, 0x2 in the stream"),
    Change(
      83, [1], .init(.reserved, queue: 1, expected: 0, found: 1),
      "queue 1, reserved bytes: 0 here, 1 in the stream"),
    Change(
      84, [2], .init(.availableIndex, queue: 1, expected: 3, found: 2),
      "queue 1, available index: 3 here, 2 in the stream"),
    Change(
      86, [9], .init(.usedIndex, queue: 1, expected: 3, found: 9),
      "queue 1, used index: 3 here, 9 in the stream"),
    Change(
      88, [8], .init(.descriptors, queue: 1, expected: 0x110000, found: 0x18008),
      "queue 1, descriptor table: memory up to 0x110000 here, 0x18008 in the stream"),
    Change(
      98, [0x11], .init(.available, queue: 1, expected: 0x110000, found: 0x11c000),
      "queue 1, available ring: memory up to 0x110000 here, 0x11c000 in the stream"),
    Change(
      111, [0xff], .init(.used, queue: 1, expected: 0x110000, found: 0xff00_0000_0001_d000),
      "queue 1, used ring: memory up to 0x110000 here, 0xff0000000001d000 in the stream"),
  ]) func `a difference names the field and both values`(_ change: Change) {
    let fixture = busy()
    var record = fixture.saved()
    record.replaceSubrange(change.at..<(change.at + change.to.count), with: change.to)
    let target = fixture.another()
    let before = fixture.saved(target)
    #expect(throws: change.error) { try load(record, into: target) }
    #expect(change.error.description == change.text)
    #expect(fixture.saved(target) == before)
  }

  @Test func `every other configuration of the target is refused`() {
    let fixture = busy()
    let record = fixture.saved()
    let changes: [(VirtioNet.LoadError.Field, (inout VirtioNet.Configuration) -> Void)] = [
      (.maxPairs, { $0.maxPairs = 1 }), (.maxPairs, { $0.maxPairs = 3 }),
      (.headerByteCount, { $0.headerByteCount = 0 }), (.mtu, { $0.mtu = nil }),
      (.mtu, { $0.mtu = 1400 }), (.queueSize, { $0.queueSizeMax = 8 }),
    ]
    for (field, change) in changes {
      let error = #expect(throws: VirtioNet.LoadError.self) {
        try load(record, into: fixture.another(change))
      }
      #expect(error?.field == field)
    }
  }

  @Test func `memory that is not the guest's is refused`() {
    let fixture = busy()
    let record = fixture.saved()
    let other = VirtioFixture(pairs: 2, mtu: 1500)
    let error = #expect(throws: VirtioNet.LoadError.self) { try load(record, into: other.device) }
    #expect(error?.field == .usedIndex)
  }

  @Test func `every prefix and every longer record is refused`() {
    let fixture = busy()
    let record = fixture.saved()
    for count in 0..<record.count {
      let error = #expect(throws: VirtioNet.LoadError.self) {
        try load(Array(record[..<count]), into: fixture.another())
      }
      #expect(error?.field == .byteCount)
    }
    #expect(throws: VirtioNet.LoadError(.byteCount, expected: 208, found: 209)) {
      try load(record + [0], into: fixture.another())
    }
  }

  @Test func `every wrong byte is refused, or harmless`() {
    let fixture = busy()
    let record = fixture.saved()
    var accepted: Set<Int> = []
    for offset in record.indices {
      for value in UInt8.min...UInt8.max where value != record[offset] {
        var wrong = record
        wrong[offset] = value
        let target = fixture.another()
        let before = fixture.saved(target)
        do {
          try load(wrong, into: target)
          // What was taken is what is said, and the device serves its queues without a trap.
          #expect(fixture.saved(target) == wrong)
          let isNew = accepted.insert(offset).inserted
          if isNew || offset == 12 || offset == 80 { exercise(target, fixture) }
        } catch {
          #expect(fixture.saved(target) == before)
        }
      }
    }
    // Status, link and interrupts, features, MAC, active pairs, generation; per queue its size
    // and flags. All else has one right value, or an address that must be in memory.
    let queues = (0..<5).flatMap { queue in [0, 1, 2].map { 48 + 32 * queue + $0 } }
    let addresses = (0..<5).flatMap { queue in (8..<32).map { 48 + 32 * queue + $0 } }
    let free = Set([12, 13] + Array(16..<30) + [34] + Array(40..<44) + queues + addresses)
    #expect(accepted.isSubset(of: free))
    #expect(accepted.isSuperset(of: [12, 13, 29, 34, 40]))
  }

  @Test func `noise in the record never traps`() {
    var seed = Generator(seed: 2)
    let fixture = busy()
    let record = fixture.saved()
    for _ in 0..<5_000 {
      var wrong = record
      for _ in 0..<(1 + seed.next() % 4) {
        wrong[Int(seed.next() % UInt64(record.count))] = UInt8(truncatingIfNeeded: seed.next())
      }
      let target = fixture.another()
      guard (try? load(wrong, into: target)) != nil else { continue }
      #expect(fixture.saved(target) == wrong)
      exercise(target, fixture)
    }
  }

  /// Uses everything that a loaded device does, over a copy of the guest's memory.
  private func exercise(_ device: VirtioNet, _ fixture: VirtioFixture) {
    let memory = fixture.read(VirtioFixture.base, VirtioFixture.byteCount)
    fixture.sink.room = nil
    for queue in 0..<device.queueCount { _ = device.notify(queue: queue) }
    for pair in 0..<2 {
      _ = device.canReceive(pair: pair)
      numbered(1, byteCount: 100).withUnsafeBytes { _ = device.receive(frame: $0, pair: pair) }
      _ = device.transmit(pair: pair, limit: 100, to: fixture.sink)
    }
    device.flushInterrupts(to: fixture.interrupts)
    fixture.put(memory, at: VirtioFixture.base)
  }
}

extension VirtioFixture {
  func saved(_ device: VirtioNet) -> [UInt8] {
    var record: [UInt8] = []
    device.save(into: &record)
    return record
  }
}
