import BatonMig
import BatonTesting

/// Both charts, the channel between them and the ownership word, as one flat value.
///
/// A chart's snapshot is a number of its ``ChartBook``. What a driver has still to do stands in
/// queues, so that the other side, a crash or a cancel may come between any two of its steps.
package struct HandoverState: BitwiseCopyable, Hashable, Sendable {
  struct Side: BitwiseCopyable, Hashable, Sendable {
    /// Effects that are still to be performed.
    var work = Codes()
    /// Outcomes that wait for the effects before them.
    var events = Codes()
    /// What the other side sent and this one has not read.
    var inbox = Codes()
    var flags: Flags
    /// The chart's snapshot, as a number of its book.
    var chart: UInt16 = 0
    /// The queues whose descriptors this side has, one bit each.
    var held: UInt8 = 0
    /// The status that was reported last, by its raw value.
    var status: UInt8 = 0

    /// The first thing that went wrong in this attempt, as the chart has to remember it: the raw
    /// value of a `Refusal.Cause` and 1, or ``userCancel``; 0 for nothing.
    var cause: UInt8 {
      get { UInt8(truncatingIfNeeded: (flags.rawValue & Flags.cause.rawValue) >> 24) }
      set {
        let others = flags.subtracting(.cause).rawValue
        flags = Flags(rawValue: others | UInt32(newValue) << 24)
      }
    }

    static let userCancel: UInt8 = 63
  }

  struct Flags: OptionSet, BitwiseCopyable, Hashable, Sendable {
    let rawValue: UInt32

    static let alive = Flags(rawValue: 1)
    /// Takes no step any more, and does not die by itself.
    static let hung = Flags(rawValue: 2)
    /// The process was killed and has not died yet.
    static let killed = Flags(rawValue: 4)
    /// Has this end of the channel open.
    static let open = Flags(rawValue: 8)
    /// Has been told that the other process died.
    static let told = Flags(rawValue: 16)
    /// The guest runs here.
    static let guest = Flags(rawValue: 32)
    /// Touches the device.
    static let device = Flags(rawValue: 64)
    /// Has run the guest after it was stopped.
    static let ran = Flags(rawValue: 128)
    /// The end of the copy is on its way.
    static let timer = Flags(rawValue: 256)
    /// The saved state waits for room in the socket.
    static let draining = Flags(rawValue: 512)
    /// The user has cancelled here.
    static let cancelled = Flags(rawValue: 1 << 10)
    /// That came before the guest was taken.
    static let inTime = Flags(rawValue: 1 << 11)
    /// Did not want the guest: could not load or apply it, or its user did not.
    static let refused = Flags(rawValue: 1 << 12)
    /// The source's channel leads to the target as it is now, not to a socket that it has closed.
    static let linked = Flags(rawValue: 1 << 13)
    /// The peer runs as a user that was not allowed.
    static let foreign = Flags(rawValue: 1 << 14)
    /// The peer said that it speaks another version, or moves backends otherwise.
    static let misfit = Flags(rawValue: 1 << 15)
    /// Devices were lent and not withdrawn.
    static let lent = Flags(rawValue: 1 << 16)
    /// Those who asked were told of a beginning, and not of the end.
    static let briefed = Flags(rawValue: 1 << 17)
    /// The devices have the descriptors that arrived.
    static let adopted = Flags(rawValue: 1 << 18)
    /// The source was at its pause in this attempt.
    static let paused = Flags(rawValue: 1 << 19)
    /// This side knows that the attempt is over: the end of the stream, a death, a refusal.
    static let over = Flags(rawValue: 1 << 20)
    /// The guest is here and stands still because its user paused it.
    static let halted = Flags(rawValue: 1 << 21)
    /// The state that waits for room in the socket says that the guest was paused.
    static let savedPaused = Flags(rawValue: 1 << 22)
    /// The target has read what the source's user said last.
    static let heard = Flags(rawValue: 1 << 23)
    /// Devices of the target need time before they are ready.
    static let late = Flags(rawValue: 1 << 30)
    /// The six bits of ``Side/cause``.
    static let cause = Flags(rawValue: 63 << 24)
  }

  var source: Side
  var target: Side
  /// The ownership word's raw value; 0 until the source made it.
  var word: UInt8 = 0
  /// 1 more than the property that a step has broken; 0 for none.
  var alarm: UInt8 = 0
  /// What is left of each budget.
  var crashes: UInt8 = 0
  var hangs: UInt8 = 0
  var cancels: UInt8 = 0
  /// Those of which there are at most fifteen, two in a byte: a state is eight bytes beside its
  /// sides.
  var tries = Halves()
  var extras = Halves()
  /// What the users said last.
  var wishes: Wishes = .run

  var attempts: UInt8 {
    get { tries.low }
    set { tries.low = newValue }
  }

  var restarts: UInt8 {
    get { tries.high }
    set { tries.high = newValue }
  }

  /// How many may still connect who are no source.
  var strangers: UInt8 {
    get { extras.high }
    set { extras.high = newValue }
  }

  /// One of them is connected to the waiting target.
  var isVisited: Bool {
    get { wishes.contains(.visited) }
    set { if newValue { wishes.insert(.visited) } else { wishes.remove(.visited) } }
  }

  /// How often a user may still say stop or cont.
  var commands: UInt8 {
    get { extras.low }
    set { extras.low = newValue }
  }

  /// Two numbers below sixteen.
  struct Halves: BitwiseCopyable, Hashable, Sendable {
    private var both: UInt8 = 0

    var low: UInt8 {
      get { both & 15 }
      set { both = both & 0xF0 | newValue & 15 }
    }

    var high: UInt8 {
      get { both >> 4 }
      set { both = both & 15 | newValue << 4 }
    }
  }

  /// What the users said last of the guest, wherever it is.
  struct Wishes: OptionSet, BitwiseCopyable, Hashable, Sendable {
    let rawValue: UInt8

    /// The source's user wants it to run.
    static let run = Wishes(rawValue: 1)
    /// The target's user wants it to stay paused when it comes.
    static let hold = Wishes(rawValue: 2)
    /// Not said by a user: a stranger is connected to the target.
    static let visited = Wishes(rawValue: 4)
  }

  var owner: Ownership? { Ownership(rawValue: UInt32(word)) }

  /// Writes `to` if the word says `from`; what it says then.
  mutating func swap(_ from: Ownership, _ to: Ownership) -> Ownership? {
    if owner == from { word = UInt8(to.rawValue) }
    return owner
  }

  mutating func alarm(_ property: HandoverProperty) {
    if alarm == 0 { alarm = property.rawValue + 1 }
  }

  mutating func require(_ holds: Bool, _ property: HandoverProperty) {
    if !holds { alarm(property) }
  }
}

