import BatonCore
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
