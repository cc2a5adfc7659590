import BatonCore
import Testing

@testable import BatonNet

/// TAPs that are open already, and interfaces that are others than the options need.
@Suite(.timeLimit(.minutes(15)), .enabled(if: Namespace.isAvailable, "\(Namespace.reason)"))
struct TapGivenTests {
  /// Queues of a TAP that somebody else has opened.
  private func given(_ world: TapWorld, _ queues: Int, _ flags: UInt16 = 0x5102) throws -> [CInt] {
    try (0..<queues).map { _ in
      let number = try world.kernel.openTun()
      _ = try world.kernel.tunSetInterface(number, name: .of("g0"), flags: flags)
      return number
    }
  }

  /// TUNGETIFF says IFF_NO_PI of both, since it is IFF_NOFILTER as well.
  @Test(arguments: [(0x4002, 1), (0x4102, 2), (0x0002, 1)])
  func `frames with packet information in front of them are refused by name`(
    flags: Int, queues: Int
  ) throws {
    try Namespace.run {
      let world = TapWorld()
      let tap = tap(world, try given(world, queues, UInt16(flags)))
      let refused = refusal { () throws(Refusal) in try tap.begin(.running) }
      #expect(
        refused?.description.contains("'a TAP with packet information'") == true,
        "\(refused as Any)")
      tap.close()
      #expect(world.kernel.open.isEmpty)
    }
  }

  private func tap(_ world: TapWorld, _ fds: [CInt]) -> Tap {
    var options = TapOptions(queues: fds.count)
    options.fds = fds
    return world.tap(options)
  }

  @Test(arguments: [1, 3]) func `descriptors that were given serve, move on, and close once`(
    queues: Int
  ) throws {
    try Namespace.run {
      let world = TapWorld()
      let source = tap(world, try given(world, queues))
      try source.begin(.running)
      #expect(source.state == .polling)
      #expect(try source.describe().name == .of("g0"))
      for queue in 0..<queues {
        #expect(try world.kernel.isNonBlocking(source.descriptors[queue]))
      }
      // What counts is the interface that they turn out to be.
      let target = world.tap(TapOptions(queues: queues), name: "net0")
      try target.begin(.prepared)
      let offer = try source.describe()
      try target.consider(offer, try world.passed(source.lend()))
      try source.quiesce()
      try target.load(source.memory.properties)
      try target.take()
      try target.resume()
      source.release()
      #expect(target.memory.properties.name == .of("g0"))
      for tap in [source, target] { tap.close() }
      #expect(world.kernel.open.isEmpty)
    }
  }

  @Test func `a target with descriptors of its own closes them when others come`() throws {
    try Namespace.run {
      let world = TapWorld()
      let source = world.tap(TapOptions(name: .of("a0"), queues: 2))
      try source.begin(.running)
      let target = tap(world, try given(world, 2))
      try target.begin(.prepared)
      let offer = try source.describe()
      try target.consider(offer, try world.passed(source.lend()))
      #expect(target.given.count == 0 && target.memory.properties.name == .of("a0"))
      target.discard()
      source.withdraw()
      for tap in [source, target] { tap.close() }
      #expect(world.kernel.open.isEmpty)
    }
  }

  @Test func `what is no queue of one TAP is refused, and closed`() throws {
    try Namespace.run {
      let world = TapWorld()
      func refused(_ fds: [CInt]) -> String {
        let tap = tap(world, fds)
        let refused = refusal { () throws(Refusal) in try tap.begin(.running) }
        tap.close()
        return refused.map { "\($0)" } ?? ""
      }
      let (near, far) = try world.kernel.socketPair()
      world.kernel.close(far)
      #expect(refused([near]).contains("'socket' was received, expected 'TUN device'"))
      #expect(refused(try given(world, 1, 0x5001)).contains("is 'a TUN', 'a TAP of one queue'"))
      let one = try given(world, 1)
      #expect(
        refused(one + [try world.kernel.duplicate(one[0])]).contains("one open file"))
      let free = try world.kernel.openTun()
      #expect(refused([free]).contains("TUNGETIFF"))
      #expect(refused([9_999]).contains("fds: 9999 was received"))
      let single = try world.kernel.openTun()
      _ = try world.kernel.tunSetInterface(single, name: .of("s0"), flags: 0x5002)
      #expect(
        refused([single] + (try given(world, 1))).contains("is 'a TAP of one queue'"))
      #expect(world.kernel.open.isEmpty)
    }
  }

  @Test(
    arguments: [
      (UInt16(0x5102), 1, "is 'a TAP of several queues', 'a TAP of one queue' was asked for"),
      (0x5002, 2, "is 'a TAP of one queue', 'a TAP of several queues' was asked for"),
      (0x5001, 1, "is 'a TUN', 'a TAP of one queue' was asked for"),
    ]) func `an interface of another kind is named, and what was asked for`(
      flags: UInt16, queues: Int, said: String
    ) throws
  {
    try Namespace.run {
      let world = TapWorld()
      let maker = try world.kernel.openTun()
      _ = try world.kernel.tunSetInterface(maker, name: .of("g0"), flags: flags)
      try world.kernel.tunSetPersistent(maker, true)
      world.kernel.close(maker)
      let tap = world.tap(TapOptions(name: .of("g0"), queues: queues))
      let refused = refusal { () throws(Refusal) in try tap.begin(.running) }
      #expect(refused?.description.contains(said) == true, "\(refused as Any)")
      let other = world.tap(TapOptions(name: .of("lo"), queues: queues))
      let loopback = refusal { () throws(Refusal) in try other.begin(.running) }
      #expect(loopback?.there == .name(Name("no TAP")), "\(loopback as Any)")
      for tap in [tap, other] { tap.close() }
      #expect(world.kernel.open.isEmpty)
    }
  }
}