/// What travels on the channel, both ways; the end of the stream comes last. In an inbox the three
/// bits above it say why, in those that say so: a place in ``Notice/causes``.
enum Letter: UInt8 {
  case connect = 1
  case hello, offer, state, doorbell, cancel, bye
  case answers, running, failed
  case end
  /// The same of a guest that its user paused.
  case pausedState, pausedBye

  /// The letter of an inbox; nil for none.
  init?(code: UInt8) { self.init(rawValue: code & 31) }

  func code(why: UInt8) -> UInt8 { rawValue | why << 5 }

  /// The reason that a letter of an inbox gives.
  static func why(code: UInt8) -> UInt8 { code >> 5 }

  var text: String {
    switch self {
    case .connect: "(connects)"
    case .end: "(end)"
    case .pausedState: "STATE (paused)"
    case .pausedBye: "BYE (paused)"
    case .hello, .offer, .state, .doorbell, .cancel, .bye, .answers, .running, .failed:
      "\(self)".uppercased()
    }
  }
}

extension HandoverState {
  mutating func sendToTarget(_ letter: Letter, why: UInt8 = 0) {
    guard source.flags.contains(.linked) else { return }
    require(target.inbox.push(letter.code(why: why)), .expected)
  }

  mutating func sendToSource(_ letter: Letter, why: UInt8 = 0) {
    guard target.flags.contains(.open), source.flags.contains(.linked) else { return }
    require(source.inbox.push(letter.code(why: why)), .expected)
  }

  mutating func closeSource() {
    if source.flags.contains(.linked) {
      require(target.inbox.push(Letter.end.rawValue), .expected)
    }
    source.flags.subtract([.open, .linked, .timer, .draining])
    source.inbox = Codes()
  }

  /// The target's end, or the one that waits to be accepted; what was sent is closed with it.
  mutating func closeTarget() {
    if source.flags.contains(.linked) {
      require(source.inbox.push(Letter.end.rawValue), .expected)
    }
    source.flags.remove(.linked)
    target.flags.remove(.open)
    target.inbox = Codes()
  }
}

extension HandoverState.Side {
  /// The guest is here, and no migration has it stopped.
  var hasGuest: Bool { flags.contains(.guest) || flags.contains(.halted) }

  /// The process is gone, and everything that only it had.
  mutating func die() {
    flags.subtract([
      .alive, .hung, .killed, .guest, .halted, .device, .timer, .draining, .lent, .briefed, .late,
      .adopted,
    ])
    work = Codes()
    events = Codes()
    held = 0
    status = 0
    // The chart of a dead process does not matter any more.
    chart = 0
  }
}
