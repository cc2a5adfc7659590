import BatonCore
import Testing

@testable import BatonNet

/// What is received and offered in place of what is right.
private struct Wrong: CustomTestStringConvertible, Sendable {
  var testDescription: String
  /// The target's options.
  var options = TapOptions(name: .of("a0"), queues: 2)
  /// Changes the descriptors that are passed, which are the source's in order.
  var descriptors: @Sendable (RefusingKernel, [CInt]) throws(SystemError) -> [CInt] = {
    (_, all) throws(SystemError) in all
  }
  /// Changes the offer.
  var offer: @Sendable (inout TapProperties) -> Void = { _ in }
  /// What the refusal says.
  var says: [String]
}

@Suite(.timeLimit(.minutes(15)), .enabled(if: Namespace.isAvailable, "\(Namespace.reason)"))
struct TapInspectTests {
  private static func attached(
    _ kernel: RefusingKernel, _ name: String, _ flags: TunFlags, isBlocking: Bool = false
  ) throws(SystemError) -> CInt {
    let number = try kernel.openTun()
    _ = try kernel.tunSetInterface(number, name: .of(name), flags: flags.rawValue)
    if !isBlocking { try kernel.setNonBlocking(number) }
    return number
  }

  private static let flags: TunFlags = [.tap, .noPacketInfo, .vnetHeader, .multiQueue]

