import BatonCore
import Foundation
import Testing

/// A host that waits itself, for one descriptor of the loop's.
@Suite(.timeLimit(.minutes(15))) struct LoopDescriptorTests {
  let kernel = Kernel()

  /// Waits as such a host does, and lets the loop do what there is; false after a second.
  static func turn(_ loop: EventLoop, millis: CInt = 1000) throws -> Bool {
    guard try becomesReady(loop, millis: millis) else { return false }
    loop.poll()
    return true
  }

  private static func becomesReady(_ loop: EventLoop, millis: CInt = 1000) throws -> Bool {
    var entry = pollfd(fd: try loop.descriptor(), events: Int16(POLLIN), revents: 0)
    return poll(&entry, 1, millis) == 1
  }

  func isReady(_ loop: EventLoop) throws -> Bool {
    kernel.readiness(of: try loop.descriptor()).contains(.read)
  }

  @Test func `it is ready for what was watched before it was asked for, and after`() throws {
    let loop = EventLoop(kernel: kernel)
    let recorder = Recorder()
    let (a, b) = try kernel.pair()
    let (c, d) = try kernel.pair()
    recorder.watch(loop, b, .read, id: 1)
    #expect(try !isReady(loop))
    #expect(try loop.descriptor() == loop.descriptor())
    recorder.watch(loop, d, .read, id: 2)
    #expect(try !isReady(loop))
    try kernel.send(a.value.number, "x")
    #expect(try Self.turn(loop) && recorder.order == [1])
    // Level-triggered: nobody has read it.
    #expect(try isReady(loop))
    recorder.watches[1]?.value.suspend()
    #expect(try !isReady(loop))
    try kernel.send(c.value.number, "x")
    #expect(try Self.turn(loop) && recorder.order == [1, 2])
    recorder.watches[2] = nil
    #expect(try !isReady(loop))
    recorder.watches[1]?.value.resume()
    #expect(try Self.turn(loop) && recorder.order == [1, 2, 1])
    recorder.watches = [:]
    #expect(try !isReady(loop))
  }

  @Test func `two that watch one descriptor do not take it from each other`() throws {
    let loop = EventLoop(kernel: kernel)
    let recorder = Recorder()
    let (a, b) = try kernel.pair()
    recorder.watch(loop, b, .read, id: 1)
    #expect(try !isReady(loop))
    recorder.watch(loop, b, .write, id: 2)
    #expect(try Self.turn(loop) && recorder.order == [2])
    recorder.watches[2]?.value.suspend()
    #expect(try !isReady(loop))
    try kernel.send(a.value.number, "x")
    #expect(try Self.turn(loop) && recorder.order == [2, 1])
    recorder.watches[1] = nil
    #expect(try !isReady(loop))
    recorder.watches[2]?.value.resume()
    #expect(try Self.turn(loop) && recorder.order == [2, 1, 2])
    recorder.watches = [:]
  }

  @Test func `a timer that is due fires in the next round, although arming it took long`() {
    final class HeldUp: Kernel {
      var nanos: UInt64 = 0
      override func now() -> UInt64 {
        let moment = super.now()
        while super.now() < moment + nanos {}
        return moment
      }
    }
    let slow = HeldUp()
    let loop = EventLoop(kernel: slow)
    let recorder = Recorder()
    slow.nanos = 5_000_000
    let deadline = kernel.now() + 20_000_000
    recorder.timer(loop, at: deadline, id: 1)
    slow.nanos = 0
    loop.poll()
    #expect(recorder.calls.isEmpty || kernel.now() >= deadline)
    while kernel.now() < deadline {}
    loop.poll()
    #expect(recorder.order == [1])
  }

  @Test func `it is ready when a timer is due, and never early`() throws {
    let loop = EventLoop(kernel: kernel)
    let recorder = Recorder()
    let began = loop.now
    var (earlyCount, deadline) = (0, began + 1_000_000)
    recorder.timer(loop, at: deadline, id: 1)
    recorder.react = { this, _, id in
      if loop.now < deadline { earlyCount += 1 }
      deadline = loop.now + 100_000
      if id < 20 { this.timer(loop, at: deadline, id: id + 1) }
    }
    loop.run(while: recorder.calls.count < 20) { loop in _ = try? Self.turn(loop) }
    #expect(recorder.order == Array(1...20) && earlyCount == 0)
    #expect(loop.now - began >= 2_900_000)
    #expect(try !isReady(loop))
    recorder.timers[1]?.value.arm(at: loop.now + 3_600_000_000_000)
    recorder.timers[2]?.value.arm(at: 1)
    // The kernel tells of a moment that is over by an interrupt, which may take a while.
    #expect(try Self.becomesReady(loop))
    recorder.timers[2]?.value.disarm()
    #expect(try !isReady(loop))
    (recorder.timers, recorder.react) = ([:], { _, _, _ in })
  }

  @Test func `a post from another thread wakes it`() throws {
    let loop = EventLoop(kernel: kernel)
    let mailbox = try Mailbox(loop)
    let recorder = Recorder()
    #expect(try !isReady(loop))
    let thread = Thread { mailbox.post {} }
    thread.start()
    recorder.watches = [:]
    #expect(try Self.turn(loop))
    _ = consume mailbox
  }

  @Test func `a round that is asked for from outside comes, with a host of each kind`() throws {
    let loop = EventLoop(kernel: kernel)
    let recorder = Recorder()
    let rounds = RoundWatch(loop, id: 9, calling: recorder)
    #expect(try !isReady(loop))
    loop.endRoundSoon()
    #expect(try Self.turn(loop) && recorder.order.contains(9))
    #expect(try !isReady(loop))
    // A timer that is armed meanwhile does not put it off.
    loop.endRoundSoon()
    recorder.timer(loop, at: loop.now + 3_600_000_000_000, id: 1)
    #expect(try isReady(loop))
    recorder.timers = [:]
    #expect(try Self.turn(loop) && !isReady(loop))
    // A loop that waits itself does not wait for anything else.
    let count = recorder.calls.count
    loop.endRoundSoon()
    loop.run(while: recorder.calls.count == count)
    _ = consume rounds
  }

  @Test func `what epoll does not take is asked for all the same`() throws {
    let file = Descriptor(
      owning: try kernel.createMemory(name: "test", byteCount: 8), in: kernel)
    let loop = EventLoop(kernel: kernel)
    let recorder = Recorder()
    #expect(try !isReady(loop))
    recorder.watch(loop, file.number, .read, id: 7)
    #expect(loop.untakenCount == 1)
    loop.run(while: recorder.calls.count < 3) { loop in _ = try? Self.turn(loop) }
    #expect(recorder.order.allSatisfy { $0 == 7 })
    recorder.watches = [:]
    #expect(try !isReady(loop) && loop.untakenCount == 0)
  }

  @Test func `who has no descriptor left is told, and goes on without it`() async {
    await #expect(processExitsWith: .success) {
      let kernel = Kernel()
      let loop = EventLoop(kernel: kernel)
      let recorder = Recorder()
      let (a, b) = try kernel.pair()
      recorder.watch(loop, b, .read, id: 1)
      // Room for the set, and none for its clock; then for neither.
      let last = (0..<256).first { !kernel.isOpen(CInt($0)) } ?? 255
      for limit in [last + 1, last] {
        var limits = rlimit(rlim_cur: rlim_t(limit), rlim_max: 4096)
        check(setrlimit(__rlimit_resource_t(7), &limits) == 0, "a limit")
        do throws(SystemError) {
          _ = try loop.descriptor()
          check(false, "there was room")
        } catch {
          check(error == SystemError(call: .watch, code: Errno.processTableFull), "\(error)")
        }
      }
      try kernel.send(a.value.number, "x")
      check(loop.poll() && recorder.order == [1], "the loop goes on")
    }
  }

  @Test func `nothing of it stays open`() async {
    await #expect(processExitsWith: .success) {
      let kernel = Kernel()
      let isLeaking = try SystemLeakTests.leaks {
        let loop = EventLoop(kernel: kernel)
        _ = try loop.descriptor()
      }
      check(!isLeaking, "the set and its clock are closed")
    }
  }
}
