import BatonCore
import BatonHost
import BatonLab
import Foundation
import Testing

/// A macvtap at one end of a cable, in the namespace of the stage; probes come from the other end.
private struct Cable {
  static let far = "far0"
  private static let ip = "/usr/sbin/ip"

  /// Whether this kernel has macvtaps, and makes their devices. BATON_MACVTAP=1 says that it must.
  static let isAvailable: Bool = {
    if ProcessInfo.processInfo.environment["BATON_MACVTAP"] != nil { return true }
    let index = newIndex()
    let script =
      "ip link add a0 type veth peer name b0 && ip link add link a0 name m0 index \(index) type "
      + "macvtap && [ -c /dev/tap\(index) ] && echo there"
    return (try? Program.shell(script))?.contains("there") ?? false
  }()

  /// The device has its name from the index, and is not in a namespace: no other test has this one.
  private static func newIndex() -> Int { .random(in: 1_000_000...2_000_000_000) }

  private let device: String

  init(_ stage: Stage) throws {
    let index = Self.newIndex()
    device = "/dev/tap\(index)"
    for words in [
      "link add low0 type veth peer name far0",
      "link add link low0 name mac0 index \(index) type macvtap mode passthru",
      "link set low0 up", "link set far0 up", "link set mac0 up",
    ] {
      let outcome = try Program.execute([Self.ip] + words.split(separator: " ").map(String.init))
      try #require(outcome.status == 0, "ip \(words): \(outcome.errors)")
    }
    let path = device
    // Made by a thread of the kernel.
    try stage.wait("\(path)") { FileManager.default.isReadableFile(atPath: path) }
  }

  /// A host that serves it.
  func wish(queues: Int) -> Stage.Wish {
    var wish = Stage.Wish(taps: [Self.far], queues: queues)
    wish.netdev = "tap,id=net0,ifname=mac0,queues=\(queues)"
    return wish
  }

  /// How many descriptors of its device a process has.
  func count(_ host: HostProcess) throws -> Int {
    let folder = "/proc/\(host.child.pid)/fd"
    return try FileManager.default.contentsOfDirectory(atPath: folder).filter { name in
      (try? FileManager.default.destinationOfSymbolicLink(atPath: "\(folder)/\(name)")) == device
    }.count
  }

  /// Takes the cable away, and the macvtap with it, which was not made by any host.
  func cut() throws {
    #expect(Interface(name: "mac0").transmitDrops != nil)
    #expect(try Program.execute([Self.ip, "link", "del", "low0"]).status == 0)
  }
}

extension ProcessTests {
  /// A macvtap is handed over between real processes as a TAP is. The kernel lets any number of
  /// processes open it, so that it is looked at who has it.
  @Suite(
    .timeLimit(.minutes(15)),
    .enabled(if: Cable.isAvailable, "there is no macvtap, or no device"))
  struct MacvtapMoveTests {
    @Test(arguments: [1, 4])
    func `a guest moves to and fro with its macvtap, and no probe is lost`(queues: Int)
      async throws
    {
      try await Stage.run { stage in
        let cable = try Cable(stage)
        let a = try stage.startSource("A", cable.wish(queues: queues))
        #expect(try cable.count(a) == queues)
        let b = try stage.startTarget("B", cable.wish(queues: queues))
        // It waits for the source's descriptors, and opens none.
        #expect(try cable.count(b) == 0)
        try stage.move(a, b)
        #expect(try cable.count(b) == queues)
        #expect(try cable.count(a) == 0)
        try stage.move(b, a)
        // A target of no name takes what is offered.
        var wish = cable.wish(queues: queues)
        wish.netdev = "tap,id=net0,queues=\(queues)"
        let c = try stage.startTarget("C", wish)
        try stage.move(a, c)
        // Lost, doubled and reordered are counted here.
        stage.endProbes()
        for host in [a, b, c] { try stage.end(host) }
        try cable.cut()
      }
    }

    @Test(arguments: [
      KillPoint(.source, at: .taken), KillPoint(.target, at: .offered),
    ])
    func `the survivor of a death has the macvtap`(point: KillPoint) async throws {
      try await Stage.run { stage in
        let cable = try Cable(stage)
        let source = try stage.startSource("A", cable.wish(queues: 1))
        let target = try stage.startTarget("B", cable.wish(queues: 1))
        let survivor = try stage.die(at: point, source, target)
        try stage.expectRunner(survivor)
        #expect(try cable.count(survivor) == 1)
        try stage.expectFlow()
        stage.endProbes()
        try stage.end(survivor)
        try cable.cut()
      }
    }
  }
}
