import BatonCore
import Testing

@Suite(.timeLimit(.minutes(15))) struct LoopTimerTests {
  let kernel = Kernel()

  @Test(.timeLimit(.minutes(15)))
  func `timers fire in the order of their deadlines and never early`() {
    let loop = EventLoop(kernel: kernel)
    let recorder = Recorder()
    let start = loop.now
    let micros: [UInt64] = [3000, 1, 1500, 700, 0, 2200, 999, 5000]
    let deadlines = micros.map { start + $0 * 1000 + 1 }
    var early: [Int] = []
    recorder.react = { _, what, id in
      if what != .timer || loop.now < deadlines[id] { early.append(id) }
    }
    for (id, deadline) in deadlines.enumerated() {
      recorder.timer(loop, at: deadline, id: id)
    }
    loop.run(while: recorder.calls.count < deadlines.count)
    #expect(early.isEmpty)
    #expect(recorder.order == deadlines.indices.sorted { deadlines[$0] < deadlines[$1] })
  }

  @Test(.timeLimit(.minutes(15)))
  func `a timer armed late in a round does not fire early by what the round took`() {
    let loop = EventLoop(kernel: kernel)
    let recorder = Recorder()
    var deadline: UInt64 = 0
    var isEarly = false
    recorder.react = { this, _, id in
      if id == 0 {
        // libevent's idea of now is as old as the round.
        let end = loop.now + 3_000_000
        while loop.now < end {}
        deadline = loop.now + 1_000_000
        this.timer(loop, at: deadline, id: 1)
      } else {
        isEarly = loop.now < deadline
      }
    }
    recorder.timer(loop, at: loop.now, id: 0)
    loop.run(while: recorder.calls.count < 2)
    #expect(!isEarly)
  }

  @Test(arguments: LoopKind.allCases)
  func `a disarmed timer does not fire, an armed one fires once`(kind: LoopKind) {
    let (loop, poll) = kind.make(kernel)
    let recorder = Recorder()
    recorder.timer(loop, at: loop.now, id: 1)
    recorder.timer(loop, at: loop.now, id: 2)
    recorder.timers[1]?.value.disarm()
    recorder.timers[1]?.value.disarm()
    for _ in 0..<3 { _ = poll() }
    #expect(recorder.order == [2])
    recorder.timers[1]?.value.arm(at: 0)
    _ = poll()
    #expect(recorder.order == [2, 1])
  }

  @Test(arguments: LoopKind.allCases)
  func `a timer that arms itself again comes in the next round`(kind: LoopKind) {
    let (loop, poll) = kind.make(kernel)
    let recorder = Recorder()
    recorder.react = { this, _, _ in
      if this.calls.count < 100 { this.timers[0]?.value.arm(at: 0) }
    }
    recorder.timer(loop, at: 0)
    for round in 1...3 {
      #expect(poll())
      #expect(recorder.calls.count == round)
    }
  }

  @Test func `nothing waits for a timer that was removed`() {
    let loop = EventLoop(kernel: kernel)
    let recorder = Recorder()
    let deadline = loop.now + 2_000_000_000
    recorder.timer(loop, at: deadline)
    recorder.timers = [:]
    let began = loop.now
    // One that was not removed would end it at the deadline.
    loop.runOnce()
    #expect(loop.now - began < 1_000_000_000)
  }

  @Test(arguments: LoopKind.allCases)
  func `rounds and timers have numbers of their own`(kind: LoopKind) {
    let (loop, poll) = kind.make(kernel)
    let recorder = Recorder()
    let rounds = (0..<4).map { Box(RoundWatch(loop, id: $0, calling: recorder)) }
    for id in 0..<4 { recorder.timer(loop, at: .max, id: id) }
    recorder.timers = [:]
    _ = poll()
    #expect(recorder.order == [0, 1, 2, 3])
    _ = consume rounds
  }

  @Test(arguments: LoopKind.allCases)
  func `the end of time can be armed for and never comes`(kind: LoopKind) {
    let (loop, poll) = kind.make(kernel)
    let recorder = Recorder()
    recorder.timer(loop, at: .max)
    let timer = Timer(loop, calling: recorder)
    timer.arm(after: .max)
    #expect(!poll())
    #expect(recorder.calls.isEmpty)
    timer.disarm()
  }

  @Test(arguments: LoopKind.allCases)
  func `a timer that arms itself for a time that is past does not make a round endless`(
    kind: LoopKind
  ) {
    let (loop, poll) = kind.make(kernel)
    let recorder = Recorder()
    recorder.react = { this, _, id in
      if this.calls.count < 1000 { this.timers[id]?.value.arm(at: 0) }
    }
    recorder.timer(loop, at: 0, id: 1)
    recorder.timer(loop, at: 0, id: 2)
    for round in 1...3 {
      _ = poll()
      #expect(recorder.calls.count == 2 * round)
    }
  }

  @Test func `a deadline may be farther away than libevent can count`() {
    final class FirstMoment: Kernel {
      override func now() -> UInt64 { 0 }
    }
    let loop = EventLoop(kernel: FirstMoment())
    let recorder = Recorder()
    let deadlines: [UInt64] = [.max, .max - 1, 1 << 63]
    for (id, deadline) in deadlines.enumerated() {
      recorder.timer(loop, at: deadline, id: id)
      #expect(!loop.poll())
    }
    #expect(recorder.calls.isEmpty)
  }

  @Test func `on the virtual clock ties fire in the order of arming`() {
    let loop = VirtualLoop(kernel: kernel, startingAt: 100)
    let recorder = Recorder()
    for id in [3, 1, 2] { recorder.timer(loop, at: 200, id: id) }
    recorder.timer(loop, at: 150, id: 0)
    // Moved to the same time, it is the last to have been armed.
    recorder.timers[3]?.value.arm(at: 200)
    #expect(loop.nextDeadline == 150)
    loop.advance(to: 199)
    #expect(recorder.order == [0] && loop.now == 199)
    loop.advance(by: 1)
    #expect(recorder.order == [0, 1, 2, 3])
    #expect(loop.nextDeadline == nil)
  }

  @Test func `the virtual clock shows each timer its own deadline`() {
    let loop = VirtualLoop(kernel: kernel)
    let recorder = Recorder()
    var times: [UInt64] = []
    recorder.react = { this, _, id in
      times.append(loop.now)
      if id < 4 { this.timer(loop, at: loop.now + 10, id: id + 1) }
    }
    recorder.timer(loop, at: 10, id: 1)
    loop.advance(to: 35)
    #expect(times == [10, 20, 30] && loop.now == 35)
  }
}
