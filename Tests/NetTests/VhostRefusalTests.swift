import BatonCore
import Testing

@testable import BatonNet
@testable import BatonProof

/// What becomes of a device whose kernel will not serve its rings.
@Suite(.timeLimit(.minutes(15))) struct VhostRefusalTests {
  private static let missing = "/dev/vhost-net: open: No such file or directory (ENOENT)"

  @Test func `where there is none the rings are served here, with a warning`() throws {
    let world = VhostWorld(features: nil)
    let device = world.device()
    try world.boot(device)
    #expect(world.warnings.map(\.description) == [Self.missing])
    world.fixture.queueFrame(1, 0, Wire.frame(1))
    device.notify(queue: 1)
    #expect(world.sent == [1] && device.virtio?.counters.transmitted.frames == 1)
    device.close()
    #expect(world.kernel.openCount == 0)
  }

  @Test func `where it is required nothing is opened without it`() throws {
    let world = VhostWorld(features: nil)
    let device = world.device(.required)
    let why = refusal { () throws(Refusal) in try device.begin(.running) }
    #expect(why?.description == Self.missing && world.warnings == [])
    #expect(device.tap.state == .new && world.kernel.openCount == 0)
    // It may come: another try is legal.
    world.machine.vhostFeatures = SimulatedVhost.usualFeatures
    try world.boot(device)
    #expect(device.vhost?.state == .running)
    device.close()
  }

  @Test func `a target that needs it refuses the offer, and the source's guest goes on`() throws {
    let world = VhostWorld()
    let source = world.device()
    try world.boot(source)
    let target = try world.target(.required)
    world.kernel.plan = FaultPlan()
    // The first call of its own is the one that makes it the owner.
    let calls = try callsUntilOwner(world, source)
    world.kernel.plan = FaultPlan(faults: [.init(number: calls, code: Errno.noMemory)])
    let why = refusal { () throws(Refusal) in
      do { try world.inspect(source, target) } catch let refusal as Refusal { throw refusal } catch
      {
        Issue.record(error)
      }
    }
    #expect(why?.description == "/dev/vhost-net: VHOST_SET_OWNER: Cannot allocate memory (ENOMEM)")
    #expect(target.tap.state == .expecting && source.vhost?.state == .running)
    #expect(source.lend().count == 1)
    for device in [source, target] { device.close() }
    #expect(world.kernel.openCount == 0)
  }

  /// At which call an inspection makes the target the owner, found with another one.
  private func callsUntilOwner(_ world: VhostWorld, _ source: NetDevice) throws -> Int {
    let other = try world.target()
    world.kernel.plan = FaultPlan()
    try world.inspect(source, other)
    let number = try #require(world.kernel.calls.firstIndex(of: .vhostSetOwner)) + 1
    source.withdraw()
    other.close()
    return number
  }

  @Test func `rings that cannot be started are served here from where they stand`() throws {
    for call in [Call.vhostSetBackend, .vhostSetRingBase, .vhostSetKick] {
      let world = VhostWorld()
      world.fixture.fillReceive(0, byteCount: 2048)
      let device = world.device()
      try device.begin(.running)
      world.machine.setLink(VhostWorld.name, isUp: true)
      device.attach(memory: world.fixture.memory)
      world.fixture.device = try #require(device.virtio)
      world.fixture.start()
      world.fixture.queueFrame(1, 0, Wire.frame(1))
      world.kernel.plan = FaultPlan()
      world.kernel.refuse(call, with: call.refusals[0])
      device.setStatus([.acknowledge, .driver, .featuresOK, .driverOK])
      #expect(device.vhost?.state == .failed)
      #expect(world.warnings.map(\.call) == [call.rawValue], "\(call)")
      device.notify(queue: 1)
      world.deliver(2)
      world.settle()
      #expect(world.sent == [1] && world.taken() == [2])
      device.close()
      #expect(world.kernel.openCount == 0)
    }
  }

  @Test func `rings that the kernel will not give back are taken where the guest sees them`() throws
  {
    for call in [Call.vhostSetBackend, .vhostRingBase] {
      let world = VhostWorld()
      world.fixture.fillReceive(0, byteCount: 2048)
      let source = world.device()
      try world.boot(source)
      for number in 0..<3 { world.deliver(number) }
      world.fixture.queueFrame(1, 0, Wire.frame(1))
      source.notify(queue: 1)
      #expect(world.taken() == [0, 1, 2])
      let target = try world.target()
      world.kernel.plan = FaultPlan()
      world.kernel.refuse(call, with: call.refusals[0])
      // The target's own calls are made of the same process.
      try world.inspect(source, target)
      _ = try world.takeOver(source, by: target) {
        #expect(source.vhost?.state == .failed && world.machine.vhosts.count == 1)
        world.kernel.plan = FaultPlan()
      }
      world.fixture.queueFrame(1, 1, Wire.frame(2))
      target.notify(queue: 1)
      world.deliver(3)
      world.settle()
      #expect(world.sent == [1, 2] && world.taken() == [3])
      #expect(target.vhost?.state == .running)
      target.close()
      #expect(world.kernel.openCount == 0)
    }
  }

  @Test func `descriptors that are given are used and closed once`() throws {
    let world = VhostWorld()
    let number = try world.kernel.openVhost()
    let device = world.device(.required) { $0.vhostFDs = [number] }
    try world.boot(device)
    #expect(device.vhost?.state == .running && world.machine.vhosts.count == 1)
    device.close()
    #expect(world.kernel.openCount == 0 && world.machine.vhosts.isEmpty)
  }

  @Test func `what is given and cannot be used is told, and closed`() throws {
    let world = VhostWorld()
    let (owned, tun) = (try world.kernel.openVhost(), try world.kernel.openTun())
    try world.kernel.vhostSetOwner(owned)
    let cases: [([CInt], String)] = [
      ([owned], "/dev/vhost-net: VHOST_SET_OWNER: Device or resource busy (EBUSY)"),
      ([tun], "/dev/vhost-net: vhost: 'TUN device' was received, expected '/dev/vhost-net'"),
      ([99], "/dev/vhost-net: vhost 99 is not possible, expected 'an open descriptor'"),
    ]
    for (numbers, text) in cases {
      let device = world.device { $0.vhostFDs = numbers }
      try device.begin(.running)
      #expect(world.warnings.last?.description == text)
      #expect(device.vhost?.state == .failed)
      device.close()
    }
    #expect(world.kernel.openCount == 0)
    let pair = [try world.kernel.openVhost(), try world.kernel.openVhost()]
    let device = world.device(.required) { $0.vhostFDs = pair }
    let why = refusal { () throws(Refusal) in try device.begin(.running) }
    #expect(why?.description == "/dev/vhost-net: vhost 2 is not possible, expected 1")
    device.close()
    #expect(world.kernel.openCount == 0)
  }

  @Test func `a kernel that cannot look for frames is told of only when that was asked for`() throws
  {
    let world = VhostWorld()
    world.kernel.refuse(.vhostSetBusyLoop, with: Errno.notTerminal)
    let plain = world.device()
    try world.boot(plain)
    #expect(plain.vhost?.state == .running)
    plain.close()
    let device = world.device { $0.pollMicros = 50 }
    try world.boot(device)
    #expect(
      world.warnings.map(\.description) == [
        "/dev/vhost-net: VHOST_SET_VRING_BUSYLOOP_TIMEOUT: Inappropriate ioctl for device (ENOTTY)"
      ])
    device.close()
  }
}
