import BatonCore
import Testing

@testable import BatonNet

@Suite(.timeLimit(.minutes(15)), .enabled(if: Namespace.isAvailable, "\(Namespace.reason)"))
struct NetDeviceTests {
  @Test func `moves a guest with frames waiting on both sides, once and in order`() throws {
    try Namespace.run {
      let net = try NetWorld()
      let wire = try Wire(.of("a0"))
      net.fixture.fillReceive(0, byteCount: 2048)
      net.fixture.queueFrame(1, 0, Wire.frame(100))
      net.source.notify(queue: 1)
      wire.send(0)
      net.world.settle()
      #expect(net.delivered() == [0] && wire.received() == [100])

      let target = try net.target()
      let mutations = net.world.kernel.tunMutations
      try net.move(to: target) {
        // The guest has queued these before it was stopped, the network sends on.
        net.fixture.queueFrame(1, 1, Wire.frame(101))
        net.fixture.queueFrame(1, 2, Wire.frame(102))
        net.source.notify(queue: 1)
        for number in 1..<10 { wire.send(number) }
        net.world.settle()
        #expect(net.delivered() == [0] && wire.received().isEmpty)
      }
      #expect(wire.received() == [101, 102])
      net.world.settle()
      #expect(net.delivered() == Array(0..<10))
      #expect(net.world.kernel.tunMutations == mutations)
      #expect(target.mutatingCalls == 0 && net.source.mutatingCalls > 0)

      // And on from there.
      net.fixture.queueFrame(1, 3, Wire.frame(103))
      target.notify(queue: 1)
      #expect(wire.received() == [103])
      for device in [net.source, target] { device.close() }
      #expect(net.world.kernel.open.isEmpty)
    }
  }

  @Test func `waits for buffers, and reads on when the guest has filled them in`() throws {
    try Namespace.run {
      let net = try NetWorld()
      let wire = try Wire(.of("a0"))
      for number in 0..<20 { wire.send(number) }
      net.world.settle()
      #expect(net.delivered().isEmpty)
      net.fixture.fillReceive(0, byteCount: 2048, count: 8)
      net.source.notify(queue: 0)
      net.world.settle()
      #expect(net.delivered() == Array(0..<8))
      #expect(net.source.virtio?.counters.received.dropped == 0)
      net.source.close()
    }
  }

  @Test func `interrupts once for a queue and a round, and not while the guest is stopped`()
    throws
  {
    try Namespace.run {
      let net = try NetWorld()
      let wire = try Wire(.of("a0"))
      net.fixture.fillReceive(0, byteCount: 2048)
      for number in 0..<5 { wire.send(number) }
      net.world.loop.poll()
      #expect(net.interrupts.queues == [0])
      net.fixture.queueFrame(1, 0, Wire.frame(1))
      net.source.notify(queue: 1)
      let target = try net.target()
      try net.move(to: target) {
        net.world.settle()
        #expect(net.interrupts.queues == [0])
      }
      #expect(net.interrupts.queues == [0])
      net.world.loop.poll()
      #expect(net.interrupts.queues == [0, 1])
      for device in [net.source, target] { device.close() }
    }
  }

  @Test func `gives frames of queues that the guest does not use to those that it does`() throws {
    try Namespace.run {
      let net = try NetWorld(pairs: 4, features: [.controlQueue, .multiqueue])
      let wire = try Wire(.of("a0"))
      net.fixture.fillReceive(0, byteCount: 2048)
      #expect(net.source.virtio?.activePairs == 1)
      for port in 1...16 { wire.sendFlow(UInt16(port)) }
      net.world.settle()
      #expect(net.fixture.usedIndex(0) == 16)
      net.source.close()
    }
  }

  @Test func `goes on with what waited when it comes back`() throws {
    try Namespace.run {
      let net = try NetWorld()
      let wire = try Wire(.of("a0"))
      net.fixture.fillReceive(0, byteCount: 2048)
      let target = try net.target()
      try net.inspect(target)
      try net.source.quiesce()
      net.fixture.queueFrame(1, 0, Wire.frame(50))
      wire.send(60)
      net.source.notify(queue: 1)
      let state = try net.state()
      #expect(target.refusal(state) == nil)
      target.discard()
      #expect(target.virtio == nil)
      #expect(wire.received().isEmpty)
      try net.source.restore()
      net.world.settle()
      #expect(wire.received() == [50] && net.delivered() == [60])
      for device in [net.source, target] { device.close() }
      #expect(net.world.kernel.open.isEmpty)
    }
  }

