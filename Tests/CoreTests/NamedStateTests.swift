import Foundation
import Testing

@testable import BatonCore

/// Machines that are saved by names and restored by later versions of their charts.
@Suite(.timeLimit(.minutes(10))) struct NamedStateTests {
  enum Event: Hashable, Message, Codable {
    case go(Int)
    case stop, later

    enum Kind: UInt8, Symbol { case go, stop, later }
    var kind: Kind {
      switch self {
      case .go: .go
      case .stop: .stop
      case .later: .later
      }
    }
  }

  struct Memory: Hashable, Codable { var count = 0 }

  enum Action: UInt8, Symbol { case send }

  /// As it was first: three leaves, one of which waits.
  enum First: Chart {
    enum State: UInt8, Symbol { case idle, waiting, busy }
    enum Delay: UInt8, Symbol { case patience }
    typealias Event = NamedStateTests.Event
    typealias Memory = NamedStateTests.Memory
    typealias Action = NamedStateTests.Action
    static let name: StaticString = "Work"
    static var results: [Event.Kind] { [.later] }
    static var definition: Definition<Self> {
      chart(initial: .idle) {
        state(.idle) {
          on(.go, do: .send, to: .waiting)
          ignore(.stop, .later)
        }
        state(.waiting) {
          on(.go, to: .busy)
          after(.patience, to: .idle)
          postpone(.stop)
          ignore(.later)
        }
        state(.busy) {
          on(.stop, to: .idle)
          ignore(.go, .later)
        }
      }
    }
    static func run(
      _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<First>
    ) {
      memory.count += 1
      outbox.send(.later, after: 500, id: SendID(rawValue: 3))
    }
    static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 { 1_000 }
  }

  /// As it is now: `waiting` is `queued` and has states of its own, all of it is a region beside a
  /// new one, `busy` waits as well, and what was active is remembered.
  enum Second: Chart {
    enum State: UInt8, Symbol {
      case all, work, idle, queued, front, back, busy, past, light, dark, lit, off
    }
    enum Delay: UInt8, Symbol { case hurry, patience }
    typealias Event = NamedStateTests.Event
    typealias Memory = NamedStateTests.Memory
    typealias Action = NamedStateTests.Action
    static let name: StaticString = "Work"
    static var definition: Definition<Self> {
      chart(initial: .all) {
        parallel(.all) {
          state(.work, initial: .idle) {
            deepHistory(.past, to: .idle)
            state(.idle) { on(.go, do: .send, to: .queued) }
            state(.queued, initial: .back) {
              state(.front)
              state(.back) { on(.later, to: .front) }
              on(.go, to: .busy)
              after(.patience, to: .idle)
              postpone(.stop)
            }
            state(.busy) {
              on(.stop, to: .idle)
              after(.hurry, to: .idle)
            }
          }
          state(.light, initial: .dark) {
            state(.dark) { on(.go, to: .lit) }
            state(.lit) { on(.stop, to: .off) }
          }
        }
        state(.off) { on(.go, to: .past) }
      }
    }
    static func run(
      _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Second>
    ) { memory.count += 1 }
    static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 {
      delay == .hurry ? 70 : 2_000
    }
  }

  private static let versions = VersionMap(
    current: 4, steps: [.init(from: 2, states: ["waiting": "queued"])])

  private func first(_ events: [Event]) throws -> InvokingTests.Run<First> {
    var run = InvokingTests.Run(try Table<First>(), Memory())
    try run.start()
    for event in events { try run.send(event) }
    return run
  }

  /// What the first version has written, as the second one reads it.
  private func passed(
    _ run: borrowing InvokingTests.Run<First>, version: Int = 1
  ) throws -> NamedState<Second> {
    let text = try JSONEncoder().encode(run.machine.named(version: version, at: run.now))
    return try JSONDecoder().decode(NamedState<Second>.self, from: text)
  }

  @Test func aLaterVersionGoesOn() throws {
    var old = try first([.go(1), .stop])
    try old.wait(100)
    let state = try passed(old)
    #expect(state.leaves == ["waiting"] && state.deferred == [.stop])
    #expect(state.delays.map(\.due) == [1_000] && state.sent.map(\.due) == [500])
    var new = InvokingTests.Run(try Table<Second>(), Memory())
    try new.start()
    try new.machine.restore(state, through: Self.versions, at: 10_000, timers: .remaining)
    #expect(new.names == ["all", "work", "queued", "back", "light", "dark"])
    #expect(new.machine.memory.count == 1)
    let snapshot = new.machine.snapshot
    #expect(snapshot.deferred == [.stop])
    #expect(snapshot.sent == [SentEvent(event: .later, due: 10_400, id: SendID(rawValue: 3))])
    #expect(snapshot.deadlines.running == [10_900])
    new.now = 10_400
    try new.wait(0)
    #expect(new.names.contains("front"))
    try new.wait(500)
    #expect(new.names.contains("idle"), "the rest of its patience has passed")
  }

  @Test func aDelayThatIsNewBegins() throws {
    let old = try first([.go(1), .go(2)])
    var new = InvokingTests.Run(try Table<Second>(), Memory())
    try new.machine.restore(
      try passed(old, version: 3), through: Self.versions, at: 50, timers: .absolute)
    #expect(new.names.contains("busy"))
    #expect(new.machine.snapshot.deadlines.running == [120])
  }

  @Test func whatHistoriesRememberGoesWithIt() throws {
    var run = InvokingTests.Run(try Table<Second>(), Memory())
    try run.start()
    for event: Event in [.go(1), .go(2), .stop, .stop] { try run.send(event) }
    #expect(run.names == ["off"])
    let state = run.machine.named(version: 4, at: 0)
    #expect(state.histories == ["past": ["idle"]])
    var other = InvokingTests.Run(try Table<Second>(), Memory())
    try other.machine.restore(state, through: Self.versions, at: 0, timers: .absolute)
    #expect(other.machine.snapshot == run.machine.snapshot)
    try run.send(.go(3))
    try other.send(.go(3))
    #expect(other.names == run.names && run.names.contains("all"))
  }

  @Test func everyStateComesBackAsItWas() throws {
    let table = try Table<Second>()
    let events: [Event] = [.go(1), .stop, .later]
    for seed in 0..<200 as Range<UInt64> {
      var chance = SplitMix(seed: seed)
      var run = InvokingTests.Run(table, Memory())
      try run.start()
      for _ in 0..<8 {
        if chance.next() % 4 == 0 { try run.wait(chance.next() % 3_000) }
        try run.send(events[Int(chance.next() % 3)])
      }
      let text = try JSONEncoder().encode(run.machine.named(version: 4, at: run.now))
      let state = try JSONDecoder().decode(NamedState<Second>.self, from: text)
      var other = InvokingTests.Run(table, Memory())
      try other.machine.restore(state, through: Self.versions, at: run.now, timers: .absolute)
      #expect(other.machine.snapshot == run.machine.snapshot)
    }
  }

  @Test func aFileOfOthersIsPutInOrderAndBounded() throws {
    var state = try passed(try first([.go(1)]))
    let sent = state.sent[0]
    state.sent = [9, 3, 6].map { .init(event: sent.event, due: $0, id: sent.id) }
    var new = InvokingTests.Run(try Table<Second>(), Memory())
    try new.machine.restore(state, through: Self.versions, at: 0, timers: .absolute)
    #expect(new.machine.snapshot.sent.map(\.due) == [3, 6, 9])
    #expect(new.machine.deadline == 3)
    state.deferred = Array(repeating: .stop, count: 17)
    #expect(throws: NamedStateError.tooManyEvents(limit: 16, there: 17)) {
      try new.machine.restore(state, through: Self.versions, at: 0, timers: .absolute)
    }
    #expect(new.machine.snapshot.deferred.isEmpty)
  }

  /// The first version inside a state of another chart.
  enum Frame: Chart {
    enum State: UInt8, Symbol { case off, on }
    enum Event: UInt8, Symbol, Message, Codable { case toggle }
    struct Memory: Hashable, Codable {}
    static let name: StaticString = "Frame"
    static var definition: Definition<Self> {
      chart(initial: .off) {
        state(.off) { on(.toggle, to: .on) }
        state(.on) { on(.toggle, to: .off) }
      }
    }
  }

  enum Framing: Invocation {
    typealias Parent = Frame
    typealias Child = First
    static var state: Frame.State { .on }
    static func begin(_ parent: Frame.Memory, _ event: Frame.Event?) -> Memory { .init() }
  }

  @Test func anInvokedChartComesBackInsideItsState() throws {
    let table = try Table<Invoking<Framing>>()
    var run = InvokingTests.Run(table, .init(Frame.Memory()))
    try run.start()
    for event: Invoking<Framing>.Event in [.parent(.toggle), .child(.go(4)), .child(.stop)] {
      try run.send(event)
    }
    let text = try JSONEncoder().encode(run.machine.named(version: 1, at: 0))
    let state = try JSONDecoder().decode(NamedState<Invoking<Framing>>.self, from: text)
    #expect(state.leaves == ["Work.waiting"])
    var other = InvokingTests.Run(table, .init(Frame.Memory()))
    try other.machine.restore(state, through: VersionMap(current: 1), at: 0, timers: .absolute)
    #expect(other.machine.snapshot == run.machine.snapshot)
    #expect(other.machine.memory.child?.count == 1)
  }

  @Test func whatDoesNotFitIsSaidByName() throws {
    let waiting = try passed(try first([.go(1)]))
    var new = InvokingTests.Run(try Table<Second>(), Memory())
    try new.start()
    let before = new.machine.snapshot
    func refusal(_ state: NamedState<Second>, _ versions: VersionMap) -> String {
      do {
        try new.machine.restore(state, through: versions, at: 0, timers: .absolute)
        return ""
      } catch { return "\(error)" }
    }
    #expect(refusal(waiting, VersionMap(current: 4)) == "the chart has no state waiting")
    var late = waiting
    late.version = 5
    #expect(
      refusal(late, Self.versions)
        == "the state is of version 5 of the chart, and this is version 4")
    var lost = waiting
    lost.delays[0].delay = "haste"
    #expect(refusal(lost, Self.versions) == "state queued does not wait for haste")
    let forgetting = VersionMap(
      current: 4, steps: [.init(from: 2, states: ["waiting": "queued"], delays: ["haste": nil])])
    var both = waiting
    both.leaves = ["waiting", "idle"]
    #expect(refusal(both, Self.versions) == "the states queued, idle cannot be active together")
    var odd = waiting
    odd.histories = ["idle": []]
    #expect(refusal(odd, Self.versions) == "history idle is not there, or cannot remember that")
    #expect(new.machine.snapshot == before)
    #expect(refusal(lost, forgetting) == "")
    #expect(new.machine.snapshot.deadlines.running == [2_000], "it waits anew")
  }
}
