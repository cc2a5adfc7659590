import BatonCore
import Testing

@testable import BatonNet

/// When one side calls the other: flags, event indices, and what a look after the wish is for.
@Suite(.timeLimit(.minutes(15))) struct VirtioEventTests {
  /// From one index to another, past an event or not (virtio 1.2, 2.7.10.1).
  static let steps: [(old: UInt16, new: UInt16, event: UInt16, isPassed: Bool)] = [
    (0, 1, 0, true), (0, 1, 1, false), (0, 1, .max, false), (0, 0, 0, false), (3, 7, 2, false),
    (3, 7, 3, true), (3, 7, 6, true), (3, 7, 7, false), (.max, 1, .max, true), (.max, 1, 0, true),
    (.max, 1, 1, false), (.max, 1, .max - 1, false),
  ]

  @Test(arguments: steps.indices) func `a step passes the places from the old index on`(
    index: Int
  ) {
    let step = Self.steps[index]
    #expect(passes(step.event, from: step.old, to: step.new) == step.isPassed)
  }

  /// The ring of the receive queue by itself, of a driver that runs.
  private func ring(_ fixture: VirtioFixture) -> SplitRing {
    fixture.start([.eventIndex])
    fixture.fillReceive(0, byteCount: 2048)
    return fixture.device.ring(0)
  }

  /// Places behind the entries: where the guest says what it wants to hear of, and the device.
  private func usedEvent(_ fixture: VirtioFixture) -> UInt64 {
    fixture.available(0) + 4 + 2 * UInt64(fixture.size)
  }

  private func availableEvent(_ fixture: VirtioFixture) -> UInt64 {
    fixture.used(0) + 4 + 8 * UInt64(fixture.size)
  }

  @Test func `a bell is awaited for a place, and not for what is there already`() throws {
    let fixture = VirtioFixture()
    let ring = ring(fixture)
    #expect(!ring.awaitBell(from: 15, usesEventIndex: true))
    #expect(ring.awaitBell(from: 16, usesEventIndex: true))
    #expect(try fixture.memory.loadUInt16(at: availableEvent(fixture)) == 16)
    #expect(ring.awaitBell(from: 15, usesEventIndex: false))
  }

  @Test func `who has not asked yet interrupts, and then for the place alone`() throws {
    let fixture = VirtioFixture()
    var ring = ring(fixture)
    try fixture.memory.storeUInt16(2, at: usedEvent(fixture))
    var (told, asks): ([Bool], [Bool]) = ([], [])
    for head in 0..<4 as Range<UInt16> {
      ring.complete(head: head, byteCount: 0)
      // What was shown since is asked for once.
      asks += [ring.publish(), ring.publish()]
      told.append(ring.wantsInterrupt(usesEventIndex: true))
    }
    #expect(asks == [true, false, true, false, true, false, true, false])
    #expect(told == [true, false, true, false])
  }
}