  private static let wrongs: [Wrong] = [
    Wrong(
      testDescription: "more queues than here", options: TapOptions(name: .of("a0"), queues: 1),
      says: ["queues: 1 here, 2 on the other side"]),
    Wrong(
      testDescription: "fewer queues than here", options: TapOptions(name: .of("a0"), queues: 4),
      says: ["queues: 4 here, 2 on the other side"]),
    Wrong(
      testDescription: "a descriptor is missing",
      descriptors: { (_, all) throws(SystemError) in [all[0]] },
      says: ["2 descriptors were announced, 1 arrived"]),
    Wrong(
      testDescription: "a descriptor twice",
      descriptors: { (_, all) throws(SystemError) in [all[0], all[0]] },
      says: ["descriptors 0 and 1 are one open file"]),
    Wrong(
      testDescription: "a counter in place of a TAP",
      descriptors: { (kernel, all) throws(SystemError) in [all[0], try kernel.createCounter()] },
      says: ["descriptor: 'no device' was received, expected 'TUN device'"]),
    Wrong(
      testDescription: "a memfd in place of a TAP",
      descriptors: { (kernel, all) throws(SystemError) in
        [try kernel.createMemory(name: "no tap", byteCount: 4096), all[1]]
      },
      says: ["descriptor: 'regular file' was received, expected 'TUN device'"]),
    Wrong(
      testDescription: "a socket in place of a TAP",
      descriptors: { (kernel, all) throws(SystemError) in [all[0], try kernel.socketPair().0] },
      says: ["descriptor: 'socket' was received, expected 'TUN device'"]),
    Wrong(
      testDescription: "attached to nothing",
      descriptors: { (kernel, all) throws(SystemError) in [all[0], try kernel.openTun()] },
      says: ["TUNGETIFF", "EBADFD"]),
    Wrong(
      testDescription: "another interface than is configured",
      options: TapOptions(name: .of("z9"), queues: 2),
      says: ["interface: 'z9' here, 'a0' on the other side"]),
    Wrong(
      testDescription: "a queue of another interface",
      descriptors: { (kernel, all) throws(SystemError) in
        [all[0], try attached(kernel, "b0", flags)]
      },
      says: ["interface: 'a0' here, 'b0' on the other side"]),
    Wrong(
      testDescription: "another interface than the source says",
      offer: { $0.name = .of("q7") }, says: ["interface: 'a0' here, 'q7' on the other side"]),
    Wrong(
      testDescription: "another interface than the source says, for a template",
      options: TapOptions(name: .of("a%d"), queues: 2),
      offer: { $0.name = .of("q7") }, says: ["interface: 'q7' here, 'a0' on the other side"]),
    Wrong(
      testDescription: "another index than the source says",
      offer: { $0.index = 4_711 }, says: ["interface index: ", "4711 on the other side"]),
    Wrong(
      testDescription: "a header that is not wanted here",
      options: TapOptions(name: .of("a0"), queues: 2, vnetHeader: .off),
      says: ["interface flags: 0x1102 here, 0x5102 on the other side"]),
    Wrong(
      testDescription: "no header, which is required here",
      options: TapOptions(name: .of("b0"), queues: 2, vnetHeader: .required),
      descriptors: { (kernel, _) throws(SystemError) in
        let flags = flags.subtracting(.vnetHeader)
        return [try attached(kernel, "b0", flags), try attached(kernel, "b0", flags)]
      },
      offer: {
        $0.name = .of("b0")
        $0.flags.remove(.vnetHeader)
      },
      says: ["interface flags: 0x5102 here, 0x1102 on the other side"]),
    Wrong(
      testDescription: "other flags than the source says",
      offer: { $0.flags.remove(.vnetHeader) },
      says: ["interface flags: 0x1102 here, 0x5102 on the other side"]),
    Wrong(
      testDescription: "flags that the source says and nobody has",
      offer: { $0.flags.remove(.noPacketInfo) },
      says: ["interface flags: 0x5102 here, 0x4102 on the other side"]),
    Wrong(
      testDescription: "a TUN in place of a TAP",
      options: TapOptions(name: .of("b0"), queues: 2),
      descriptors: { (kernel, _) throws(SystemError) in
        let flags = TunFlags(rawValue: flags.rawValue ^ 3)
        return [try attached(kernel, "b0", flags), try attached(kernel, "b0", flags)]
      },
      offer: { $0.name = .of("b0") },
      says: ["interface flags: 0x5102 here, 0x5100 on the other side"]),
    Wrong(
      testDescription: "a blocking queue",
      options: TapOptions(name: .of("b0"), queues: 2),
      descriptors: { (kernel, _) throws(SystemError) in
        [
          try attached(kernel, "b0", flags),
          try attached(kernel, "b0", flags, isBlocking: true),
        ]
      },
      offer: { $0.name = .of("b0") },
      says: ["O_NONBLOCK: on here, off on the other side"]),
    Wrong(
      testDescription: "another header size than the source says",
      offer: { $0[.headerSize] = 20 }, says: ["vnet header size: 12 here, 20 on the other side"]),
    Wrong(
      testDescription: "another header size than is configured",
      options: TapOptions(name: .of("a0"), queues: 2, headerSize: 10),
      says: ["vnet header size: 10 here, 12 on the other side"]),
    Wrong(
      testDescription: "another MTU than the source says",
      offer: { $0[.mtu] = 9_000 }, says: ["interface MTU: 1500 here, 9000 on the other side"]),
    Wrong(
      testDescription: "another MTU than is configured",
      options: TapOptions(name: .of("a0"), queues: 2, mtu: 1_400),
      says: ["interface MTU: 1400 here, 1500 on the other side"]),
  ]

