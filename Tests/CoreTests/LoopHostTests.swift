import BatonCLibevent
import BatonCore
import Foundation
import Synchronization
import Testing

/// A loop on an `event_base` that the host made and runs.
@Suite(.timeLimit(.minutes(15))) struct LoopHostTests {
  let kernel = Kernel()

  @Test func `the host's base calls our watches, and ends our rounds`() throws {
    let base = try #require(event_base_new())
    defer { event_base_free(base) }
    let (a, b) = try kernel.pair()
    let recorder = Recorder()
    do {
      let loop = EventLoop(base: base, kernel: kernel)
      recorder.watch(loop, a, .read, id: 1)
      recorder.watch(loop, b, .read, id: 2)
      let rounds = RoundWatch(loop, id: 9, calling: recorder)
      try kernel.send(a.value.number, "x")
      try kernel.send(b.value.number, "x")
      for _ in 0..<2 { #expect(event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK) == 0) }
      #expect(recorder.calls.count == 6)
      #expect(recorder.order.prefix(2).sorted() == [1, 2] && recorder.order[2] == 9)
      #expect(recorder.order[5] == 9)
      #expect(loop.poll())
      #expect(recorder.order.suffix(1) == [9] && recorder.calls.count == 9)
      _ = consume rounds
      recorder.watches = [:]
    }
    #expect(event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK) == 1)
    #expect(recorder.calls.count == 9)
  }

  @Test(.timeLimit(.minutes(15)))
  func `on a host's base with a coarse clock a timer is not early either`() throws {
    let base = try #require(event_base_new())
    defer { event_base_free(base) }
    let loop = EventLoop(base: base, kernel: kernel)
    let recorder = Recorder()
    var earlyCount = 0
    var deadline: UInt64 = 0
    recorder.react = { this, _, id in
      if loop.now < deadline { earlyCount += 1 }
      deadline = loop.now + UInt64(id) * 100_000
      if id < 20 { this.timer(loop, at: deadline, id: id + 1) }
    }
    recorder.timer(loop, at: 0, id: 0)
    loop.run(while: recorder.calls.count < 21) { _ in event_base_loop(base, EVLOOP_ONCE) }
    #expect(event_base_loop(base, EVLOOP_NONBLOCK) == 1)
    #expect(recorder.calls.count == 21 && earlyCount == 0)
    recorder.timers = [:]
    recorder.react = { _, _, _ in }
  }

  @Test(.timeLimit(.minutes(15)))
  func `a mailbox works on the host's base`() throws {
    let base = try #require(event_base_new())
    let loop = EventLoop(base: base, kernel: kernel)
    defer { event_base_free(base) }
    let mailbox = try Mailbox(loop)
    let flag = Flag()
    mailbox.post { flag.set() }
    loop.run(while: !flag.isSet) { _ in #expect(event_base_loop(base, EVLOOP_ONCE) == 0) }
    _ = consume loop
  }

  @Test func `a loop or a mailbox that went has nothing on the host's base`() throws {
    let base = try #require(event_base_new())
    defer { event_base_free(base) }
    func count() -> CInt { event_base_get_num_events(base, UInt32(EVENT_BASE_COUNT_ADDED)) }
    do {
      let loop = EventLoop(base: base, kernel: kernel)
      do { _ = try Mailbox(loop) }
      #expect(count() == 1)
      _ = event_base_loop(base, EVLOOP_ONCE | EVLOOP_NONBLOCK)
      #expect(count() == 0)
      let mailbox = try Mailbox(loop)
      #expect(count() == 1)
      _ = consume loop
      #expect(count() == 0)
      _ = consume mailbox
    }
  }

  @Test func `libevent is never asked for a time that it cannot add up`() throws {
    let base = try #require(event_base_new())
    defer { event_base_free(base) }
    let loop = EventLoop(base: base, kernel: kernel)
    let recorder = Recorder()
    recorder.timer(loop, at: .max)
    var latest = timeval()
    _ = event_base_foreach_event(
      base,
      { _, event, latest in
        event_pending(event, Int16(EV_TIMEOUT), latest?.assumingMemoryBound(to: timeval.self))
        return 0
      }, &latest)
    // 2^54 ns are 208 days, beside the time of the clock.
    #expect(latest.tv_sec > 0 && latest.tv_sec < time(nil) + 210 * 86_400)
    recorder.timers = [:]
  }

  private final class Flag: Sendable {
    private let value = Mutex(false)
    var isSet: Bool { value.withLock { $0 } }
    func set() { value.withLock { $0 = true } }
  }
}
