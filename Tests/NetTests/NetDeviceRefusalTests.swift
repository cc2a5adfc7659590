import BatonCore
import Testing

@testable import BatonNet

/// A change of the target's options, and what the refusal says.
private struct Difference: CustomTestStringConvertible, Sendable {
  var testDescription: String
  var change: @Sendable (inout NetDevice.Options) -> Void
  var says: String
}

@Suite(.timeLimit(.minutes(15)), .enabled(if: Namespace.isAvailable, "\(Namespace.reason)"))
struct NetDeviceRefusalTests {
  private static let differences = [
    Difference(
      testDescription: "queues", change: { $0.tap.queues = 2 },
      says: "net0: queues: 2 here, 1 on the other side"),
    Difference(
      testDescription: "MTU", change: { $0.mtu = 9000 },
      says: "net0: MTU: 9000 here, 0 on the other side"),
    Difference(
      testDescription: "ring size", change: { $0.queueSizeMax = 256 },
      says: "net0: ring size: 256 here, 1024 on the other side"),
    Difference(
      testDescription: "offloads", change: { $0.offloads = .csum },
      says: "net0: virtio features: 0x1 here, 0x0 on the other side"),
    Difference(
      testDescription: "interface", change: { $0.tap.name = .of("z9") },
      says: "net0: interface: 'z9' here, 'a0' on the other side"),
  ]

  @Test(arguments: differences)
  fileprivate func `names what differs and both values before anything is stopped`(
    difference: Difference
  ) throws {
    try Namespace.run {
      let net = try NetWorld()
      var options = net.source.options
      difference.change(&options)
      let target = try net.target(options)
      let offer = try net.offer()
      let copies = try net.world.passed(net.source.lend())
      #expect(target.refusal(offer, copies)?.description == difference.says)
      #expect(target.mutatingCalls == 0)
      #expect(net.world.kernel.open.count == 1)
      net.source.withdraw()
      #expect(net.source.tap.state == .polling)
      for device in [net.source, target] { device.close() }
    }
  }

  @Test func `refuses an offer of which a part is missing, wherever it ends`() throws {
    try Namespace.run {
      let net = try NetWorld()
      let target = try net.target()
      let offer = try net.offer()
      for count in offer.indices {
        let copies = try net.world.passed(net.source.lend())
        let refused = target.refusal(Array(offer[..<count]), copies)
        #expect(refused?.cause == .truncatedStream)
        #expect(refused?.here == .number(UInt64(count)))
      }
      #expect(net.world.kernel.open.count == 1)
      for device in [net.source, target] { device.close() }
    }
  }

  @Test func `reads an offer that a later version appended to`() throws {
    try Namespace.run {
      let net = try NetWorld()
      let target = try net.target()
      var offer = try net.offer()
      // The TAP's structure stands behind its length at 16, in the offer's own at 2.
      offer.insert(contentsOf: [1, 2, 3], at: 18 + Int(offer[16]))
      offer[16] += 3
      offer += [4, 5]
      offer[2] += 5
      #expect(target.refusal(offer, try net.world.passed(net.source.lend())) == nil)
      for device in [net.source, target] { device.close() }
    }
  }

  @Test func `refuses an offer of another version, and queues out of order`() throws {
    try Namespace.run {
      let net = try NetWorld(pairs: 4)
      let target = try net.target()
      var offer = try net.offer()
      offer.swapAt(offer.count - 2, offer.count - 4)
      let order = target.refusal(offer, try net.world.passed(net.source.lend()))
      #expect(order?.description == "net0: queue order: 2 here, 3 on the other side")
      offer[0] = 9
      let version = target.refusal(offer, try net.world.passed(net.source.lend()))
      #expect(version?.description == "net0: device state version: 3 here, 9 on the other side")
      for device in [net.source, target] { device.close() }
    }
  }

  @Test func `refuses a state of which a part is missing, wherever it ends`() throws {
    try Namespace.run {
      let net = try NetWorld()
      let target = try net.target()
      try net.inspect(target)
      try net.source.quiesce()
      let state = try net.state()
      let mutations = net.world.kernel.tunMutations
      for count in state.indices {
        #expect(target.refusal(Array(state[..<count])) != nil)
      }
      #expect(target.tap.state == .adopted)
      #expect(target.refusal(state) == nil)
      #expect(net.world.kernel.tunMutations == mutations)
      for device in [net.source, target] { device.close() }
    }
  }

  @Test func `names the field of a state that does not fit, and both values`() throws {
    try Namespace.run {
      let net = try NetWorld()
      let target = try net.target()
      try net.inspect(target)
      try net.source.quiesce()
      let state = try net.state()
      // The device's record is the last part; its MTU is two bytes at 30.
      var wrong = state
      wrong[state.count - net.source.virtio!.savedByteCount + 30] = 9
      #expect(target.refusal(wrong)?.description == "net0: MTU: 0 here, 9 on the other side")
      wrong = state
      wrong[0] = 7
      #expect(
        target.refusal(wrong)?.description
          == "net0: device state version: 2 here, 7 on the other side")
      for device in [net.source, target] { device.close() }
    }
  }

  @Test func `takes a second offer after a first one that was refused`() throws {
    try Namespace.run {
      let net = try NetWorld()
      let target = try net.target()
      var offer = try net.offer()
      offer[0] = 9
      #expect(target.refusal(offer, try net.world.passed(net.source.lend())) != nil)
      target.discard()
      target.attach(memory: net.fixture.memory)
      try net.move(to: target)
      #expect(target.tap.state == .polling)
      for device in [net.source, target] { device.close() }
    }
  }

  /// What the embedder may have left out, as it is said at the offer.
  fileprivate enum Lack: String, CaseIterable, CustomTestStringConvertible {
    case memory = "no memory: call attach(memory:)"
    case beginning = "not begun: call begin"
    case life = "used up: make a new device"

    var testDescription: String { rawValue }
  }

  @Test(arguments: Lack.allCases)
  fileprivate func `names at the offer what the embedder left out`(lack: Lack) throws {
    try Namespace.run {
      let net = try NetWorld()
      let target = NetWorld.device(net.world, net.source.options)
      if lack != .beginning { try target.begin(.prepared) }
      if lack != .memory { target.attach(memory: net.fixture.memory) }
      if lack == .life { target.close() }
      let offer = try net.offer()
      let refused = target.refusal(offer, try net.world.passed(net.source.lend()))
      #expect(refused?.description == "net0: not possible in state '\(lack.rawValue)'")
      #expect(net.world.kernel.open.count == 1)
      net.source.withdraw()
      #expect(net.source.tap.state == .polling)
      for device in [net.source, target] { device.close() }
    }
  }

  @Test func `a device whose guest has gone takes no other`() throws {
    try Namespace.run {
      let net = try NetWorld()
      let target = try net.target()
      try net.move(to: target)
      var writer = ByteWriter()
      try target.describe(into: &writer)
      let refused = net.source.refusal(writer.bytes, try net.world.passed(target.lend()))
      #expect(
        refused?.description == "net0: not possible in state 'used up: make a new device'")
      for device in [net.source, target] { device.close() }
    }
  }

  @Test func `cannot save a guest that it has not`() throws {
    try Namespace.run {
      let world = TapWorld()
      let device = NetWorld.device(world, NetWorld.options())
      try device.begin(.running)
      var writer = ByteWriter()
      let refused = refusal { () throws(Refusal) in try device.save(into: &writer) }
      #expect(refused?.cause == .wrongState)
      device.close()
    }
  }
}
