import BatonCore

/// What FAILED and CANCEL say of why, in three bits.
enum Notice {
  /// The causes that a side can have while the other one still hears it: a bit pattern is a place
  /// here.
  static let causes: [Refusal.Cause] = [
    .cancelled, .timeout, .mismatch, .foreignUser, .malformedRecord, .systemCall, .descriptorCount,
    .truncatedStream,
  ]

  /// How many payloads an event has that tells what such a record said.
  static var payloads: UInt8 { UInt8(causes.count) }

  /// The payload of this cause; nil for one that nobody can be told of.
  static func payload(of cause: Refusal.Cause) -> UInt8? {
    causes.firstIndex(of: cause).map { UInt8($0) }
  }
}

extension HandoverState {
  /// The source says why it ends the attempt.
  mutating func sendCancel(_ cause: Refusal.Cause) {
    guard source.flags.contains(.linked) else { return }
    guard let why = Notice.payload(of: cause) else { return alarm(.causeIsKnown) }
    sendToTarget(.cancel, why: why)
  }

  /// The target says why it ends the attempt, or has none with who is connected.
  mutating func sendFailed(_ cause: Refusal.Cause) {
    guard target.flags.contains(.open), source.flags.contains(.linked) else { return }
    guard let why = Notice.payload(of: cause) else { return alarm(.causeIsKnown) }
    sendToSource(.failed, why: why)
  }

  /// Who reads the end of the stream of one who lives was told why before.
  mutating func requireReason(of reader: Role, from closer: Role) {
    let isTold = self[reader].cause != 0 || self[reader].flags.contains(.over)
    require(isTold || !self[closer].flags.contains(.alive), .causeIsKnown)
  }
}
