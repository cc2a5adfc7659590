import BatonCore
import Testing

@testable import BatonNet

@Suite(.timeLimit(.minutes(15)), .enabled(if: Namespace.isAvailable, "\(Namespace.reason)"))
struct NetDeviceLossTests {
  /// Notes what it is told.
  final class Follower: NetDeviceWatcher {
    var losses: [Refusal] = []
    func netDevice(_ device: NetDevice, lost refusal: Refusal) { losses.append(refusal) }
  }

  @Test func `a lost TAP is told once, and a new one goes on with the guest`() throws {
    try Namespace.run {
      let (net, follower) = (try NetWorld(), Follower())
      net.source.watcher = follower
      net.fixture.fillReceive(0, byteCount: 2048)
      try Wire.delete(.of("a0"))
      net.world.settle()
      #expect(follower.losses.map(\.code) == [Errno.badDescriptorState])
      #expect(net.source.loss == follower.losses.first)
      try net.source.reopen()
      #expect(net.source.loss == nil)
      let wire = try Wire(.of("a0"))
      wire.send(7)
      net.fixture.queueFrame(1, 0, Wire.frame(8))
      net.source.notify(queue: 1)
      net.world.settle()
      #expect(net.delivered() == [7] && wire.received() == [8])
      net.source.watcher = nil
      net.source.close()
    }
  }

  /// Opens another TAP while it is told of the loss.
  final class Reopener: NetDeviceWatcher {
    var said: [String] = []
    func netDevice(_ device: NetDevice, lost refusal: Refusal) {
      do throws(Refusal) { try device.reopen() } catch { said.append("\(error)") }
    }
    func netDevice(_ device: NetDevice, opened refusal: Refusal?) {
      said.append(refusal.map { "\($0)" } ?? "opened")
    }
  }

  @Test func `a TAP is opened anew by whoever is told of the loss`() throws {
    try Namespace.run {
      let (net, reopener) = (try NetWorld(), Reopener())
      net.source.watcher = reopener
      net.fixture.fillReceive(0, byteCount: 2048)
      try Wire.delete(.of("a0"))
      net.world.settle()
      #expect(reopener.said == ["opened"])
      #expect(net.source.loss == nil)
      try Wire(.of("a0")).send(7)
      net.world.settle()
      #expect(net.delivered() == [7])
      net.source.watcher = nil
      net.source.close()
    }
  }

  @Test func `a new TAP must have the header that the guest's device was made for`() throws {
    try Namespace.run {
      let net = try NetWorld()
      net.fixture.fillReceive(0, byteCount: 2048)
      try Wire.delete(.of("a0"))
      net.world.settle()
      // A kernel that does not tell what it knows gives none.
      net.world.kernel.always[.tunFeatures] = Errno.invalid
      let refused = refusal { () throws(Refusal) in try net.source.reopen() }
      #expect(refused?.field == .headerSize)
      #expect(refused?.here == .number(12) && refused?.there == .number(0))
      #expect(net.source.loss == refused)
      net.world.kernel.always = [:]
      try net.source.reopen()
      net.source.close()
    }
  }
}
