import BatonCore
import Glibc
import Testing

@testable import BatonNet

/// TAPs in another network namespace than the one of their process, all of them real.
@Suite(.timeLimit(.minutes(15)), .enabled(if: Namespace.isAvailable, "\(Namespace.reason)"))
struct TapNetworkTests {
  /// Runs `body` in a namespace of its own, with the path of another one.
  private func beside(_ body: (TapNetwork) throws -> Void) throws {
    try Namespace.run {
      let there = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
      try #require(there >= 0)
      defer { close(there) }
      let place = try #require(TapNetwork("/proc/self/fd/\(there)"))
      try Namespace.run { try body(place) }
    }
  }

  private func options(_ place: TapNetwork?, queues: Int = 1) -> TapOptions {
    var options = TapOptions(name: .of("a0"), queues: queues)
    options.network = place
    return options
  }

  /// Makes calls in the other namespace.
  private func at<Answer>(_ place: TapNetwork, _ body: () throws -> Answer) throws -> Answer {
    let kernel = Kernel()
    let number = try kernel.openNetwork(place.path)
    defer { kernel.close(number) }
    let home = try kernel.enterNetwork(number)
    defer { #expect(throws: Never.self) { try kernel.leaveNetwork(to: home) } }
    return try body()
  }

  private func isHere(_ name: InterfaceName) -> Bool { (try? Kernel().interfaceIndex(name)) != nil }

  @Test(arguments: [1, 4]) func `is made there and serves here`(queues: Int) throws {
    try beside { place in
      let world = TapWorld()
      let here = world.kernel.networkNumber()
      var options = options(place, queues: queues)
      options.mtu = 1_400
      let tap = world.tap(options)
      let port = PortRecorder(tap)
      try tap.begin(.running)
      #expect(tap.state == .polling && world.kernel.networkNumber() == here)
      #expect(!isHere(.of("a0")))
      let (index, mtu, wire) = try at(place) {
        (
          try Kernel().interfaceIndex(.of("a0")), try Kernel().interfaceMTU(.of("a0")),
          try Wire(.of("a0"))
        )
      }
      #expect(index == tap.memory.properties.index && mtu == 1_400)
      for number in 0..<20 { wire.send(number) }
      world.settle()
      #expect(port.numbers.sorted() == Array(0..<20))
      port.send(7)
      #expect(wire.received() == [7])
      #expect(try tap.describe().index == index)
      tap.close()
      #expect(world.kernel.open.isEmpty && world.kernel.networkNumber() == here)
      #expect(try at(place) { !isHere(.of("a0")) })
    }
  }

  /// Whether the target names the namespace too.
  @Test(arguments: [true, false], [1, 4]) func `changes hands without a loss`(
    isNamed: Bool, queues: Int
  ) throws {
    try beside { place in
      let world = TapWorld()
      let source = world.tap(options(place, queues: queues))
      let former = PortRecorder(source)
      try source.begin(.running)
      let wire = try at(place) { try Wire(.of("a0")) }
      let target = world.tap(options(isNamed ? place : nil, queues: queues), name: "net1")
      let port = PortRecorder(target)
      try target.begin(.prepared)
      let offer = try source.describe()
      // That it is the same interface is seen from its index in its own namespace.
      var other = offer
      other.index += 1
      let refused = target.refusal(other, try world.passed(source.lend()))
      #expect(
        refused?.description
          == "net1: interface index: \(offer.index) here, \(other.index) on the other side")
      let mutations = world.kernel.tunMutations
      try target.consider(offer, try world.passed(source.lend()))
      for number in 0..<20 { wire.send(number) }
      world.settle()
      try source.quiesce()
      for number in 20..<60 { wire.send(number) }
      world.settle()
      try target.load(source.memory.properties)
      try target.take()
      try target.resume()
      source.release()
      world.settle()
      #expect(world.kernel.tunMutations == mutations)
      #expect(former.numbers == Array(0..<20) && port.numbers == Array(20..<60))
      for tap in [source, target] { tap.close() }
      #expect(world.kernel.open.isEmpty)
    }
  }

