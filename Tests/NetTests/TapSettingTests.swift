import BatonCore
import Testing

@testable import BatonNet

/// What is asked of the kernel, and what is not asked twice.
@Suite(.timeLimit(.minutes(15)), .enabled(if: Namespace.isAvailable, "\(Namespace.reason)"))
struct TapSettingTests {
  private static func source(_ world: TapWorld) throws -> Tap {
    let tap = world.tap(TapOptions(name: .of("a0")))
    try tap.begin(.running)
    return tap
  }

  private static func target(_ world: TapWorld, _ source: Tap) throws -> Tap {
    let target = world.tap(TapOptions(name: .of("a0")), name: "net1")
    try target.begin(.prepared)
    let offer = try source.describe()
    try target.consider(offer, world.passed(source.lend()))
    return target
  }

  @Test func `a description has the flags that count, and no others`() throws {
    try Namespace.run {
      let world = TapWorld()
      let tap = try Self.source(world)
      let before = try tap.describe()
      try world.kernel.tunSetPersistent(tap.lend()[0], true)
      #expect(try tap.describe() == before)
      try world.kernel.tunSetPersistent(tap.lend()[0], false)
      tap.close()
    }
  }

  @Test func `what has its value already is not set at the take`() throws {
    try Namespace.run {
      let world = TapWorld()
      let source = try Self.source(world)
      let target = try Self.target(world, source)
      try source.quiesce()
      var saved = source.memory.properties
      saved[.sendBuffer] = 50_000
      try world.kernel.tunSetSendBuffer(source.lend()[0], 50_000)
      try target.load(saved)
      let mutations = world.kernel.tunMutations
      try target.take()
      #expect(world.kernel.tunMutations == mutations)
      #expect(target.memory.properties[.sendBuffer] == 50_000)
      for tap in [source, target] { tap.close() }
    }
  }

  @Test func `what the kernel does not tell is put back by whoever lent it`() throws {
    try Namespace.run {
      let world = TapWorld()
      let source = try Self.source(world)
      try source.setOffload(.csum)
      let target = try Self.target(world, source)
      try source.quiesce()
      target.close()
      world.kernel.forget()
      try source.restore()
      #expect(world.kernel.calls.contains(.tunSetOffload))
      source.close()
    }
  }

  @Test func `an index that the source did not tell is the kernel's`() throws {
    try Namespace.run {
      let world = TapWorld()
      let source = try Self.source(world)
      let target = world.tap(TapOptions(name: .of("a0")), name: "net1")
      try target.begin(.prepared)
      var offer = try source.describe()
      let index = offer.index
      offer.index = 0
      try target.consider(offer, world.passed(source.lend()))
      try source.quiesce()
      var saved = source.memory.properties
      saved.index = 0
      try target.load(saved)
      try target.take()
      try target.resume()
      source.release()
      #expect(try index > 0 && target.describe().index == index)
      target.close()
    }
  }

  @Test func `a TAP that is held is not watched`() throws {
    try Namespace.run {
      let world = TapWorld()
      let tap = try Self.source(world)
      let port = PortRecorder(tap)
      let wire = try Wire(.of("a0"))
      try tap.quiesce()
      world.settle()
      wire.send(1)
      #expect(!world.loop.poll())
      try tap.restore()
      world.settle()
      #expect(port.numbers == [1])
      tap.close()
    }
  }

  @Test func `a setting that is not known is not told`() throws {
    var known = TapProperties(
      name: .of("a0"), index: 3, flags: [.tap, .noPacketInfo], queues: 1)
    known[.offload] = 0
    var writer = ByteWriter()
    known.write(into: &writer)
    let bytes = writer.bytes
    var cursor = ByteCursor()
    #expect(try TapProperties(bytes.span.bytes, at: &cursor) == known)
  }

  @Test func `offloads are the driver's wish once it runs, and not before`() throws {
    try Namespace.run {
      let net = try NetWorld(features: [.guestCsum], offloads: [.guestCsum])
      #expect(net.source.tap.memory.properties.offload == .csum)
      net.source.setStatus([])
      #expect(net.source.tap.memory.properties.offload == [])
      net.source.virtio?.setDriverFeatures([.version1, .guestCsum])
      net.source.setStatus([.acknowledge, .driver, .featuresOK])
      #expect(net.source.tap.memory.properties.offload == [])
      net.source.setStatus([.acknowledge, .driver, .featuresOK, .driverOK])
      #expect(net.source.tap.memory.properties.offload == .csum)
      net.source.close()
    }
  }

  @Test func `descriptors that were not announced are refused`() throws {
    try Namespace.run {
      let net = try NetWorld()
      let target = try net.target()
      var writer = ByteWriter()
      NetDevice.Offer(
        options: net.source.options, tap: try net.source.tap.describe(), lends: false
      ).write(into: &writer)
      let refused = target.refusal(
        writer.bytes, try net.world.passed(net.source.lend()))
      #expect(refused?.cause == .descriptorCount)
      for device in [net.source, target] { device.close() }
      #expect(net.world.kernel.open.isEmpty)
    }
  }
}
