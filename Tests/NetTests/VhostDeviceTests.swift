import BatonCore
import Testing

@testable import BatonNet
@testable import BatonProof

/// A device whose rings the kernel serves, against a kernel that behaves as docs/KERNELS.md says.
@Suite(.timeLimit(.minutes(15))) struct VhostDeviceTests {
  @Test func `the kernel moves the frames both ways, and the guest is interrupted`() throws {
    let world = VhostWorld()
    let device = world.device()
    try world.boot(device)
    #expect(device.vhost?.state == .running && world.warnings == [])
    world.fixture.fillReceive(0, byteCount: 2048)
    device.notify(queue: 0)
    for number in 0..<3 { world.deliver(number) }
    world.settle()
    #expect(world.taken() == [0, 1, 2])
    #expect(world.interrupts.queues.contains(0))
    world.fixture.queueFrame(1, 0, Wire.frame(100))
    device.notify(queue: 1)
    world.settle()
    #expect(world.sent == [100] && world.interrupts.queues.contains(1))
    // None of it went through this process.
    let counters = device.virtio?.counters
    #expect(counters?.received.frames == 0 && counters?.transmitted.frames == 0)
    #expect(device.tap.counters.framesRead == 0)
    device.close()
    #expect(world.kernel.openCount == 0)
  }

  @Test func `a guest goes from kernel to kernel, to a process, and back to the kernel`() throws {
    let world = VhostWorld()
    world.fixture.fillReceive(0, byteCount: 2048, count: 12)
    var owner = world.device()
    try world.boot(owner)
    var numbers: [Int] = []
    for (hop, wish) in [TapOptions.VhostWish.wanted, .off, .wanted, .required].enumerated() {
      world.deliver(10 * hop)
      world.fixture.queueFrame(1, 3 * hop, Wire.frame(100 + 10 * hop))
      owner.notify(queue: 1)
      world.settle()
      let target = try world.target(wish)
      let calls = world.kernel.calls.count
      try world.move(owner, to: target) {
        // Nobody looks at the rings: what comes now waits.
        world.deliver(10 * hop + 1)
        world.fixture.queueFrame(1, 3 * hop + 1, Wire.frame(101 + 10 * hop))
        owner.notify(queue: 1)
        world.settle()
        #expect(world.sent.last == 100 + 10 * hop)
        numbers += world.taken()
        #expect(numbers.last == 10 * hop)
      }
      #expect(world.kernel.calls.dropFirst(calls).filter { $0 == .vhostSetOwner }.count <= 1)
      #expect((target.vhost?.state == .running) == (wish != .off))
      world.settle()
      owner = target
      world.fixture.queueFrame(1, 3 * hop + 2, Wire.frame(102 + 10 * hop))
      owner.notify(queue: 1)
      owner.notify(queue: 0)
      world.settle()
      numbers += world.taken()
    }
    #expect(numbers == [0, 1, 10, 11, 20, 21, 30, 31])
    #expect(world.sent == (0..<4).flatMap { hop in (0..<3).map { 100 + 10 * hop + $0 } })
    #expect(world.machine.clashes == 0 && world.warnings == [])
    owner.close()
    #expect(world.kernel.openCount == 0)
  }

  @Test func `owner, memory and features are the kernel's before the source stops`() throws {
    let world = VhostWorld()
    let source = world.device()
    try world.boot(source, [.mergeableBuffers, .indirectDescriptors])
    let target = try world.target()
    #expect(target.vhost?.state == .opened)
    try world.inspect(source, target)
    #expect(target.vhost?.state == .prepared && source.vhost?.state == .running)
    // The TAP's descriptors are lent, and none of vhost-net's.
    let lent = source.lend()
    #expect(lent.count == 1)
    #expect(try world.kernel.kind(of: lent[0]).type == .characterDevice(major: 10, minor: 200))
    try source.quiesce()
    let calls = world.kernel.calls.count
    var writer = ByteWriter()
    try source.save(into: &writer)
    try target.load(writer.bytes.span.bytes)
    try target.take()
    #expect(target.vhost?.state == .placed)
    target.activate()
    #expect(target.vhost?.state == .running)
    let blackout = world.kernel.calls.dropFirst(calls)
    let early: Set<Call> = [
      .open, .vhostFeatures, .vhostSetOwner, .vhostSetFeatures, .vhostSetMemory, .createCounter,
    ]
    #expect(blackout.filter(early.contains) == [])
    source.release()
    target.close()
  }

  @Test func `a source that has its guest back is served by its kernel again`() throws {
    let world = VhostWorld()
    world.fixture.fillReceive(0, byteCount: 2048)
    let source = world.device()
    try world.boot(source)
    let target = try world.target()
    try world.inspect(source, target)
    try source.quiesce()
    #expect(source.vhost?.state == .prepared)
    world.fixture.queueFrame(1, 0, Wire.frame(7))
    world.deliver(8)
    world.settle()
    #expect(world.sent == [] && world.taken() == [])
    target.discard()
    #expect(target.vhost?.state == .owned)
    try source.restore()
    world.settle()
    #expect(source.vhost?.state == .running)
    #expect(world.sent == [7] && world.taken() == [8])
    // The target takes the next offer.
    target.attach(memory: world.fixture.memory)
    try world.move(source, to: target)
    #expect(target.vhost?.state == .running)
    target.close()
    #expect(world.kernel.openCount == 0)
  }

  @Test func `what the guest breaks is found here, and the kernel serves it after a reset`() throws
  {
    let world = VhostWorld()
    let device = world.device()
    try world.boot(device)
    world.fixture.describe(1, 0, 0xFFFF_0000, 100)
    world.fixture.offer(1, 0)
    device.notify(queue: 1)
    world.settle()
    #expect(device.vhost?.state == .suspended)
    #expect(device.virtio?.status.contains(.needsReset) == true)
    #expect(device.virtio?.lastFault?.queue == 1)
    #expect(world.interrupts.queues.contains(-1))
    device.setStatus([])
    for queue in 0...1 {
      try world.fixture.memory.storeUInt16(0, at: world.fixture.available(queue) + 2)
      try world.fixture.memory.storeUInt16(0, at: world.fixture.used(queue) + 2)
    }
    world.fixture.start()
    device.setStatus([.acknowledge, .driver, .featuresOK, .driverOK])
    #expect(device.vhost?.state == .running)
    world.fixture.queueFrame(1, 0, Wire.frame(1))
    device.notify(queue: 1)
    #expect(world.sent == [1])
    device.close()
  }

  @Test func `a guest whose link is down, or that uses fewer pairs, is served here`() throws {
    let world = VhostWorld(pairs: 2)
    let device = world.device(pairs: 2)
    try world.boot(device, [.controlQueue, .multiqueue])
    #expect(device.vhost?.state == .prepared && device.virtio?.activePairs == 1)
    world.fixture.queueFrame(1, 0, Wire.frame(1))
    device.notify(queue: 1)
    #expect(world.sent == [1] && device.virtio?.counters.transmitted.frames == 1)
    // VIRTIO_NET_CTRL_MQ_VQ_PAIRS_SET (virtio 1.2, 5.1.6.5.6).
    let address = VirtioFixture.buffers + 0x20000
    world.fixture.put([4, 0, 2, 0], at: address)
    world.fixture.describe(4, 0, address, 4, flags: 1, next: 1)
    world.fixture.describe(4, 1, address + 64, 1, flags: 2)
    world.fixture.offer(4, 0)
    device.notify(queue: 4)
    #expect(device.vhost?.state == .running && world.fixture.read(address + 64, 1) == [0])
    world.fixture.queueFrame(3, 0, Wire.frame(2))
    device.notify(queue: 3)
    #expect(world.sent == [1, 2] && device.virtio?.counters.transmitted.frames == 1)
    device.setLink(isUp: false)
    #expect(device.vhost?.state == .prepared)
    world.fixture.queueFrame(1, 1, Wire.frame(3))
    device.notify(queue: 1)
    #expect(world.sent == [1, 2] && device.virtio?.counters.transmitted.dropped == 1)
    device.setLink(isUp: true)
    #expect(device.vhost?.state == .running)
    device.close()
    #expect(world.kernel.openCount == 0)
  }

  @Test func `the guest is offered what the kernel's rings can do`() throws {
    let without = SimulatedVhost.usualFeatures & ~(1 << 29 | 1 << 15)
    let world = VhostWorld(features: without)
    let device = world.device(eventIndex: true)
    try world.boot(device)
    let offered = try #require(device.virtio?.offeredFeatures)
    #expect(offered.isDisjoint(with: [.eventIndex, .mergeableBuffers]))
    #expect(offered.isSuperset(of: [.version1, .indirectDescriptors, .mac, .status]))
    #expect(device.vhost?.state == .running)
    device.close()
  }

  @Test func `frames without a header get theirs from the kernel`() throws {
    let world = VhostWorld()
    world.fixture.fillReceive(0, byteCount: 2048)
    let device = world.device { $0.vnetHeader = .off }
    try world.boot(device)
    #expect(world.machine.vhosts.map { $0.features & 1 << 27 } == [1 << 27])
    world.deliver(5)
    world.fixture.queueFrame(1, 0, Wire.frame(6))
    device.notify(queue: 1)
    #expect(world.taken() == [5] && world.sent == [6])
    device.close()
  }
}
