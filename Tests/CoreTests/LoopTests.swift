import BatonCore
import Testing

@Suite(.timeLimit(.minutes(15))) struct LoopTests {
  let kernel = Kernel()

  @Test(arguments: LoopKind.allCases)
  func `a descriptor that stays readable is reported in every round`(kind: LoopKind) throws {
    let (loop, poll) = kind.make(kernel)
    let (a, b) = try kernel.pair()
    let recorder = Recorder()
    recorder.watch(loop, b, .read, id: 5)
    #expect(!poll())
    try kernel.send(a.value.number, "x")
    #expect(poll() && poll())
    #expect(recorder.calls == [Recorder.Call](repeating: .init(what: .read, watch: 5), count: 2))
    _ = try kernel.receive(b.value.number)
    #expect(!poll())
  }

  @Test(arguments: LoopKind.allCases)
  func `one call reports reading and writing together`(kind: LoopKind) throws {
    let (loop, poll) = kind.make(kernel)
    let (a, b) = try kernel.pair()
    let recorder = Recorder()
    recorder.watch(loop, b, [.read, .write])
    #expect(poll())
    try kernel.send(a.value.number, "x")
    #expect(poll())
    #expect(recorder.calls.map(\.what) == [.write, [.read, .write]])
  }

  @Test(arguments: LoopKind.allCases)
  func `the end of a stream is readable`(kind: LoopKind) throws {
    let (loop, poll) = kind.make(kernel)
    let (a, b) = try kernel.pair()
    let recorder = Recorder()
    recorder.watch(loop, b, .read)
    try kernel.shutdown(a.value.number)
    #expect(poll())
    #expect(recorder.calls.map(\.what) == [.read])
  }

  @Test(arguments: LoopKind.allCases)
  func `a suspended watch is silent and tells afterwards what it missed`(kind: LoopKind) throws {
    let (loop, poll) = kind.make(kernel)
    let (a, b) = try kernel.pair()
    let recorder = Recorder()
    recorder.watch(loop, b, .read)
    recorder.watches[0]?.value.suspend()
    recorder.watches[0]?.value.suspend()
    #expect(recorder.watches[0]?.value.isActive == false)
    try kernel.send(a.value.number, "x")
    #expect(!poll())
    recorder.watches[0]?.value.resume()
    recorder.watches[0]?.value.resume()
    #expect(recorder.watches[0]?.value.isActive == true)
    #expect(poll())
    #expect(recorder.calls.count == 1)
  }

  @Test(arguments: LoopKind.allCases)
  func `a dropped watch is silent`(kind: LoopKind) throws {
    let (loop, poll) = kind.make(kernel)
    let (a, b) = try kernel.pair()
    let recorder = Recorder()
    recorder.watch(loop, b, .read)
    try kernel.send(a.value.number, "x")
    recorder.watches[0] = nil
    #expect(!poll())
    #expect(recorder.calls.isEmpty)
  }

  @Test(arguments: LoopKind.allCases)
  func `two watches of one descriptor are both called`(kind: LoopKind) throws {
    let (loop, poll) = kind.make(kernel)
    let (a, b) = try kernel.pair()
    let recorder = Recorder()
    recorder.watch(loop, b, .read, id: 1)
    recorder.watch(loop, b, .write, id: 2)
    try kernel.send(a.value.number, "x")
    #expect(poll())
    #expect(Set(recorder.order) == [1, 2])
    #expect(recorder.calls.count == 2)
  }

  @Test(arguments: LoopKind.allCases)
  func `a watch that another call suspends in the same round is not called`(kind: LoopKind) throws {
    let (loop, poll) = kind.make(kernel)
    let (a, b) = try kernel.pair()
    let recorder = Recorder()
    recorder.watch(loop, a, .read, id: 1)
    recorder.watch(loop, b, .read, id: 2)
    recorder.react = { this, _, id in this.watches[3 - id]?.value.suspend() }
    try kernel.send(a.value.number, "x")
    try kernel.send(b.value.number, "x")
    #expect(poll())
    #expect(recorder.calls.count == 1)
  }

  @Test(arguments: LoopKind.allCases)
  func `after every round its watchers are called once, whatever happened in it`(kind: LoopKind)
    throws
  {
    let (loop, poll) = kind.make(kernel)
    let (a, b) = try kernel.pair()
    let recorder = Recorder()
    recorder.watch(loop, a, .read, id: 1)
    recorder.watch(loop, b, .read, id: 2)
    let first = RoundWatch(loop, id: 8, calling: recorder)
    let second = RoundWatch(loop, id: 9, calling: recorder)
    _ = poll()
    #expect(recorder.order == [8, 9])
    try kernel.send(a.value.number, "x")
    try kernel.send(b.value.number, "x")
    _ = poll()
    #expect(recorder.order.prefix(4).suffix(2).sorted() == [1, 2])
    #expect(recorder.order.suffix(2) == [8, 9])
    #expect(recorder.calls.last?.what == .roundEnd)
    _ = consume first
    recorder.watches = [:]
    _ = poll()
    #expect(recorder.order.count == 7 && recorder.order.last == 9)
    _ = consume second
  }

  @Test(arguments: LoopKind.allCases)
  func `a round watch that drops another one in its call silences it at once`(kind: LoopKind) {
    let (loop, poll) = kind.make(kernel)
    let recorder = Recorder()
    var watches: [Box<RoundWatch>?] = (0..<3).map {
      Box(RoundWatch(loop, id: $0, calling: recorder))
    }
    var added: [Box<RoundWatch>] = []
    recorder.react = { this, _, id in
      if id == 0, added.isEmpty {
        watches[0] = nil
        watches[1] = nil
        added.append(Box(RoundWatch(loop, id: 7, calling: this)))
      }
    }
    _ = poll()
    #expect(recorder.order == [0, 2])
    _ = poll()
    #expect(recorder.order == [0, 2, 2, 7])
    recorder.react = { _, _, _ in }
    watches = []
    added = []
  }
}
