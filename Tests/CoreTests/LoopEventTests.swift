import BatonCore
import Foundation
import Testing

@Suite(.timeLimit(.minutes(15))) struct LoopEventTests {
  let kernel = Kernel()

  @Test(.timeLimit(.minutes(15)))
  func `poll never waits`() {
    let loop = EventLoop(kernel: kernel)
    let recorder = Recorder()
    let hour: UInt64 = 3_600_000_000_000
    recorder.timer(loop, at: loop.now + hour)
    for _ in 0..<100 { #expect(!loop.poll()) }
    #expect(recorder.calls.isEmpty)
  }

  // What may wait for ever runs in a process of its own: alarm(2) ends it, whatever it waits for.

  @Test func `a loop that watches nothing has nothing to wait for`() async {
    await #expect(processExitsWith: .success) {
      alarm(30)
      let loop = EventLoop(kernel: Kernel())
      guard !loop.runOnce() else { exit(1) }
      loop.run()
    }
  }

  @Test func `stop ends the run after its round, and the next run goes on`() async {
    await #expect(processExitsWith: .success) {
      try LoopEventTests.stopAndGoOn()
    }
  }

  private static func stopAndGoOn() throws {
    alarm(30)
    let kernel = Kernel()
    let loop = EventLoop(kernel: kernel)
    let (a, b) = try kernel.pair()
    let recorder = Recorder()
    recorder.watch(loop, a, .write, id: 1)
    recorder.watch(loop, b, .write, id: 2)
    recorder.react = { _, _, _ in loop.stop() }
    loop.run()
    #expect(recorder.order.sorted() == [1, 2])
    loop.run()
    #expect(recorder.calls.count == 4)
    loop.stop()
    loop.run()
    #expect(recorder.calls.count == 4)
  }

  @Test(.timeLimit(.minutes(15)))
  func `a signal arrives as often as it was raised and handled`() throws {
    let loop = EventLoop(kernel: kernel)
    let recorder = Recorder()
    var watch: Box<SignalWatch>? = Box(
      SignalWatch(loop, signal: Signal.user1, id: 4, calling: recorder))
    for count in 1...3 {
      kill(getpid(), Signal.user1)
      loop.run(while: recorder.calls.count < count)
    }
    #expect(recorder.calls == [Recorder.Call](repeating: .init(what: .signal, watch: 4), count: 3))
    #expect(watch != nil)
    watch = nil
  }

  @Test func `a signal that was blocked before arrives all the same`() async {
    await #expect(processExitsWith: .exitCode(7)) {
      alarm(30)
      var set = sigset_t()
      sigemptyset(&set)
      sigaddset(&set, Signal.user1)
      pthread_sigmask(SIG_BLOCK, &set, nil)
      let loop = EventLoop(kernel: Kernel())
      let recorder = Recorder()
      let watch = SignalWatch(loop, signal: Signal.user1, id: 4, calling: recorder)
      raise(Signal.user1)
      loop.run(while: recorder.calls.isEmpty)
      _ = watch
      _exit(7)
    }
  }

  @Test func `a loop cannot be run from its own callback`() async {
    await #expect(processExitsWith: .failure) {
      // Who hangs has not failed as it should.
      signal(SIGALRM) { _ in _exit(0) }
      alarm(30)
      let loop = EventLoop(kernel: Kernel())
      let recorder = Recorder()
      recorder.react = { _, _, _ in loop.poll() }
      recorder.timer(loop, at: 0)
      loop.run()
    }
  }

  @Test func `the environment does not change how the loop waits`() async {
    await #expect(processExitsWith: .success) {
      alarm(30)
      for name in ["EVENT_NOEPOLL", "EVENT_NOPOLL", "EVENT_NOSELECT"] { setenv(name, "1", 1) }
      let loop = EventLoop(kernel: Kernel())
      let recorder = Recorder()
      recorder.timer(loop, at: 0)
      loop.run()
      exit(recorder.calls.count == 1 ? 0 : 1)
    }
  }
}
