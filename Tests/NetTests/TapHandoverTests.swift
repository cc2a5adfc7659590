import BatonCore
import Testing

@testable import BatonNet

@Suite(.timeLimit(.minutes(15)), .enabled(if: Namespace.isAvailable, "\(Namespace.reason)"))
struct TapHandoverTests {
  /// A TAP that is open, with a device and the kernel's end.
  private static func source(
    _ world: TapWorld, queues: Int = 1
  ) throws -> (tap: Tap, port: PortRecorder, wire: Wire) {
    let tap = world.tap(TapOptions(name: .of("a0"), queues: queues))
    let port = PortRecorder(tap)
    try tap.begin(.running)
    return (tap, port, try Wire(.of("a0")))
  }

  /// Another one that has adopted its descriptors.
  private static func target(
    _ world: TapWorld, _ source: Tap, queues: Int = 1
  ) throws -> (tap: Tap, port: PortRecorder) {
    let offer = try source.describe()
    let copies = try world.passed(source.lend())
    let tap = world.tap(TapOptions(name: .of("a0"), queues: queues), name: "net1")
    let port = PortRecorder(tap)
    try tap.begin(.prepared)
    try tap.consider(offer, copies)
    return (tap, port)
  }

  @Test(arguments: [1, 4, 256]) func `changes hands without a change, a loss or a swap`(
    queues: Int
  ) throws {
    try Namespace.run {
      let world = TapWorld()
      let (source, sourcePort, wire) = try Self.source(world, queues: queues)
      for number in 0..<50 { wire.send(number) }
      world.settle()
      let mutations = world.kernel.tunMutations
      let (target, targetPort) = try Self.target(world, source, queues: queues)
      for number in 50..<100 { wire.send(number) }
      world.settle()
      #expect(sourcePort.numbers == Array(0..<100))

      try source.quiesce()
      #expect(source.state == .lent)
      for number in 100..<300 { wire.send(number) }
      world.settle()
      #expect(sourcePort.numbers.count == 100 && targetPort.numbers.isEmpty)

      try target.load(source.memory.properties)
      #expect(target.state == .loaded)
      try target.take()
      world.settle()
      #expect(targetPort.numbers.isEmpty)
      try target.resume()
      source.release()
      #expect(source.state == .released)
      world.settle()
      #expect(targetPort.numbers == Array(100..<300))
      #expect(world.kernel.tunMutations == mutations)
      #expect(target.mutatingCalls == 0)

      for queue in 0..<queues { targetPort.send(queue, queue: queue) }
      #expect(wire.received() == Array(0..<queues))
      for tap in [source, target] { tap.close() }
      #expect(world.kernel.open.isEmpty)
    }
  }

  @Test func `makes no call for a take when nothing differs`() throws {
    try Namespace.run {
      let world = TapWorld()
      let (source, _, _) = try Self.source(world)
      let (target, _) = try Self.target(world, source)
      world.kernel.forget()
      try source.quiesce()
      try target.load(source.memory.properties)
      try target.take()
      try target.resume()
      source.release()
      #expect(world.kernel.calls.isEmpty)
      for tap in [source, target] { tap.close() }
    }
  }

  @Test func `sets at the take what the source had last and the kernel has not`() throws {
    try Namespace.run {
      let world = TapWorld()
      let (source, _, _) = try Self.source(world, queues: 2)
      let (target, _) = try Self.target(world, source, queues: 2)
      try source.quiesce()
      var saved = source.memory.properties
      saved[.headerSize] = 24
      saved[.sendBuffer] = 50_000
      // The source has set these itself on the same device.
      saved[.offload] = TunOffload.csum.rawValue
      try target.load(saved)
      let mutations = world.kernel.tunMutations
      try target.take()
      #expect(world.kernel.tunMutations == mutations + 2)
      #expect(target.mutatingCalls == 2)
      #expect(try world.kernel.tunHeaderSize(source.lend()[0]) == 24)
      #expect(try source.lend().map { try world.kernel.tunSendBuffer($0) } == [50_000, 50_000])
      #expect(target.memory.properties.offload == .csum)
      #expect(target.state == .quiesced)
      for tap in [source, target] { tap.close() }
    }
  }

  @Test func `comes back from a target that did not run the guest, with all frames`() throws {
    try Namespace.run {
      let world = TapWorld()
      let (source, port, wire) = try Self.source(world, queues: 2)
      let (target, _) = try Self.target(world, source, queues: 2)
      try source.quiesce()
      for number in 0..<300 { wire.send(number) }
      // What a target could have done that was killed after it took the TAP.
      let numbers = source.lend()
      try world.kernel.tunSetHeaderSize(numbers[0], 20)
      try world.kernel.tunSetSendBuffer(numbers[1], 4096)
      try world.kernel.tunSetOffload(numbers[0], TunOffload.csum.rawValue)
      try world.kernel.setInterfaceMTU(.of("a0"), 1_280)
      target.close()

      #expect(try source.restore() == 3)
      #expect(source.memory.putBack == 3)
      #expect(source.state == .polling)
      #expect(try world.kernel.tunHeaderSize(numbers[0]) == 12)
      #expect(try world.kernel.tunSendBuffer(numbers[1]) == CInt.max)
      #expect(try world.kernel.interfaceMTU(.of("a0")) == 1_500)
      world.settle()
      #expect(port.numbers == Array(0..<300))

      // And once more, with nothing to put back.
      let (second, secondPort) = try Self.target(world, source, queues: 2)
      try source.quiesce()
      #expect(try source.restore() == 0)
      second.close()
      let (third, _) = try Self.target(world, source, queues: 2)
      try source.quiesce()
      try third.load(source.memory.properties)
      try third.take()
      source.release()
      #expect(secondPort.numbers.isEmpty)
      for tap in [source, third] { tap.close() }
      #expect(world.kernel.open.isEmpty)
    }
  }

