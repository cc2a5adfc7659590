import Testing

@testable import BatonCore

@Suite(.timeLimit(.minutes(15))) struct RegionTests {
  @Test func `enters all regions in document order`() throws {
    let shift = try Shift([.unlock])
    #expect(shift.active == [.open, .lamp, .dark, .clerk, .idle])
    #expect(shift.effects == [.enterOpen, .enterLamp, .enterClerk])
    #expect(shift.machine.state == .dark)
    #expect(shift.machine.isActive(.open) && !shift.machine.isActive(.closed))
  }

  @Test func `leaves all regions, the last one first`() throws {
    let shift = try Shift([.unlock, .call, .lock])
    #expect(shift.effects == [.exitBusy, .exitClerk, .exitLamp, .exitOpen])
    #expect(shift.active == [.closed])
  }

  @Test func `one event moves every region that expects it`() throws {
    let shift = try Shift([.unlock, .call, .press])
    #expect(shift.active == [.open, .lamp, .lit, .dim, .clerk, .idle])
  }

  @Test func `several targets are entered together`() throws {
    let shift = try Shift([.unlock, .leave])
    #expect(shift.effects.contains(.brightened))
    #expect(shift.machine.memory.result == 42)
    #expect(shift.active == [.lost])
  }

  @Test func `a deep history brings the leaf back`() throws {
    let shift = try Shift([.unlock, .press, .rest, .lock, .back])
    #expect(shift.active == [.open, .lamp, .lit, .bright, .clerk, .idle])
  }

  @Test func `a history without value means its default`() throws {
    #expect(try Shift([.back]).active == [.open, .lamp, .dark, .clerk, .idle])
  }

  @Test func `a final state gives its result to the done transition`() throws {
    let shift = try Shift([.unlock, .leave])
    #expect(shift.machine.memory.result == 42)
  }

  @Test func `any event takes a wildcard`() throws {
    let shift = try Shift([.unlock, .leave])
    #expect(try shift.send(.rest) == .taken)
    #expect(shift.active == [.closed])
  }

  // MARK: Deferral

  @Test func `a deferred event comes in the first state that does not defer it`() throws {
    let shift = try Shift()
    #expect(try shift.send(.call) == .deferred)
    #expect(try shift.send(.unlock) == .taken)
    #expect(shift.active == [.open, .lamp, .dark, .clerk, .busy])
  }

  @Test func `deferred events come in their order, each once`() throws {
    let shift = try Shift([.call, .call, .unlock])
    #expect(shift.machine.snapshot.deferred == [.call])
    #expect(try shift.send(.press) == .taken)
    #expect(shift.machine.snapshot.deferred.isEmpty)
    #expect(shift.active.contains(.busy))
  }

  /// The lamp's region would take it: a deferred event is not consumed as well (UML 2.5.1).
  @Test func `a region that defers keeps the event from all others`() throws {
    let shift = try Shift([.unlock, .press, .call])
    #expect(try shift.send(.rest) == .deferred)
    #expect(shift.active == [.open, .lamp, .lit, .dim, .clerk, .busy])
    try shift.send(.press)
    // The lamp is dark by then, and nobody expects it: it is gone.
    #expect(shift.machine.snapshot.deferred.isEmpty)
    #expect(shift.active == [.open, .lamp, .dark, .clerk, .idle])
  }

  @Test func `too many deferred events are an error and not forgotten`() throws {
    let shift = try Shift()
    for _ in 0..<Limits.deferred { try shift.send(.call) }
    #expect(throws: MachineError.overfullPool) { try shift.send(.call) }
    #expect(shift.machine.snapshot.deferred.count == Limits.deferred)
  }

  // MARK: Errors

  @Test func `an error ends its block, and comes as an event`() throws {
    let shift = try Shift([.unlock, .jam])
    #expect(shift.effects == [.noted, .noted])
  }

  // MARK: Sent events

  @Test func `a sent event comes when its time has come`() throws {
    let shift = try Shift([.unlock, .remind])
    #expect(shift.machine.deadline == 500)
    #expect(try !shift.fire(at: 499))
    #expect(try shift.fire(at: 500))
    #expect(shift.effects == [.noted])
    #expect(try !shift.fire(at: 501))
  }

  @Test func `a sent event that is cancelled does not come`() throws {
    let shift = try Shift([.unlock, .remind, .forget])
    #expect(try !shift.fire(at: 999))
    #expect(try shift.fire(at: 1_000) && shift.active.contains(.lit))
  }

  @Test func `a delay belongs to its region`() throws {
    let shift = try Shift([.unlock, .call])
    #expect(shift.machine.deadline == 1_000)
    try shift.send(.press)
    #expect(shift.machine.deadline == nil)
    try shift.send(.press)
    #expect(shift.machine.deadline == 1_000)
  }

  @Test func `a history remembers the last time, not those before it`() throws {
    let shift = try Shift([.unlock, .press, .lock, .back])
    #expect(shift.active.contains(.dim))
    for event in [Desk.Event.rest, .lock, .back] { try shift.send(event) }
    #expect(shift.active.contains(.bright) && !shift.active.contains(.dim))
  }

  // MARK: Records

  @Test func `each transition that was taken is a record`() throws {
    let trace = Trace()
    let shift = try Shift([.unlock, .call], observer: trace)
    let before = trace.records.count
    try shift.send(.press)
    let records = trace.records.dropFirst(before)
    let moves = records.map { [$0.from, $0.to].map { Desk.State(rawValue: UInt8($0))! } }
    #expect(moves == [[.dark, .lit], [.busy, .idle]])
    #expect(records.allSatisfy { $0.outcome == .taken && $0.transition != nil })
  }

  @Test func `the chart has no gaps but what regions and wildcards leave open`() throws {
    let table = try Table(Desk.self)
    #expect(table.gaps.contains { $0.state == .closed && $0.kind == .lock })
    #expect(!table.gaps.contains { $0.state == .lost })
    #expect(!table.gaps.contains { $0.state == .dark && $0.kind == .call })
    #expect(table.traps.isEmpty)
  }
}

