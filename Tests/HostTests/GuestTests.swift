import BatonCore
import BatonNet
import Testing

@testable import BatonHost

/// The software guest on its device, and on the next one.
@Suite(.timeLimit(.minutes(15))) struct GuestTests {
  @Test(arguments: [nil, [7]] as [[CInt]?])
  func `a machine that is made anew owns no descriptor that was given`(fds: [CInt]?) {
    var options = NetDevice.Options(tap: TapOptions(), mac: MACAddress(bits: 0x5254_0000_0001))
    (options.tap.fds, options.tap.vhostFDs) = (fds, [8])
    var configuration = MachineConfiguration(
      name: "A", memoryByteCount: 1 << 24, nics: [.init(id: "net0", options: options, ipv4: 1)])
    configuration.forgetDescriptors()
    #expect(configuration.nics[0].options.tap.fds == fds.map { _ in [] })
    #expect(configuration.nics[0].options.tap.vhostFDs == [])
  }

  @Test(arguments: [0, 12]) func `answers through the rings`(headerByteCount: Int) throws {
    let world = try GuestWorld(headerByteCount: headerByteCount)
    world.send(Frames.arp())
    world.send(
      Frames.ethernet(
        type: 0x0800, Frames.ipv4(protocol: 1, Frames.icmp(type: 8, [0, 1, 0, 1]))))
    world.send(Frames.probe(77))
    world.send([0] + Frames.probe(78)[1...])
    world.send(Array(Frames.probe(79).dropLast()))
    world.settle()
    #expect(world.outgoing.count == 3)
    #expect(world.outgoing[2].frame == Frames.echo(77))
    let counters = world.guest.counters
    #expect(counters.framesIn == 5)
    #expect(counters.framesOut == 3)
    #expect([counters.arp, counters.icmp, counters.udp] == [1, 1, 1])
    #expect(counters.lastSequence == 77)
    #expect(counters.ignored == 1)
    #expect(counters.errors == 1)
    #expect(world.guest.mac == GuestWorld.mac)
    #expect(world.guest.ipv4 == GuestWorld.ipv4)
  }

  @Test func `rings for every chain without event indices`() throws {
    let world = try GuestWorld(pairs: 2, wantsEventIndex: false)
    world.send(Frames.probe(1), pair: 1)
    world.settle()
    #expect(world.takeKicks(pair: 1) == [.transmit, .receive])
    world.send([0] + Frames.probe(2)[1...], pair: 1)
    world.settle()
    #expect(world.takeKicks(pair: 1) == [.receive])
    #expect(world.takeKicks(pair: 0) == [])
    #expect(world.guest.step(queue: 4) == [])
    #expect(world.guest.step(queue: -1) == [])
  }

  @Test func `rings only for what the device waits for with event indices`() throws {
    let world = try GuestWorld(pairs: 2)
    world.send(Frames.probe(1), pair: 1)
    world.settle()
    // The device has buffers left, and had sent all that there was.
    #expect(world.takeKicks(pair: 1) == .transmit)
    world.room = 0
    for number in 2...3 { world.send(Frames.probe(UInt64(number)), pair: 1) }
    world.round()
    #expect(world.takeKicks(pair: 1) == .transmit)
    // It holds frames back and comes by itself.
    world.send(Frames.probe(4), pair: 1)
    world.settle()
    #expect(world.takeKicks(pair: 1) == [])
    // Without a buffer left it waits for one.
    for number in 5...600 { world.send(Frames.probe(UInt64(number)), pair: 1) }
    world.settle()
    #expect(!world.device.canReceive(pair: 1))
    #expect(world.takeKicks(pair: 1) == [])
    world.room = 1
    world.round()
    world.settle()
    #expect(world.takeKicks(pair: 1).contains(.receive))
  }

  @Test func `asks for as many pairs as it was told`() throws {
    let world = try GuestWorld(pairs: 4)
    #expect(world.device.activePairs == 4)
    let guest = try SoftwareGuest(memory: world.memory, device: world.device)
    try guest.boot(ipv4: GuestWorld.ipv4, pairs: 3)
    #expect(world.device.activePairs == 3)
    #expect(world.device.canReceive(pair: 2))
    #expect(!world.device.canReceive(pair: 3))
    try guest.boot(ipv4: GuestWorld.ipv4, pairs: 1)
    #expect(world.device.activePairs == 1)
    #expect(world.device.acceptedFeatures == [.version1, .mac, .status, .eventIndex])
  }

  /// Sends probes at uneven speed into a kernel that has room now and then, and moves meanwhile.
  private func run(pairs: Int, probes: UInt64, moves: Int) throws -> GuestWorld {
    let world = try GuestWorld(pairs: pairs)
    let moveEvery = moves == 0 ? UInt64.max : probes / UInt64(moves + 1)
    for number in 1...probes {
      world.send(Frames.probe(number), pair: Int(number) % pairs)
      if number % 50 == 0 {
        world.room = Int(number / 50 % 3) * 40
        world.round(limit: 1 + Int(number % 70))
      }
      if number % moveEvery == 0 {
        world.room = 3
        world.round()
        // Frames wait in the guest's rings at this moment, unless they did not in any pair.
        #expect((0..<pairs).contains { world.device.hasFramesToTransmit(pair: $0) })
        try world.move()
      }
    }
    world.room = Int.max
    world.settle()
    return world
  }

  @Test(arguments: [1, 4], [0, 1, 7])
  func `10 000 probes come back once, in order and unchanged`(pairs: Int, moves: Int) throws {
    let world = try run(pairs: pairs, probes: 10_000, moves: moves)
    var next = (0..<pairs).map { UInt64($0 == 0 ? pairs : $0) }
    for (pair, frame) in world.outgoing {
      guard frame == Frames.echo(next[pair]) else {
        Issue.record("pair \(pair) does not go on with \(next[pair])")
        return
      }
      next[pair] += UInt64(pairs)
    }
    #expect(world.outgoing.count == 10_000)
    #expect(world.guest.counters.udp == 10_000)
    #expect(world.guest.counters.framesIn == 10_000)
    #expect(world.guest.counters.errors == 0)
    for pair in 0..<pairs {
      #expect(world.guest.traffic(pair: pair) == (UInt64(10_000 / pairs), UInt64(10_000 / pairs)))
    }
    #expect(world.device.counters.received.dropped == 0)
    #expect(world.device.counters.badChains == 0)
  }

  @Test func `a kernel without room holds the guest back, and nothing is lost`() throws {
    let world = try GuestWorld()
    world.room = 0
    for number in 1...2000 { world.send(Frames.probe(UInt64(number))) }
    world.settle()
    // Both rings are full, and the rest waits in the kernel.
    #expect(world.outgoing.isEmpty)
    #expect(world.incoming[0].count == 2000 - 2 * 256)
    #expect(!world.device.canReceive(pair: 0))
    try world.move()
    world.settle()
    #expect(world.outgoing.isEmpty)
    world.room = Int.max
    world.settle()
    #expect(world.outgoing.map(\.frame) == (1...2000).map { Frames.echo($0) })
  }

  @Test func `an interrupt that was pending at the move is raised by the target`() throws {
    let world = try GuestWorld()
    let frame = Array(repeating: 0, count: 12) + Frames.probe(1)
    let delivery = frame.withUnsafeBytes { world.device.receive(frame: $0, pair: 0) }
    #expect(delivery == .delivered)
    try world.move()
    #expect(world.guest.counters.framesIn == 0)
    world.settle()
    #expect(world.outgoing.map(\.frame) == [Frames.echo(1)])
  }

  @Test func `another object over the same memory knows the same`() throws {
    let world = try GuestWorld(pairs: 4)
    for number in 1...100 { world.send(Frames.probe(UInt64(number)), pair: number % 4) }
    world.settle()
    let before = world.guest.counters
    try world.move()
    #expect(world.guest.counters == before)
    #expect(world.guest.pairs == 4)
    #expect(world.guest.traffic(pair: 1) == (25, 25))
    #expect(world.guest.traffic(pair: 4) == (0, 0))
  }

  @Test func `frames of a large MTU fit`() throws {
    let world = try GuestWorld(mtu: 9000)
    world.send(Frames.probe(1, extra: 8900))
    world.settle()
    #expect(world.outgoing.map(\.frame) == [Frames.echo(1, extra: 8900)])
  }

  @Test func `queues are as long as the memory allows`() throws {
    let world = try GuestWorld(pairs: 1, byteCount: 128 << 10)
    for number in 1...100 { world.send(Frames.probe(UInt64(number))) }
    world.settle()
    #expect(world.outgoing.count == 100)
    #expect(throws: GuestError.areaTooSmall(pairs: 1, byteCount: 32 << 10)) {
      _ = try GuestWorld(pairs: 1, byteCount: 32 << 10)
    }
  }

  @Test func `64 MiB hold a guest with 256 pairs`() throws {
    let world = try GuestWorld(pairs: 256, byteCount: 64 << 20)
    #expect(world.device.activePairs == 256)
    for pair in 0..<256 { world.send(Frames.probe(UInt64(pair)), pair: pair) }
    world.settle()
    #expect(world.outgoing.map(\.pair) == Array(0..<256))
    try world.move()
    world.send(Frames.probe(9), pair: 255)
    world.settle()
    #expect(world.outgoing.last?.pair == 255)
  }

  @Test func `two guests share one memory`() throws {
    let world = try GuestWorld()
    let base = world.memory.regions[0].guestAddress
    for (start, address) in [(0, UInt32(1)), (4 << 20, 2)] {
      let device = VirtioNet(memory: world.memory, configuration: world.device.configuration)
      let guest = try SoftwareGuest(
        memory: world.memory, device: device, at: base + UInt64(start), byteCount: 4 << 20)
      try guest.boot(ipv4: address)
      #expect(guest.ipv4 == address)
    }
    let first = try SoftwareGuest(
      memory: world.memory, device: world.device, at: base, byteCount: 4 << 20)
    try first.attach()
    #expect(first.ipv4 == 1)
  }

  @Test func `attach refuses what is not this guest`() throws {
    let world = try GuestWorld()
    let base = world.memory.regions[0].guestAddress
    let guest = try SoftwareGuest(memory: world.memory, device: world.device)
    // Magic, version, area, pairs, queue size, buffer size.
    for (offset, value) in [0, 7, 1 << 20, 2, 100, 1].enumerated() {
      let field = base + UInt64(offset) * 8
      let saved = try world.memory.loadUInt64(at: field)
      try world.memory.storeUInt64(UInt64(value), at: field)
      let error = #expect(throws: GuestError.self) { try guest.attach() }
      let isNoGuest = error == .noGuest(found: 0)
      #expect(isNoGuest == (offset == 0))
      try world.memory.storeUInt64(saved, at: field)
    }
    try world.memory.storeUInt64(60_000, at: base + 40)
    #expect(throws: GuestError.self) { try guest.attach() }
    #expect(throws: GuestError.areaOutsideMemory) {
      try SoftwareGuest(memory: world.memory, device: world.device, at: base + 1)
    }
    #expect(throws: GuestError.areaOutsideMemory) {
      try SoftwareGuest(memory: GuestMemory(regions: []), device: world.device)
    }
    #expect(throws: GuestError.pairsRefused(asked: 2)) { try guest.boot(ipv4: 1, pairs: 2) }
    #expect(throws: GuestError.pairsRefused(asked: 0)) { try guest.boot(ipv4: 1, pairs: 0) }
  }

  @Test func `used entries that make no sense are counted`() throws {
    let world = try GuestWorld()
    let layout = GuestLayout(pairs: 1, queueSize: 256, bufferByteCount: 2048)
    let base = world.memory.regions[0].guestAddress
    for queue in 0..<2 {
      let used = base + UInt64(layout.used(queue))
      try world.memory.storeUInt32(256, at: used + 4)
      try world.memory.storeUInt16(1, at: used + 2)
      _ = world.guest.step(queue: queue)
    }
    #expect(world.guest.counters.errors == 2)
    // A length beyond the buffer, and one without a whole header.
    let used = base + UInt64(layout.used(0))
    for (place, length) in [UInt32(2049), 11].enumerated() {
      try world.memory.storeUInt32(UInt32(place), at: used + 4 + UInt64(place + 1) * 8)
      try world.memory.storeUInt32(length, at: used + 8 + UInt64(place + 1) * 8)
    }
    try world.memory.storeUInt16(3, at: used + 2)
    _ = world.guest.step(queue: 0)
    #expect(world.guest.counters.errors == 4)
  }
}
