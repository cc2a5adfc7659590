import BatonCore
import Testing

@Suite(.timeLimit(.minutes(15))) struct LoopLifetimeTests {
  let kernel = Kernel()

  @Test(arguments: LoopKind.allCases)
  func `a watch may be dropped in its own call`(kind: LoopKind) throws {
    let (loop, poll) = kind.make(kernel)
    let (a, b) = try kernel.pair()
    let recorder = Recorder()
    recorder.watch(loop, b, .read)
    recorder.react = { this, _, id in this.watches[id] = nil }
    try kernel.send(a.value.number, "x")
    #expect(poll())
    #expect(!poll())
    #expect(recorder.calls.count == 1)
  }

  @Test(arguments: LoopKind.allCases)
  func `an owner may die in its own call`(kind: LoopKind) throws {
    let (loop, poll) = kind.make(kernel)
    let (a, b) = try kernel.pair()
    var events: [String] = []
    var owner: Recorder? = Recorder()
    owner?.watch(loop, b, .read)
    owner?.onDeinit = { events.append("gone") }
    owner?.react = { this, _, _ in
      owner = nil
      events.append("still here, \(this.watches.count) watch")
    }
    try kernel.send(a.value.number, "x")
    #expect(poll())
    #expect(events == ["still here, 1 watch", "gone"])
    #expect(!poll())
  }

  @Test(arguments: LoopKind.allCases)
  func `an owner may die in the call of another that was due in the same round`(kind: LoopKind)
    throws
  {
    let (loop, poll) = kind.make(kernel)
    let (a, b) = try kernel.pair()
    var owners: [Recorder?] = [Recorder(), Recorder()]
    var callCount = 0
    for (index, end) in [a, b].enumerated() {
      owners[index]?.watch(loop, end, .read)
      owners[index]?.react = { _, _, _ in
        callCount += 1
        owners[1 - index] = nil
      }
    }
    try kernel.send(a.value.number, "x")
    try kernel.send(b.value.number, "x")
    #expect(poll())
    #expect(callCount == 1)
    #expect(owners.compactMap { $0 }.count == 1)
    owners = []
  }

  @Test(arguments: LoopKind.allCases)
  func `a watch that is added in a call works from then on`(kind: LoopKind) throws {
    let (loop, poll) = kind.make(kernel)
    let (a, b) = try kernel.pair()
    let recorder = Recorder()
    recorder.watch(loop, b, .read, id: 0)
    recorder.react = { this, _, id in
      if id < 3 { this.watch(loop, b, .read, id: id + 1) }
      this.watches[id] = nil
    }
    try kernel.send(a.value.number, "x")
    for _ in 0..<6 { _ = poll() }
    #expect(recorder.order == [0, 1, 2, 3])
  }

  @Test(arguments: LoopKind.allCases)
  func `a timer may be dropped, and another armed, in its own call`(kind: LoopKind) throws {
    let (loop, poll) = kind.make(kernel)
    let recorder = Recorder()
    recorder.timer(loop, at: loop.now, id: 0)
    recorder.react = { this, _, id in
      this.timers[id] = nil
      if id < 3 { this.timer(loop, at: loop.now, id: id + 1) }
    }
    for _ in 0..<100 where recorder.calls.count < 4 { _ = poll() }
    #expect(recorder.order == [0, 1, 2, 3])
    #expect(recorder.timers.isEmpty)
  }

  @Test(arguments: LoopKind.allCases)
  func `the loop goes with its last watch`(kind: LoopKind) throws {
    final class Witness: Kernel {
      var onDeinit: () -> Void = {}
      deinit { onDeinit() }
    }
    var isGone = false
    var recorder: Recorder?
    do {
      let kernel = Witness()
      kernel.onDeinit = { isGone = true }
      let (loop, poll) = kind.make(kernel)
      recorder = Recorder()
      recorder?.timer(loop, at: loop.now + 1_000_000_000)
      _ = poll()
    }
    #expect(!isGone)
    recorder = nil
    #expect(isGone)
  }
}