  @Test func `is refused by a target that expects it elsewhere`() throws {
    try beside { place in
      let world = TapWorld()
      let source = world.tap(options(place))
      try source.begin(.running)
      let target = world.tap(options(TapNetwork("/proc/thread-self/ns/net")), name: "net1")
      try target.begin(.prepared)
      let offer = try source.describe()
      let refused = target.refusal(offer, try world.passed(source.lend()))
      let there = try at(place) { Kernel().networkNumber() }
      let here = world.kernel.networkNumber()
      #expect(
        refused?.description
          == "net1: network namespace: \(here) here, \(there) on the other side")
      #expect(target.state == .expecting && target.network == nil)
      for tap in [source, target] { tap.close() }
      #expect(world.kernel.open.isEmpty)
    }
  }

  @Test func `a target in a namespace with an interface of that name asks the right one`() throws {
    try beside { place in
      let world = TapWorld()
      let decoys = ["b0", "b1", "a0"].map { world.tap(TapOptions(name: .of($0))) }
      for decoy in decoys { try decoy.begin(.running) }
      let source = world.tap(options(place))
      try source.begin(.running)
      let offer = try source.describe()
      #expect(try Kernel().interfaceIndex(.of("a0")) != offer.index)
      let target = world.tap(options(nil), name: "net1")
      try target.begin(.prepared)
      #expect(target.refusal(offer, try world.passed(source.lend())) == nil)
      for tap in [source, target] + decoys { tap.close() }
      #expect(world.kernel.open.isEmpty)
    }
  }

  @Test(arguments: [
    (
      "no-such-namespace-here",
      "no-such-namespace-here: open: No such file or directory (ENOENT)"
    ),
    (
      "/proc/self/status",
      "/proc/self/status: network namespace: 'no namespace' was received, "
        + "expected 'network namespace'"
    ),
    (
      "/proc/self/ns/uts",
      "/proc/self/ns/uts: network namespace: 'another namespace' was received, "
        + "expected 'network namespace'"
    ),
  ]) func `what is no network namespace is refused for what it is`(
    text: String, said: String
  ) {
    Namespace.run {
      let world = TapWorld()
      let tap = world.tap(options(TapNetwork(text)))
      let refused = refusal { () throws(Refusal) in try tap.begin(.running) }
      #expect(refused?.description == said)
      #expect(tap.state == .failed && world.kernel.open.isEmpty)
      tap.close()
    }
  }

  @Test func `who may not go there, or not come back, is told, and stays`() throws {
    try beside { place in
      let world = TapWorld()
      let here = world.kernel.networkNumber()
      world.kernel.always = [.enterNetwork: Errno.notPermitted]
      let tap = world.tap(options(place))
      let refused = refusal { () throws(Refusal) in try tap.begin(.running) }
      #expect(refused?.description == "a0: setns: Operation not permitted (EPERM)")
      #expect(world.kernel.networkNumber() == here && world.kernel.open.isEmpty)
      tap.close()
    }
  }

  @Test func `comes home from the refusal of every call, also of the one that goes home`() throws {
    try beside { place in
      let world = TapWorld()
      let here = world.kernel.networkNumber()
      var refused: Set<Call> = []
      // Ends when a run meets no refusal any more.
      for number in 1... {
        var options = options(place, queues: 3)
        options.mtu = 1_400
        let tap = world.tap(options)
        world.kernel.arm(number)
        let said = refusal { () throws(Refusal) in try tap.begin(.running) }
        if let call = world.kernel.refused {
          refused.insert(call)
          if [.enterNetwork, .leaveNetwork].contains(call) { #expect(said?.call == call.rawValue) }
        }
        #expect(world.kernel.networkNumber() == here, "\(String(describing: said))")
        world.kernel.arm(nil)
        tap.close()
        #expect(world.kernel.open.isEmpty)
        if said == nil, number > 40 { break }
      }
      #expect(refused.isSuperset(of: [.open, .enterNetwork, .leaveNetwork, .tunSetInterface]))
    }
  }

  @Test func `a kernel that does not tell where an interface is, is asked in the named one`() throws
  {
    try beside { place in
      let world = TapWorld()
      world.kernel.always = [.tunNetwork: Errno.notTerminal]
      let source = world.tap(options(place))
      try source.begin(.running)
      var offer = try source.describe()
      offer.index += 1
      for (network, isRefused) in [(place, true), (nil, false)] as [(TapNetwork?, Bool)] {
        let target = world.tap(options(network), name: "net1")
        try target.begin(.prepared)
        // Where the namespace is not known, the name must do.
        #expect(
          (target.refusal(offer, try world.passed(source.lend())) != nil) == isRefused)
        target.close()
      }
      source.close()
      #expect(world.kernel.open.isEmpty)
    }
  }
}