  @Test func `opens a TAP of its own when backends are not transferred`() throws {
    try Namespace.run {
      let net = try NetWorld(transfersBackends: false)
      net.fixture.fillReceive(0, byteCount: 2048)
      #expect(net.source.lend().isEmpty)
      let target = try net.target(NetWorld.options(name: "b0"))
      #expect(try net.inspect(target) == .reopen)
      try net.source.quiesce()
      let state = try net.state()
      #expect(target.refusal(state) == nil)
      try target.take()
      target.activate()
      net.source.release()
      let wire = try Wire(.of("b0"))
      wire.send(3)
      net.world.settle()
      #expect(net.delivered() == [3])
      for device in [net.source, target] { device.close() }
    }
  }

  @Test func `can be moved by one that waited, and on to a third`() throws {
    try Namespace.run {
      let net = try NetWorld()
      let wire = try Wire(.of("a0"))
      net.fixture.fillReceive(0, byteCount: 2048)
      let target = NetWorld.device(net.world, net.source.options)
      try target.begin(.incoming)
      try net.world.notifiers.notify(.preIncoming, at: 0)
      target.attach(memory: net.fixture.memory)
      try net.move(to: target)
      try net.world.notifiers.notify(.incomingDone, at: 0)

      var writer = ByteWriter()
      try target.describe(into: &writer)
      let third = try net.target()
      let copies = try net.world.passed(target.lend())
      #expect(third.refusal(writer.bytes, copies) == nil)
      try target.quiesce()
      wire.send(4)
      writer.reset()
      try target.save(into: &writer)
      #expect(third.refusal(writer.bytes) == nil)
      try third.take()
      third.activate()
      target.release()
      net.world.settle()
      #expect(net.delivered() == [4])
      #expect(target.mutatingCalls == 0 && third.mutatingCalls == 0)
      for device in [net.source, target, third] { device.close() }
      #expect(net.world.kernel.open.isEmpty)
    }
  }

  @Test func `sets the offloads that the guest's driver accepted`() throws {
    try Namespace.run {
      let offloads: VirtioFeatures = [.csum, .guestCsum, .guestTSO4, .guestTSO6]
      let net = try NetWorld(features: offloads, offloads: offloads)
      #expect(net.source.tap.memory.properties.offload == [.csum, .tso4, .tso6])
      let target = try net.target()
      try net.move(to: target)
      // The source has set them on the same device: nothing is left to do.
      #expect(target.mutatingCalls == 0)
      #expect(target.tap.memory.properties.offload == [.csum, .tso4, .tso6])
      target.setStatus([])
      #expect(target.tap.memory.properties.offload == [])
      for device in [net.source, target] { device.close() }
    }
  }

  @Test func `lets the guest run on when the interface is deleted`() throws {
    try Namespace.run {
      let net = try NetWorld()
      net.fixture.queueFrame(1, 0, Wire.frame(1))
      try Wire.delete(.of("a0"))
      net.source.notify(queue: 1)
      #expect(net.source.tap.state == .failed)
      net.fixture.queueFrame(1, 1, Wire.frame(2))
      net.source.notify(queue: 1)
      #expect(net.fixture.usedIndex(1) == 2)
      #expect(net.source.virtio?.counters.transmitted.dropped == 2)
      #expect(net.source.virtio?.status.contains(.needsReset) == false)
      net.source.close()
    }
  }

  @Test func `goes with all that it has when it is forgotten`() throws {
    try Namespace.run {
      let world = TapWorld()
      weak var gone: NetDevice?
      do {
        let device = NetWorld.device(world, NetWorld.options())
        try device.begin(.running)
        gone = device
        #expect(gone != nil && world.kernel.open.count == 1)
      }
      #expect(gone == nil && world.kernel.open.isEmpty)
    }
  }
}
