import BatonCore
import Testing

@testable import BatonNet

private enum ThisMachine {
  static let hasVhost: Bool = {
    let kernel = Kernel()
    guard let number = try? kernel.openVhost() else { return false }
    kernel.close(number)
    return true
  }()
}

/// A device whose rings this machine's own vhost-net serves, where there is one: `make vm-test`
/// runs these on several kernels.
@Suite(
  .timeLimit(.minutes(15)), .serialized,
  .enabled(if: Namespace.isAvailable, "\(Namespace.reason)"),
  .enabled(if: ThisMachine.hasVhost, "there is no /dev/vhost-net"))
struct VhostKernelTests {
  /// A guest whose rings the kernel serves, and the other end of its TAP.
  private final class Bench {
    let net: NetWorld
    let wire: Wire
    private var sent: [Int] = []

    init() throws {
      net = try NetWorld(vhost: .required)
      wire = try Wire(.of("a0"))
      net.fixture.fillReceive(0, byteCount: 2048)
      net.source.notify(queue: 0)
    }

    /// What came out of the TAP so far, once it is so many.
    func out(_ count: Int) -> [Int] {
      let deadline = Deadline()
      while sent.count < count, !deadline.isOver() {
        sent += wire.received()
        net.world.loop.poll()
      }
      return sent
    }

    /// What the guest got so far, once it is so many.
    func got(_ count: Int) -> [Int] {
      let deadline = Deadline()
      while net.delivered().count < count, !deadline.isOver() { net.world.loop.poll() }
      return net.delivered()
    }

    /// The guest sends a frame.
    func send(_ number: Int, at place: Int, by device: NetDevice) {
      net.fixture.queueFrame(1, place, Wire.frame(number))
      device.notify(queue: 1)
    }
  }

  @Test func `frames go both ways, and the guest is interrupted`() throws {
    try Namespace.run {
      let bench = try Bench()
      let net = bench.net
      #expect(net.source.vhost?.state == .running)
      for number in 0..<3 { bench.wire.send(number) }
      #expect(bench.got(3) == [0, 1, 2])
      bench.send(100, at: 0, by: net.source)
      #expect(bench.out(1) == [100])
      net.world.loop.run(while: Set(net.interrupts.queues) != [0, 1])
      #expect(Set(net.interrupts.queues) == [0, 1])
      #expect(net.source.tap.counters.framesRead == 0)
      net.source.close()
      #expect(net.world.kernel.open.isEmpty)
    }
  }

  @Test func `a guest goes from kernel to kernel, to a process, and back`() throws {
    try Namespace.run {
      let bench = try Bench()
      let net = bench.net
      var owner = net.source
      var (sent, got): ([Int], [Int]) = ([], [])
      for (hop, wish) in [TapOptions.VhostWish.required, .off, .required].enumerated() {
        var options = net.source.options
        options.tap.vhost = wish
        let target = try net.target(options)
        bench.wire.send(10 * hop)
        bench.send(100 + 10 * hop, at: 3 * hop, by: owner)
        (got, sent) = (got + [10 * hop], sent + [100 + 10 * hop])
        #expect(bench.got(got.count) == got && bench.out(sent.count) == sent)
        try move(net, owner, to: target) {
          bench.wire.send(10 * hop + 1)
          bench.send(101 + 10 * hop, at: 3 * hop + 1, by: owner)
          net.world.settle()
          // Nobody has looked at the rings.
          #expect(net.delivered() == got && bench.wire.received() == [])
        }
        #expect((target.vhost?.state == .running) == (wish != .off))
        bench.send(102 + 10 * hop, at: 3 * hop + 2, by: target)
        (got, sent) = (got + [10 * hop + 1], sent + [101 + 10 * hop, 102 + 10 * hop])
        #expect(bench.got(got.count) == got && bench.out(sent.count) == sent)
        owner = target
      }
      owner.close()
      #expect(net.world.kernel.open.isEmpty)
    }
  }

  private func move(
    _ net: NetWorld, _ source: NetDevice, to target: NetDevice, whileStopped: () throws -> Void
  ) throws {
    try net.world.inspect(source, target)
    #expect(target.vhost?.state ?? .prepared == .prepared)
    net.fixture.device = try net.world.takeOver(source, by: target, whileStopped: whileStopped)
  }

  @Test func `a source that has its guest back goes on where the kernel stopped`() throws {
    try Namespace.run {
      let bench = try Bench()
      let net = bench.net
      bench.wire.send(0)
      bench.send(100, at: 0, by: net.source)
      #expect(bench.got(1) == [0] && bench.out(1) == [100])
      let target = try net.target()
      try net.inspect(target)
      try net.source.quiesce()
      bench.wire.send(1)
      bench.send(101, at: 1, by: net.source)
      net.world.settle()
      target.discard()
      try net.source.restore()
      #expect(net.source.vhost?.state == .running)
      #expect(bench.got(2) == [0, 1] && bench.out(2) == [100, 101])
      for device in [target, net.source] { device.close() }
      #expect(net.world.kernel.open.isEmpty)
    }
  }

  @Test func `a ring that the guest breaks is looked at here`() throws {
    try Namespace.run {
      let bench = try Bench()
      let net = bench.net
      net.fixture.describe(1, 0, 0xFFFF_0000, 100)
      net.fixture.offer(1, 0)
      net.source.notify(queue: 1)
      net.world.loop.run(while: net.source.vhost?.state == .running)
      #expect(net.source.vhost?.state == .suspended)
      #expect(net.source.virtio?.lastFault?.queue == 1)
      net.source.close()
    }
  }

  @Test func `one that has an owner is refused by name`() throws {
    try Namespace.run {
      let kernel = Kernel()
      let number = try kernel.openVhost()
      try kernel.vhostSetOwner(number)
      let world = TapWorld()
      var options = NetWorld.options()
      (options.tap.vhost, options.tap.vhostFDs) = (.required, [number])
      let device = NetWorld.device(world, options)
      let why = refusal { () throws(Refusal) in try device.begin(.running) }
      #expect(
        why?.description == "/dev/vhost-net: VHOST_SET_OWNER: Device or resource busy (EBUSY)")
      device.close()
    }
  }
}
