import BatonCore

/// The records of the handover protocol, version 1 (docs/PROTOCOL.md). Zero is never one.
enum RecordType: UInt16, Hashable, Sendable, BitwiseCopyable {
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
  /// Source: it is over, the guest stays.
  case cancel = 12

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
    }
  }
}
