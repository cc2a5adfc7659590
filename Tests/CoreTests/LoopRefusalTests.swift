import BatonCore
import Foundation
import Testing

/// What the kernel may refuse a loop: epoll_ctl(2), also to let go of a descriptor, and
/// epoll_wait(2). A guest's device watches its TAP by them, so that none of it may end anything.
@Suite(.timeLimit(.minutes(15))) struct LoopRefusalTests {
  let kernel = Kernel()

  @Test func `what epoll does not take is asked for, and let go of like the rest`() throws {
    // A regular file, which epoll_ctl(2) refuses with EPERM, is always ready.
    let file = Descriptor(
      owning: try kernel.createMemory(name: "test", byteCount: 8), in: kernel)
    let loop = EventLoop(kernel: kernel)
    let recorder = Recorder()
    var watch: Box<Watch>? = Box(
      Watch(loop, descriptor: file.number, for: .read, id: 7, calling: recorder))
    #expect(loop.refusals.watches == 1)
    #expect(loop.refusals.last == SystemError(call: .watch, code: Errno.notPermitted))
    #expect(loop.untakenCount == 1)
    loop.run(while: recorder.calls.count < 3)
    #expect(recorder.calls[0] == Recorder.Call(what: .read, watch: 7))
    watch?.value.suspend()
    #expect(loop.untakenCount == 0)
    // Longer than the loop rests between two looks: only the timer calls.
    let count = recorder.calls.count
    recorder.timer(loop, at: loop.now + 5_000_000, id: 9)
    loop.run(while: recorder.calls.last?.watch != 9)
    #expect(recorder.calls.count == count + 1)
    watch?.value.resume()
    loop.run(while: recorder.calls.last?.watch != 7)
    watch = nil
    #expect(loop.untakenCount == 0)
    let last = recorder.calls.count
    recorder.timer(loop, at: loop.now + 5_000_000, id: 10)
    loop.run(while: recorder.calls.last?.watch != 10)
    #expect(recorder.calls.count == last + 1)
  }

  @Test func `a loop whose kernel refuses to wait calls those that are ready`() async {
    await #expect(processExitsWith: .success) {
      let kernel = Kernel()
      var (loop, lost) = LostPoll.loop(kernel)
      let (a, b) = try kernel.pair()
      let recorder = Recorder()
      recorder.watch(loop, b.value.number, .read, id: 1)
      recorder.timer(loop, at: loop.now + 5_000_000, id: 2)
      lost.lose()
      loop.run(while: recorder.calls.isEmpty)
      check(recorder.calls == [Recorder.Call(what: .timer, watch: 2)], "the timer fires")
      check(loop.refusals.waits > 0 && loop.refusals.waits < 50, "it rests between two looks")
      try kernel.send(a.value.number, "x")
      loop.run(while: recorder.calls.count < 2)
      check(recorder.calls[1] == Recorder.Call(what: .read, watch: 1), "the socket is read")
      let waits = loop.refusals.waits
      lost.find()
      loop.run(while: recorder.calls.count < 10)
      check(loop.refusals.waits == waits, "it waits again")
    }
  }

  @Test(arguments: [true, false])
  func `a signal is heard by a loop whose kernel refuses to watch or to wait`(
    isLostBefore: Bool
  ) async {
    await #expect(processExitsWith: .success) { [isLostBefore] in
      let kernel = Kernel()
      var (loop, lost) = LostPoll.loop(kernel)
      if isLostBefore { lost.lose() }
      let recorder = Recorder()
      let watch = SignalWatch(loop, signal: Signal.user1, id: 4, calling: recorder)
      if !isLostBefore { lost.lose() }
      for count in 1...2 {
        kill(getpid(), Signal.user1)
        loop.run(while: recorder.calls.count < count)
      }
      lost.find()
      kill(getpid(), Signal.user1)
      loop.run(while: recorder.calls.count < 3)
      check(recorder.calls.allSatisfy { $0 == .init(what: .signal, watch: 4) }, "by its watch")
      _ = watch
    }
  }

  @Test func `epoll is offered again what it did not take`() async {
    await #expect(processExitsWith: .success) {
      let kernel = Kernel()
      var (loop, lost) = LostPoll.loop(kernel)
      lost.lose()
      let (a, b) = try kernel.pair()
      let recorder = Recorder()
      recorder.watch(loop, b.value.number, .read, id: 1)
      check(loop.untakenCount == 1, "it is not taken")
      lost.find()
      try kernel.send(a.value.number, "x")
      loop.run(while: recorder.calls.isEmpty || loop.untakenCount > 0)
      let count = loop.refusals.watches
      let calls = recorder.calls.count
      loop.run(while: recorder.calls.count < calls + 10)
      check(loop.refusals.watches == count, "nothing is refused any more")
    }
  }

  @Test func `what the kernel does not let go of calls nobody`() async {
    await #expect(processExitsWith: .success) {
      let kernel = Kernel()
      var (loop, lost) = LostPoll.loop(kernel)
      let (a, b) = try kernel.pair()
      let recorder = Recorder()
      var watch: Box<Watch>? = Box(
        Watch(loop, descriptor: b.value.number, for: .read, calling: recorder))
      recorder.timer(loop, at: loop.now + 5_000_000, id: 2)
      try kernel.send(a.value.number, "x")
      lost.lose()
      watch?.value.suspend()
      watch = nil
      check(loop.refusals.watches > 0, "it is refused")
      lost.find()
      loop.run(while: recorder.calls.isEmpty)
      check(recorder.calls == [Recorder.Call(what: .timer, watch: 2)], "the timer alone")
    }
  }
}

/// Takes its epoll descriptor away from a loop, and gives it back: in between epoll_ctl(2) and
/// epoll_wait(2) answer EINVAL.
private struct LostPoll {
  private let number: CInt
  private let kept: CInt

  /// A loop, and the descriptor that came with it; the process may have others of that kind.
  static func loop(_ kernel: Kernel) -> (EventLoop, LostPoll) {
    let before = polls
    let loop = EventLoop(kernel: kernel)
    let new = polls.subtracting(before)
    check(new.count == 1, "the loop has an epoll descriptor")
    return (loop, LostPoll(new.first ?? -1))
  }

  private init(_ number: CInt) {
    self.number = number
    kept = dup(number)
  }

  private static var polls: Set<CInt> {
    Set(
      (0..<256).filter {
        (try? FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/fd/\($0)"))
          == "anon_inode:[eventpoll]"
      })
  }

  mutating func lose() {
    let file = open("/dev/null", O_RDONLY)
    dup2(file, number)
    close(file)
  }

  mutating func find() { dup2(kept, number) }
}
