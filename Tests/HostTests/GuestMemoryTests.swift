import BatonCore
import BatonNet
import BatonTesting
import Testing

@testable import BatonHost

/// The software guest when somebody else writes into its memory: it goes on or goes quiet, and
/// nothing outside of its area is touched.
@Suite(.timeLimit(.minutes(15))) struct GuestMemoryTests {
  private static let layout = GuestLayout(pairs: 1, queueSize: 256, bufferByteCount: 2048)

  @Test(arguments: [256, 0x21a8, 0x7fff, 0xffff] as [UInt16])
  func `a free list that leads out of the table costs one answer`(head: UInt16) throws {
    let world = try GuestWorld()
    let place = UInt64(Self.layout.pair(0) + SoftwareGuest.PairField.freeHead.rawValue)
    try world.memory.storeUInt16(head, at: world.memory.regions[0].guestAddress + place)
    world.send(Frames.probe(1))
    world.settle()
    #expect(world.outgoing.isEmpty)
    #expect(world.guest.counters.errors == 1)
    #expect(world.guest.traffic(pair: 0) == (1, 0))

    try world.guest.boot(ipv4: GuestWorld.ipv4)
    world.send(Frames.probe(2))
    world.settle()
    #expect(world.outgoing.map(\.frame) == [Frames.echo(2)])
  }

  @Test func `buffers that come back are used when the free list is lost`() throws {
    let world = try GuestWorld()
    world.room = 0
    for number in 1...3 { world.send(Frames.probe(UInt64(number))) }
    world.settle()
    let place = UInt64(Self.layout.pair(0) + SoftwareGuest.PairField.freeHead.rawValue)
    try world.memory.storeUInt16(0xffff, at: world.memory.regions[0].guestAddress + place)
    for number in 4...9 { world.send(Frames.probe(UInt64(number))) }
    world.settle()
    world.room = Int.max
    world.settle()
    // The fourth found the list broken; the others waited for the three buffers on their way.
    let answered: [UInt64] = [1, 2, 3, 5, 6, 7, 8, 9]
    #expect(world.outgoing.map(\.frame) == answered.map { Frames.echo($0) })
    #expect(world.guest.counters.errors == 1)
  }

  /// Every 16-bit number of a pair, with what it must not be.
  @Test(arguments: [0, 2, 4, 6, 8, 10], [0, 1, 255, 256, 0x7fff, 0x8000, 0xffff] as [UInt16])
  func `no number of a pair is trusted`(field: Int, value: UInt16) throws {
    let world = try GuestWorld()
    for number in 1...300 { world.send(Frames.probe(UInt64(number))) }
    world.room = 200
    world.settle()
    let place = UInt64(Self.layout.pair(0) + field)
    try world.memory.storeUInt16(value, at: world.memory.regions[0].guestAddress + place)
    world.room = 2000
    for number in 1...300 { world.send(Frames.probe(UInt64(number))) }
    for _ in 0..<50 {
      world.roundOfNoise()
      _ = world.guest.step(queue: 0)
      _ = world.guest.step(queue: 1)
    }
    try world.guest.boot(ipv4: GuestWorld.ipv4)
    world.incoming[0] = []
    world.outgoing = []
    // A guest that believes in more frames than came has sent as many answers, for which there was
    // no room in the end.
    world.room = 1
    world.send(Frames.probe(9))
    world.settle()
    #expect(world.outgoing.map(\.frame) == [Frames.echo(9)])
  }

  @Test func `noise in the whole of its memory never traps`() throws {
    var random = Generator(seed: 7)
    for _ in 0..<100 {
      let world = try GuestWorld(pairs: 2, byteCount: 1 << 20)
      let base = world.memory.regions[0].guestAddress
      let end = UInt64(world.memory.byteCount)
      // Most of it where numbers stand that lead somewhere: state, pairs, rings.
      for _ in 0..<64 {
        let place = random.next() % (random.next() % 4 == 0 ? end - 8 : 0x6000)
        try world.memory.storeUInt16(UInt16(truncatingIfNeeded: random.next()), at: base + place)
      }
      for number in 1...20 {
        world.send(Frames.probe(UInt64(number)), pair: number % 2)
        world.roundOfNoise()
        for queue in 0..<4 { _ = world.guest.step(queue: queue) }
      }
      try? world.guest.attach()
      try world.guest.boot(ipv4: GuestWorld.ipv4)
      world.incoming = [[], []]
      world.outgoing = []
      world.send(Frames.probe(9), pair: 1)
      world.settle()
      #expect(world.outgoing.map(\.frame) == [Frames.echo(9)])
    }
  }
}
