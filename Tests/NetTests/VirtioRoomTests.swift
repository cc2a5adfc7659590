import BatonCore
import BatonTesting
import Testing

@testable import BatonNet

/// For how many buffers the device waits, whatever ring the guest has and whenever it refills.
@Suite(.timeLimit(.minutes(15))) struct VirtioRoomTests {
  /// Sends short frames to a guest that gives all its buffers anew once `refill` of them are used.
  private func frames(
    size: UInt16, buffer: UInt32, refill: Int, features: VirtioFeatures, sent: Int = 400
  ) -> Int {
    let fixture = VirtioFixture(size: size, offloads: .offloads)
    fixture.start(features.union([.mergeableBuffers]))
    for index in 0..<Int(size) {
      fixture.describe(
        0, index, VirtioFixture.buffers + UInt64(index) * 2048, buffer,
        flags: VirtioFixture.write)
      fixture.offer(0, UInt16(index))
    }
    let frame = Array(repeating: UInt8(0), count: 12) + numbered(1)
    var (delivered, seen) = (0, UInt16(0))
    while delivered < sent, fixture.device.canReceive(pair: 0) {
      guard fixture.receive(frame) == .delivered else { return delivered }
      delivered += 1
      let used = fixture.usedIndex(0) &- seen
      guard Int(used) >= refill else { continue }
      for place in 0..<used {
        let entry = fixture.usedEntry(0, Int((seen &+ place) % size))
        fixture.offer(0, UInt16(entry[0]))
      }
      seen = fixture.usedIndex(0)
    }
    return delivered
  }

  @Test(
    arguments: [1, 2, 4, 16, 32, 64, 128, 256] as [UInt16],
    [128, 1536, 2048] as [UInt32])
  func `a guest that refills at half is never left waiting`(size: UInt16, buffer: UInt32) {
    for features in [[], [.guestCsum, .guestTSO4], [.guestCsum, .guestUFO]] as [VirtioFeatures] {
      let refill = max(1, Int(size) / 2)
      #expect(frames(size: size, buffer: buffer, refill: refill, features: features) == 400)
    }
  }

  /// As the TAP's driver does: the kernel puts a frame into the guest's buffer, and what is too
  /// long for it into another one, where it is put together.
  private func receiveDirectly(_ frame: [UInt8], _ device: VirtioNet) -> Bool {
    guard let room = device.room(pair: 0) else {
      frame.withUnsafeBytes { device.take(frame: $0, pair: 0) }
      device.showReceived(pair: 0)
      return false
    }
    room.copyBytes(from: frame.prefix(room.count))
    if frame.count > room.count {
      frame.withUnsafeBytes { device.take(frame: $0, pair: 0) }
    } else {
      device.took(byteCount: frame.count, pair: 0)
    }
    device.showReceived(pair: 0)
    return true
  }

  @Test(
    arguments: [[], .mergeableBuffers, [.mergeableBuffers, .guestCsum, .guestTSO4]]
      as [VirtioFeatures], [64, 200, 1536, 2048] as [UInt32])
  func `a frame read into the guest's buffer arrives as one that is copied`(
    features: VirtioFeatures, buffer: UInt32
  ) {
    var random = Generator(seed: UInt64(buffer))
    let fixtures = (0..<2).map { _ in VirtioFixture(size: 64, offloads: .offloads) }
    for fixture in fixtures {
      fixture.start(features)
      fixture.fillReceive(0, byteCount: buffer)
    }
    var (directCount, seen) = (0, UInt16(0))
    for number in 0..<120 {
      let length = [0, 13, 14, 60, 500, 1500][Int(random.next() % 6)]
      var frame = [UInt8](repeating: 0, count: 12) + numbered(number, byteCount: length)
      (frame[0], frame[1]) = (UInt8(random.next() % 3), [0, 0, 1, 3, 9][Int(random.next() % 5)])
      let (copying, direct) = (fixtures[0], fixtures[1])
      let isReady = copying.device.canReceive(pair: 0)
      #expect(direct.device.canReceive(pair: 0) == isReady)
      if isReady {
        _ = copying.receive(frame)
        if receiveDirectly(frame, direct.device) { directCount += 1 }
      }
      for reason in DropReason.allCases {
        let drops = fixtures.map { $0.device.counters.received[reason] }
        #expect(drops[0] == drops[1])
      }
      let sums = fixtures.map { $0.device.counters.received }
      #expect(sums[0].frames == sums[1].frames && sums[0].bytes == sums[1].bytes)
      #expect(copying.usedIndex(0) == direct.usedIndex(0))
      while seen != direct.usedIndex(0) {
        let entry = direct.usedEntry(0, Int(seen % 64))
        #expect(copying.usedEntry(0, Int(seen % 64)) == entry)
        let address = VirtioFixture.buffers + UInt64(entry[0]) * 2048
        #expect(copying.read(address, Int(entry[1])) == direct.read(address, Int(entry[1])))
        for fixture in fixtures { fixture.offer(0, UInt16(entry[0])) }
        seen &+= 1
      }
    }
    #expect(directCount > 20 && seen > 0)
  }

  @Test func `what was seen of a ring does not outlive it`() {
    let fixture = VirtioFixture(size: 16)
    fixture.start(.mergeableBuffers)
    fixture.fillReceive(0, byteCount: 2048)
    #expect(fixture.device.canReceive(pair: 0))
    fixture.device.stopQueue(0)
    #expect(fixture.device.room(pair: 0) == nil && !fixture.device.canReceive(pair: 0))
    fixture.device.took(byteCount: 60, pair: 0)
    #expect(fixture.device.counters.received.frames == 0 && fixture.usedIndex(0) == 0)
  }

  @Test func `a guest that takes its buffer back while it is looked at gets no frame in it`() {
    let fixture = VirtioFixture(size: 16, offloads: .offloads)
    fixture.start([.mergeableBuffers, .guestCsum, .guestTSO4])
    fixture.fillReceive(0, byteCount: 2048)
    let frame = [UInt8](repeating: 0, count: 12) + numbered(1)
    #expect(fixture.device.canReceive(pair: 0) && receiveDirectly(frame, fixture.device))
    // The next one was looked at; now it lies outside of memory.
    fixture.describe(0, 1, VirtioFixture.end, 2048, flags: 2)
    #expect(fixture.device.canReceive(pair: 0))
    #expect(fixture.device.room(pair: 0) == nil)
    #expect(fixture.device.lastFault?.fault == .bufferOutsideMemory)
  }

  @Test func `with half of the ring used up the longest frame is waited for`() {
    let fixture = VirtioFixture(size: 64, offloads: .offloads)
    fixture.start([.mergeableBuffers, .guestCsum, .guestTSO4])
    for index in 0..<31 {
      fixture.describe(
        0, index, VirtioFixture.buffers + UInt64(index) * 2048, 2048, flags: 2)
      fixture.offer(0, UInt16(index))
    }
    #expect(!fixture.device.canReceive(pair: 0))
    fixture.describe(0, 31, VirtioFixture.buffers + 31 * 2048, 2048, flags: 2)
    fixture.offer(0, 31)
    #expect(fixture.device.canReceive(pair: 0))
  }

  @Test(arguments: [2, 4, 8]) func `a ring full of long chains is full`(length: Int) {
    let fixture = VirtioFixture()
    fixture.start(.mergeableBuffers)
    for chain in 0..<(16 / length) {
      for part in 0..<length {
        let index = chain * length + part
        fixture.describe(
          0, index, VirtioFixture.buffers + UInt64(index) * 64, 32,
          flags: part < length - 1 ? 3 : 2, next: UInt16(index + 1))
      }
      fixture.offer(0, UInt16(chain * length))
    }
    #expect(fixture.device.canReceive(pair: 0))
    let header = Array(repeating: UInt8(0), count: 12)
    #expect(fixture.receive(header + numbered(1, byteCount: 400)) == .delivered)
  }

  @Test func `long indirect chains do not fill a ring`() {
    let fixture = VirtioFixture()
    fixture.start([.mergeableBuffers, .indirectDescriptors])
    let table = VirtioFixture.buffers + 0x20000
    for part in 0..<8 {
      fixture.describe(
        table: table, part, VirtioFixture.buffers + UInt64(part) * 64, 32,
        flags: part < 7 ? 3 : 2, next: UInt16(part + 1))
    }
    for chain in 0..<2 {
      fixture.describe(0, chain, table, 128, flags: 4)
      fixture.offer(0, UInt16(chain))
    }
    // Two of sixteen entries: the guest will give more.
    #expect(!fixture.device.canReceive(pair: 0))
  }
}
