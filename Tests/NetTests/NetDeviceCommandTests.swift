import BatonCore
import BatonTesting
import Testing

@testable import BatonNet

/// Control commands across a move and a rollback: each is answered once, by who owns the guest.
@Suite(.timeLimit(.minutes(15)), .enabled(if: Namespace.isAvailable, "\(Namespace.reason)"))
struct NetDeviceCommandTests {
  private static let queue = 4

  private static func world() throws -> NetWorld {
    try NetWorld(pairs: 2, features: [.controlQueue, .multiqueue])
  }

  @Test func `a command whose bell nobody heard is served by the target`() throws {
    try Namespace.run {
      let net = try Self.world()
      let target = try net.target()
      try net.move(to: target) {
        net.place(command: 0, pairs: 2)
        net.source.notify(queue: Self.queue)
        #expect(net.answer(0) == 0xee)
      }
      #expect(net.answer(0) == 0)
      #expect(net.fixture.usedIndex(Self.queue) == 1)
      #expect(target.virtio?.activePairs == 2)
    }
  }

  @Test func `a bell after the save is not answered by the held source`() throws {
    try Namespace.run {
      let net = try Self.world()
      let target = try net.target()
      try net.inspect(target)
      try net.source.quiesce()
      let state = try net.state()
      net.place(command: 0, pairs: 2)
      net.source.notify(queue: Self.queue)
      #expect(net.fixture.usedIndex(Self.queue) == 0)
      try target.load(state.span.bytes)
      try target.take()
      target.activate()
      #expect(net.answer(0) == 0)
      #expect(net.fixture.usedIndex(Self.queue) == 1)
    }
  }

  @Test func `a rollback serves what waited`() throws {
    try Namespace.run {
      let net = try Self.world()
      let target = try net.target()
      try net.inspect(target)
      net.place(command: 0, pairs: 2)
      try net.source.quiesce()
      net.place(command: 1, pairs: 1)
      net.source.notify(queue: Self.queue)
      _ = try net.state()
      target.discard()
      try net.source.restore()
      #expect([net.answer(0), net.answer(1)] == [0, 0])
      #expect(net.fixture.usedIndex(Self.queue) == 2)
      #expect(net.source.virtio?.activePairs == 1)
    }
  }

  @Test(arguments: 1...60 as ClosedRange<UInt64>)
  func `every command is answered once, in order, whoever hears of it`(seed: UInt64) throws {
    try Namespace.run {
      var random = Generator(seed: seed)
      let net = try Self.world()
      let target = try net.target()
      var wanted: [UInt8] = []
      var former = net.source
      func commands(_ device: NetDevice) {
        for _ in 0..<random.next() % 4 where wanted.count < 8 {
          // One in four asks for what there is not.
          let pairs = UInt8(random.next() % 4)
          net.place(command: wanted.count, pairs: pairs)
          wanted.append(pairs)
          if random.next() % 2 == 0 { device.notify(queue: Self.queue) }
        }
      }
      commands(net.source)
      try net.inspect(target)
      commands(net.source)
      try net.source.quiesce()
      commands(net.source)
      let served = net.fixture.usedIndex(Self.queue)
      let state = try net.state()
      commands(net.source)
      #expect(net.fixture.usedIndex(Self.queue) == served)
      if random.next() % 3 == 0 {
        target.discard()
        try net.source.restore()
      } else {
        try target.load(state.span.bytes)
        try target.take()
        target.activate()
        former = target
      }
      commands(former)
      former.notify(queue: Self.queue)
      expectAnswers(to: wanted, of: former, net)
    }
  }

  /// Each command has one answer, and the last one that can be counts.
  private func expectAnswers(to wanted: [UInt8], of device: NetDevice, _ net: NetWorld) {
    #expect(net.fixture.usedIndex(Self.queue) == UInt16(wanted.count))
    for (number, pairs) in wanted.enumerated() {
      #expect(net.answer(number) == (1...2 ~= pairs ? 0 : 1))
      #expect(net.fixture.usedEntry(Self.queue, number)[0] == UInt32(2 * number))
    }
    #expect(device.virtio?.activePairs == Int(wanted.last { 1...2 ~= $0 } ?? 1))
  }
}

extension NetWorld {
  private func address(_ command: Int) -> UInt64 {
    VirtioFixture.buffers + 0x30000 + UInt64(command) * 128
  }

  /// Puts a VQ_PAIRS_SET into the control queue and rings no bell.
  fileprivate func place(command: Int, pairs: UInt8) {
    let (queue, first) = (4, 2 * command)
    fixture.put([4, 0, pairs, 0], at: address(command))
    fixture.put([0xee], at: address(command) + 64)
    fixture.describe(queue, first, address(command), 4, flags: 1, next: UInt16(first + 1))
    fixture.describe(queue, first + 1, address(command) + 64, 1, flags: 2)
    fixture.offer(queue, UInt16(first))
  }

  fileprivate func answer(_ command: Int) -> UInt8 { fixture.read(address(command) + 64, 1)[0] }
}