@Suite(.timeLimit(.minutes(15))) struct SnapshotTests {
  private static let walks: [[Desk.Event]] = [
    [], [.call], [.unlock], [.unlock, .press, .rest], [.unlock, .remind, .call, .rest],
    [.unlock, .press, .rest, .lock], [.unlock, .leave],
  ]

  @Test(arguments: walks) func `a machine goes on from bytes as the other one does`(
    walk: [Desk.Event]
  ) throws {
    let one = try Shift(walk)
    let bytes = one.machine.saved(at: 0)
    let other = try Shift()
    try other.machine.restore(saved: bytes.span.bytes, at: 0, timers: .absolute)
    #expect(other.machine.snapshot == one.machine.snapshot)
    for event in [Desk.Event.press, .rest, .lock, .back, .call] {
      #expect(try one.send(event) == other.send(event))
      #expect(one.effects == other.effects)
      #expect(one.machine.snapshot == other.machine.snapshot)
    }
  }

  @Test(arguments: [
    (TimerPolicy.absolute, 1_000 as UInt64, 500 as UInt64), (.remaining, 10_700, 10_200),
    (.restart, 11_000, 10_200),
  ])
  func `what was running is due as the policy says`(
    policy: TimerPolicy, delay: UInt64, sent: UInt64
  ) throws {
    let one = try Shift([.unlock, .remind])
    let other = try Shift()
    let bytes = one.machine.saved(at: 300)
    try other.machine.restore(saved: bytes.span.bytes, at: 10_000, timers: policy)
    #expect(other.machine.snapshot.deadlines.next == delay)
    #expect(other.machine.snapshot.sent.map(\.due) == [sent])
  }

  @Test func `bytes of another definition name the difference`() throws {
    enum Other: Tiny {
      static var definition: Definition<Self> {
        chart(initial: .a) {
          state(.a) { on(.go, to: .b) }
          state(.b) { on(.back, to: .c) }
          rest
        }
      }
    }
    enum Changed: Tiny {
      static var definition: Definition<Self> {
        chart(initial: .a) {
          state(.a) { on(.go, to: .b) }
          state(.b) { on(.back, to: .a) }
          state(.c, exit: .act, .loop) {
            on(.go, if: .yes, to: .a)
            on(.back, to: .a)
            after(.soon, to: .a)
          }
        }
      }
    }
    let table = Table<Changed>(Plan(Changed.definition))
    var machine = Machine(table, memory: 1)
    let bytes = Machine(Table<Other>(Plan(Other.definition)), memory: 1).saved(at: 0)
    let before = machine.snapshot
    #expect(throws: SnapshotError.definition(.transition(1))) {
      try machine.restore(saved: bytes.span.bytes, at: 0, timers: .absolute)
    }
    #expect(
      table.text(.transition(1))
        == "transition 1 of Tiny, in b, is another one in the snapshot's chart")
    #expect(machine.snapshot == before)
    let desk = try Shift().machine.saved(at: 0)
    #expect(throws: SnapshotError.definition(.count(of: .states, here: 3, there: 13))) {
      try machine.restore(saved: desk.span.bytes, at: 0, timers: .absolute)
    }
  }

  @Test func `bytes that were cut or are none say so`() throws {
    let bytes = try Shift([.unlock, .remind, .call]).machine.saved(at: 0)
    for count in bytes.indices {
      let part = Array(bytes[..<count])
      let shift = try Shift()
      #expect(throws: SnapshotError.self, "\(count)") {
        try shift.machine.restore(saved: part.span.bytes, at: 0, timers: .absolute)
      }
    }
    var other = bytes
    other[4] = 9
    #expect(throws: SnapshotError.version(here: 1, there: 9)) {
      try Shift().machine.restore(saved: other.span.bytes, at: 0, timers: .absolute)
    }
  }

  /// What makes a snapshot of a machine at rest, for which no event waits, another one.
  struct Forgery: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let forge: @Sendable (inout [UInt8]) -> Void
  }

  private static let eventByteCount = MemoryLayout<Desk.Event>.size

  @Test(arguments: [
    Forgery(testDescription: "a byte behind the end") { $0.append(0) },
    Forgery(testDescription: "more deferred events than there is room for") { bytes in
      bytes[bytes.count - 2] = .max
      bytes.insert(
        contentsOf: [UInt8](repeating: 0, count: 255 * eventByteCount), at: bytes.count - 1)
    },
    Forgery(testDescription: "more sent events than there is room for") { bytes in
      bytes[bytes.count - 1] = .max
      bytes += [UInt8](repeating: 0, count: 255 * (8 + 2 + eventByteCount))
    },
    Forgery(testDescription: "a word of the regions too much") { bytes in
      let words = wordCount
      bytes[bytes.count - 4 - 8 * words] += 1
      bytes.insert(contentsOf: [UInt8](repeating: 0, count: 8), at: bytes.count - 2)
    },
    Forgery(testDescription: "a word of the regions too few") { bytes in
      let words = wordCount
      bytes[bytes.count - 4 - 8 * words] -= 1
      bytes.removeSubrange(bytes.count - 10..<bytes.count - 2)
    },
  ])
  func `bytes with a count that cannot be are refused, and change nothing`(
    forgery: Forgery
  ) throws {
    let shift = try Shift([.unlock])
    let before = shift.machine.snapshot
    var bytes = shift.machine.saved(at: 0)
    try #require(bytes.suffix(2) == [0, 0] && Self.wordCount > 0)
    try #require(Int(bytes[bytes.count - 4 - 8 * Self.wordCount]) == Self.wordCount)
    forgery.forge(&bytes)
    #expect(throws: SnapshotError.malformed) {
      try shift.machine.restore(saved: bytes.span.bytes, at: 0, timers: .absolute)
    }
    #expect(shift.machine.snapshot == before)
  }

  private static var wordCount: Int {
    (try? Shift([.unlock]).machine.snapshot.regions.words.count) ?? 0
  }

  @Test func `a memory of another size is said with both sizes`() throws {
    var bytes = try Shift().machine.saved(at: 0)
    let print = try Table(Desk.self).fingerprint
    let place = 28 + 4 * (print.states.count + print.transitions.count)
    let size = MemoryLayout<Desk.Memory>.size
    #expect(bytes[place] == size)
    bytes[place] += 1
    #expect(throws: SnapshotError.layout(here: size, there: size + 1)) {
      try Shift().machine.restore(saved: bytes.span.bytes, at: 0, timers: .absolute)
    }
  }

  @Test func `a fingerprint is the same in every run`() throws {
    // Written down once: another number means that bytes of older programs are no longer read.
    #expect(try Table(Lift.self).fingerprint.digest == 0xD365_40B5_EE92_2ED1)
  }
}