  @Test func `goes on as if nothing had been when the offer is withdrawn`() throws {
    try Namespace.run {
      let world = TapWorld()
      let (source, port, wire) = try Self.source(world)
      let (target, _) = try Self.target(world, source)
      target.discard()
      #expect(target.state == .expecting)
      source.withdraw()
      #expect(source.state == .polling && !source.memory.isOffered)
      wire.send(1)
      world.settle()
      #expect(port.numbers == [1])
      try source.quiesce()
      #expect(source.state == .quiesced)
      for tap in [source, target] { tap.close() }
    }
  }

  @Test func `keeps frames of both directions while it is held`() throws {
    try Namespace.run {
      let world = TapWorld()
      let (tap, port, wire) = try Self.source(world)
      try tap.quiesce()
      guard case .wouldBlock = port.send(1) else {
        Issue.record("a frame was not kept")
        return
      }
      wire.send(2)
      tap.feed()
      tap.awaitRoom(queue: 0)
      world.settle()
      #expect(port.numbers.isEmpty && wire.received().isEmpty)
      try tap.restore()
      world.settle()
      #expect(port.numbers == [2])
      tap.close()
    }
  }

  @Test func `is identified by what the kernel says, not by what was configured`() throws {
    try Namespace.run {
      let world = TapWorld()
      let tap = world.tap(TapOptions(name: .of("a%d")))
      try tap.begin(.running)
      #expect(try tap.describe().name == .of("a0"))
      // A second process holds the descriptors and so does not lose the interface.
      let copies = try world.passed(tap.lend())
      tap.close()
      #expect(try world.kernel.tunInterface(copies[0]).name == .of("a0"))
    }
  }

  @Test func `cannot be described once the interface is gone`() throws {
    try Namespace.run {
      let world = TapWorld()
      let (tap, _, _) = try Self.source(world)
      try Wire.delete(.of("a0"))
      let refused = refusal { () throws(Refusal) in _ = try tap.describe() }
      #expect(refused?.description == "a0: TUNGETIFF: File descriptor in bad state (EBADFD)")
      #expect(tap.state == .failed)
      tap.close()
    }
  }

  @Test func `says so when the interface went while the source was quiet`() throws {
    try Namespace.run {
      let world = TapWorld()
      let (tap, port, _) = try Self.source(world)
      _ = try tap.describe()
      _ = tap.lend()
      try tap.quiesce()
      try Wire.delete(.of("a0"))
      let refused = refusal { () throws(Refusal) in try tap.restore() }
      #expect(refused?.code == Errno.badDescriptorState)
      #expect(tap.state == .failed)
      port.send(1)
      #expect(tap.counters.droppedGone == 1)
      tap.close()
    }
  }

  @Test(
    arguments: [
      ([.csum, .tso4, .tso6], [.csum, .tso4, .tso6]),
      ([.csum, .tso4, .uso4], [.csum, .tso4]),
      ([.csum, .ufo], [.csum, .ufo]),
    ] as [(TunOffload, TunOffload)])
  func `sets as many of the guest's offloads as the kernel takes`(
    wish: TunOffload, set: TunOffload
  ) throws {
    try Namespace.run {
      let world = TapWorld()
      let (tap, _, _) = try Self.source(world)
      try tap.setOffload(wish)
      #expect(tap.memory.properties.offload == set)
      #expect(tap.state == .polling)
      tap.close()
    }
  }

  @Test func `opens a TAP of its own when backends are not transferred`() throws {
    try Namespace.run {
      let world = TapWorld(transfersBackends: false)
      let (source, _, _) = try Self.source(world)
      let target = world.tap(TapOptions(name: .of("b0")), name: "net1")
      let port = PortRecorder(target)
      try target.begin(.prepared)
      let offer = try source.describe()
      #expect(target.refusal(offer, Descriptors(in: world.kernel)) == nil)
      try source.setOffload(.csum)
      try source.quiesce()
      try target.load(source.memory.properties)
      try target.take()
      #expect(target.memory.properties.offload == .csum)
      try target.resume()
      source.release()
      let wire = try Wire(.of("b0"))
      wire.send(7)
      port.send(8)
      world.settle()
      #expect(port.numbers == [7] && wire.received() == [8])
      for tap in [source, target] { tap.close() }
    }
  }
}
