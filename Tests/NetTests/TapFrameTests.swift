import BatonCore
import Glibc
import Testing

@testable import BatonNet

@Suite(.timeLimit(.minutes(15)), .enabled(if: Namespace.isAvailable, "\(Namespace.reason)"))
struct TapFrameTests {
  /// A TAP that is open, its device, and the kernel's end.
  private static func open(
    _ world: TapWorld, queues: Int = 1
  ) throws -> (tap: Tap, port: PortRecorder, wire: Wire) {
    let tap = world.tap(TapOptions(name: .of("a0"), queues: queues))
    let port = PortRecorder(tap)
    try tap.begin(.running)
    return (tap, port, try Wire(.of("a0")))
  }

  @Test func `reads and writes in order`() throws {
    try Namespace.run {
      let world = TapWorld()
      let (tap, port, wire) = try Self.open(world)
      for number in 0..<200 { wire.send(number) }
      for number in 0..<200 { port.send(number) }
      world.settle()
      #expect(port.numbers == Array(0..<200))
      #expect(wire.received() == Array(0..<200))
      #expect(tap.counters.framesRead == 200 && tap.counters.framesWritten == 200)
      tap.close()
    }
  }

  @Test(arguments: [24, 40, 2_048])
  func `a frame is put where the device has room, and together where that is too little`(
    byteCount: Int
  ) throws {
    try Namespace.run {
      let world = TapWorld()
      let (tap, port, wire) = try Self.open(world)
      let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 16)
      defer { buffer.deallocate() }
      port.buffer = buffer
      for number in 0..<100 { wire.send(number) }
      world.settle()
      #expect(port.numbers == Array(0..<100))
      #expect(port.tookCount == (byteCount == 2_048 ? 100 : 0))
      #expect(tap.counters.framesRead == 100 && tap.counters.readsFailed == 0)
      tap.close()
    }
  }

  @Test func `room that is no memory any more costs a frame and not the queue`() throws {
    try Namespace.run {
      let world = TapWorld()
      let (tap, port, wire) = try Self.open(world)
      let page = mmap(nil, 4_096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0)
      port.buffer = UnsafeMutableRawBufferPointer(start: page, count: 4_096)
      defer { munmap(page, 4_096) }
      for number in 0..<10 { wire.send(number) }
      world.settle()
      #expect(port.numbers == Array(1..<10) && port.tookCount == 0)
      #expect(tap.counters.readsFailed == 1 && tap.counters.framesRead == 9)
      tap.close()
    }
  }

  @Test func `a queue is not watched any more when it is closed`() throws {
    try Namespace.run {
      let world = TapWorld()
      let (tap, port, wire) = try Self.open(world, queues: 2)
      wire.send(1)
      world.settle()
      #expect(port.numbers == [1])
      #expect(world.kernel.open.contains { world.loop.isRegistered($0) })
      let count = world.kernel.open.count
      tap.close()
      #expect(world.kernel.open.count < count)
      #expect(world.kernel.watchedAtClose == [])
    }
  }

  @Test func `reads at most a batch for one readiness`() throws {
    try Namespace.run {
      let world = TapWorld()
      let (tap, port, wire) = try Self.open(world)
      for number in 0..<150 { wire.send(number) }
      var counts: [Int] = []
      for _ in 0..<4 {
        world.loop.poll()
        counts.append(port.numbers.count)
      }
      #expect(counts == [64, 128, 150, 150])
      tap.close()
    }
  }

  @Test func `leaves frames in the kernel while the device has no buffer`() throws {
    try Namespace.run {
      let world = TapWorld()
      let (tap, port, wire) = try Self.open(world)
      port.takes = false
      for number in 0..<100 { wire.send(number) }
      world.settle()
      #expect(tap.counters.framesRead == 0 && tap.counters.starvations == 1)
      // Nobody is called any more: the loop does not turn idly.
      #expect(!world.loop.poll())
      port.takes = true
      #expect(!world.loop.poll())
      tap.feed()
      world.settle()
      #expect(port.numbers == Array(0..<100))
      tap.close()
    }
  }

  /// Eight queues are watched as a group, whose hold leaves each of them as it is.
  @Test(arguments: [2, 8])
  func `queues that stood still for want of buffers are read again after a hold`(
    queues: Int
  ) throws {
    try Namespace.run {
      let world = TapWorld()
      let (tap, port, wire) = try Self.open(world, queues: queues)
      for turn in 0..<3 {
        port.takes = false
        for number in 0..<20 { wire.send(20 * turn + number) }
        world.settle()
        #expect(tap.counters.starvations > turn && port.numbers.count == 20 * turn)
        _ = try tap.describe()
        _ = tap.lend()
        try tap.quiesce()
        port.takes = true
        try tap.restore()
        world.settle()
        #expect(port.numbers == Array(0..<20 * (turn + 1)))
      }
      tap.close()
    }
  }

  @Test func `drops and counts what an interface that is down will not have`() throws {
    try Namespace.run {
      let world = TapWorld()
      let tap = world.tap(TapOptions(name: .of("a0")))
      let port = PortRecorder(tap)
      try tap.begin(.running)
      guard case .dropped = port.send(1) else {
        Issue.record("a frame was not dropped")
        return
      }
      #expect(tap.counters.droppedDown == 1)
      #expect(tap.state == .polling)
      let wire = try Wire(.of("a0"))
      port.send(2)
      #expect(wire.received() == [2])
      tap.close()
    }
  }

  @Test func `drops and counts one bad frame`() throws {
    try Namespace.run {
      let world = TapWorld()
      let (tap, port, wire) = try Self.open(world)
      // A header that asks for a segmentation of no size (virtio 1.2, 5.1.6).
      let bad = [0, 1] + [UInt8](repeating: 0, count: 10) + Wire.frame(1)
      guard case .dropped = bad.withUnsafeBytes({ tap.write(queue: 0, frame: $0) }) else {
        Issue.record("a frame was not dropped")
        return
      }
      #expect(tap.counters.droppedInvalid == 1)
      port.send(2)
      #expect(wire.received() == [2])
      tap.close()
    }
  }

  @Test func `keeps the frame for which the kernel has no room, and goes on when it has`() throws {
    try Namespace.run {
      let world = TapWorld()
      let (tap, port, wire) = try Self.open(world)
      world.kernel.always[.write] = Errno.wouldBlock
      port.waiting = (0..<100).map { [UInt8](repeating: 0, count: 12) + Wire.frame($0) }
      #expect(port.transmit(queue: 0))
      tap.awaitRoom(queue: 0)
      world.loop.poll()
      #expect(port.waiting.count == 100)
      #expect(tap.counters.writesBlocked == 2)
      world.kernel.always[.write] = nil
      world.settle()
      #expect(wire.received() == Array(0..<100))
      #expect(!world.loop.poll())
      tap.close()
    }
  }

  @Test func `writes with the smallest send buffer`() throws {
    try Namespace.run {
      let world = TapWorld()
      // One frame on its way fills it, and none is on its way between two calls.
      let tap = world.tap(TapOptions(name: .of("a0"), sendBuffer: 1))
      let port = PortRecorder(tap)
      try tap.begin(.running)
      let wire = try Wire(.of("a0"))
      port.send(1)
      #expect(wire.received() == [1])
      #expect(tap.counters.framesWritten == 1)
      tap.close()
    }
  }

  @Test(arguments: [true, false]) func `fails with the reason when the interface is deleted`(
    byWriting: Bool
  ) throws {
    try Namespace.run {
      let world = TapWorld()
      let (tap, port, _) = try Self.open(world)
      try Wire.delete(.of("a0"))
      if byWriting { port.send(1) } else { world.settle() }
      #expect(tap.state == .failed)
      #expect(tap.memory.refusal?.code == Errno.badDescriptorState)
      #expect(tap.memory.refusal?.subject == Name("a0"))
      #expect(world.kernel.open.isEmpty)
      // The guest runs on; what it sends is lost and counted.
      let before = tap.counters.droppedGone
      port.send(2)
      #expect(tap.counters.droppedGone == before + 1)
      // The reason is given to whoever wants to move it.
      let refused = refusal { () throws(Refusal) in _ = try tap.describe() }
      #expect(refused == tap.memory.refusal)
      try tap.begin(.running)
      #expect(tap.state == .polling)
      let wire = try Wire(.of("a0"))
      port.send(3)
      #expect(wire.received() == [3])
      tap.close()
    }
  }

  @Test(arguments: [4, 256]) func `moves frames over every queue`(queues: Int) throws {
    try Namespace.run {
      let world = TapWorld()
      let (tap, port, wire) = try Self.open(world, queues: queues)
      for queue in 0..<queues { port.send(queue, queue: queue) }
      #expect(wire.received() == Array(0..<queues))
      for number in 0..<50 { wire.send(number) }
      world.settle()
      // The kernel spreads flows, not frames: these are of one flow, on whatever queue.
      #expect(port.numbers == Array(0..<50))
      #expect(Set(port.queues).count == 1)
      tap.close()
    }
  }
}
