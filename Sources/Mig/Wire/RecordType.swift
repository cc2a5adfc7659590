import BatonCore

/// The records of the handover protocol (docs/PROTOCOL.md): number, name, and the states in which a
/// side may get one. This file and docs/HACKING.md, "A wire record", are where a new one begins.
///
/// A number is never given to another record. One with the bit of `skippable` set may be sent to a
/// peer that does not know it, which drops it; any other number that is not known ends the attempt.
/// Zero is never one.
enum RecordType: UInt16, CaseIterable, Hashable, Sendable, BitwiseCopyable {
  /// Both: versions, handover id, features; the source's carries the ownership word.
  case hello = 1
  /// Source: one device with its properties and descriptors.
  case device = 2
  /// Source: the layout of the memory, with its descriptors.
  case memory = 3
  /// Source: the number of devices offered; nothing more is offered.
  case offerEnd = 4
  /// Target: every device is adopted or was opened anew.
  case answers = 5
  /// Source: the state of one device.
  case state = 6
  /// Source: the state is complete.
  case stateEnd = 7
  /// Source: the word says *offered*. A wake-up, not a commit.
  case doorbell = 8
  /// Target: the guest runs here; when each step was done.
  case running = 9
  /// Source: everything is closed here.
  case bye = 10
  /// Target: why not.
  case failed = 11
  /// Source: it is over, the guest stays, and why.
  case cancel = 12
  /// Source: when its steps of the blackout were done, for whoever looks at the target afterwards.
  case stamps = 0x8001

  /// The bit of the numbers that a peer may skip.
  static let skippable: UInt16 = 0x8000

  /// True when a peer that does not know or does not expect the record drops it and goes on.
  var isSkippable: Bool { Self.isSkippable(rawValue) }

  /// The rule for any number, known here or not.
  static func isSkippable(_ number: UInt16) -> Bool { number & skippable != 0 }

  var name: Name {
    switch self {
    case .hello: Name("HELLO")
    case .device: Name("DEVICE")
    case .memory: Name("MEMORY")
    case .offerEnd: Name("OFFER-END")
    case .answers: Name("ANSWERS")
    case .state: Name("STATE")
    case .stateEnd: Name("STATE-END")
    case .doorbell: Name("DOORBELL")
    case .running: Name("RUNNING")
    case .bye: Name("BYE")
    case .failed: Name("FAILED")
    case .cancel: Name("CANCEL")
    case .stamps: Name("STAMPS")
    }
  }
}

extension OutgoingChart.State {
  /// Whether the target may send such a record now; false in every state for what it never sends.
  func expects(_ type: RecordType) -> Bool {
    switch type {
    case .hello: self == .greeting
    case .answers: self == .offering
    case .running: self == .offered || self == .killing
    case .failed: true
    case .device, .memory, .offerEnd, .state, .stateEnd, .doorbell, .bye, .cancel, .stamps: false
    }
  }
}

extension IncomingChart.State {
  /// Whether the source may send such a record now, which waits for each answer of this side; false
  /// in every state for what it never sends.
  func expects(_ type: RecordType) -> Bool {
    switch type {
    // Of a visitor; the one that says it is the source, and says it once.
    case .hello: self == .listening
    case .device, .memory, .offerEnd: self == .offering
    case .state, .stamps, .stateEnd: self == .receiving
    // The guest may have been taken before the bell is heard.
    case .doorbell: self == .ready || self == .taken || self == .completed
    case .bye: self == .completed
    case .cancel: true
    case .answers, .running, .failed: false
    }
  }
}