  @Test(arguments: wrongs) fileprivate func `names what differs and both values`(
    wrong: Wrong
  ) throws {
    try Namespace.run {
      let world = TapWorld()
      let source = world.tap(TapOptions(name: .of("a0"), queues: 2))
      try source.begin(.running)
      var offer = try source.describe()
      let own = source.lend()
      let numbers = try wrong.descriptors(world.kernel, own)
      let copies = try world.passed(numbers)
      for number in Set(numbers).subtracting(own) { world.kernel.close(number) }
      wrong.offer(&offer)

      let target = world.tap(wrong.options, name: "net1")
      try target.begin(.prepared)
      let mutations = world.kernel.tunMutations
      let refused = target.refusal(offer, copies)
      let text = refused?.description ?? ""
      #expect(text.hasPrefix("net1: "))
      for part in wrong.says { #expect(text.contains(part)) }
      #expect(world.kernel.tunMutations == mutations)
      #expect(target.state == .expecting)
      #expect(world.kernel.open == Set(own))
      #expect(source.state == .polling)

      // A second try, with what is right, is legal unless the options themselves are wrong.
      target.close()
      let second = world.tap(TapOptions(name: .of("a0"), queues: 2))
      try second.begin(.prepared)
      source.withdraw()
      try second.consider(try source.describe(), try world.passed(source.lend()))
      #expect(second.state == .adopted)
      second.close()
      source.close()
    }
  }

  @Test func `refuses an offer without descriptors when it expects some`() throws {
    try Namespace.run {
      let world = TapWorld()
      let source = world.tap(TapOptions(name: .of("a0")))
      try source.begin(.running)
      let offer = try source.describe()
      let target = world.tap(TapOptions(name: .of("a0")), name: "net1")
      try target.begin(.prepared)
      let refused = refusal { () throws(Refusal) in
        try target.consider(offer, Descriptors(in: world.kernel))
      }
      #expect(refused?.description == "a0: backend-transfer: on here, off on the other side")
      #expect(target.state == .expecting)
      for tap in [source, target] { tap.close() }
    }
  }

  @Test func `refuses descriptors when it is open already`() throws {
    try Namespace.run {
      let world = TapWorld(transfersBackends: false)
      let source = world.tap(TapOptions(name: .of("a0")))
      try source.begin(.running)
      let offer = try source.describe()
      let target = world.tap(TapOptions(name: .of("b0")))
      try target.begin(.prepared)
      let copies = try world.passed(source.lend())
      let refused = target.refusal(offer, copies)
      #expect(refused?.cause == .alreadyOpen)
      #expect(target.state == .quiesced)
      #expect(world.kernel.open.count == 2)
      for tap in [source, target] { tap.close() }
    }
  }

  @Test func `finds one duplicate among many queues`() throws {
    try Namespace.run {
      let world = TapWorld()
      let source = world.tap(TapOptions(name: .of("a0"), queues: 16))
      try source.begin(.running)
      let offer = try source.describe()
      var numbers = source.lend()
      numbers[13] = numbers[4]
      let copies = try world.passed(numbers)
      let target = world.tap(TapOptions(name: .of("a0"), queues: 16))
      try target.begin(.prepared)
      let refused = target.refusal(offer, copies)
      #expect(refused?.cause == .duplicateDescriptor)
      #expect(refused?.here == .number(4) && refused?.there == .number(13))
      for tap in [source, target] { tap.close() }
    }
  }

  @Test func `goes by the name where the interface cannot be looked up`() throws {
    try Namespace.run {
      let world = TapWorld()
      let source = world.tap(TapOptions(name: .of("a0")))
      try source.begin(.running)
      let offer = try source.describe()
      let target = world.tap(TapOptions(name: .of("a0")))
      try target.begin(.prepared)
      // From another namespace the descriptors work and the names do not.
      try Namespace.run {
        let copies = try world.passed(source.lend())
        #expect(target.refusal(offer, copies) == nil)
      }
      #expect(target.state == .adopted)
      #expect(target.memory.properties.index == offer.index)
      for tap in [source, target] { tap.close() }
    }
  }

  @Test func `changes nothing by looking, whatever call is refused`() throws {
    try Namespace.run {
      let world = TapWorld()
      let source = world.tap(TapOptions(name: .of("a0"), queues: 2))
      try source.begin(.running)
      let offer = try source.describe()
      let mutations = world.kernel.tunMutations
      var harmless: Set<Call> = []
      // Ends when a run meets no refusal any more.
      for number in 1... {
        let copies = try world.passed(source.lend())
        let target = world.tap(TapOptions(name: .of("a0"), queues: 2))
        try target.begin(.prepared)
        world.kernel.arm(number)
        let refused = target.refusal(offer, copies)
        let call = world.kernel.refused
        world.kernel.arm(nil)
        #expect(world.kernel.open.count == (refused == nil ? 4 : 2))
        if let call, refused == nil { harmless.insert(call) }
        target.close()
        if call == nil { break }
      }
      #expect(harmless == [.compare, .interfaceIndex, .interfaceMTU, .tunNetwork])
      #expect(world.kernel.tunMutations == mutations)
      source.close()
    }
  }
}
