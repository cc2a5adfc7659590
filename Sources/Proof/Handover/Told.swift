import BatonCore
import BatonMig

/// What a chart of the model is told, in one byte: the kind of an event, and which of the payloads
/// that make a difference it carries. ``PlayedChart`` says what the payloads are.
///
/// The five bits below hold the kind's raw value and 1, so that zero stands for nothing in a queue;
/// the three bits above hold the payload.
struct Told<C: PlayedChart>: BitwiseCopyable, Hashable, Sendable {
  let code: UInt8

  init(code: UInt8) { self.code = code }

  init(_ kind: C.Event.Kind, payload: UInt8 = 0) {
    code = kind.rawValue + 1 | payload << Self.kindBits
  }

  /// A delay runs out, which is no event.
  static var timeout: Self { Told(code: 31) }

  private static var kindBits: UInt8 { 5 }

  /// What kind of event it is; nil for a delay.
  var kind: C.Event.Kind? { C.Event.Kind(rawValue: code & 31 &- 1) }

  /// From zero, and below eight.
  var payload: UInt8 { code >> Self.kindBits }

  /// The event itself; nil for a delay.
  var event: C.Event? { kind.map { C.event($0, payload: payload) } }

  /// Every kind with each of its payloads.
  static var all: [Self] {
    C.Event.Kind.allCases.flatMap { kind in
      (0..<C.payloads(of: kind)).map { Told(kind, payload: $0) }
    }
  }
}

extension Told where C == OutgoingChart {
  /// The process at the other end runs as a user that is not allowed.
  static var foreigner: Self { Told(.connected, payload: 1) }

  /// What the word says after a swap was tried.
  static func owner(_ owner: Ownership?) -> Self {
    Told(.owner, payload: UInt8(owner?.rawValue ?? 0))
  }
}

extension Told where C == IncomingChart {
  /// The process at the other end runs as a user that is not allowed.
  static var foreigner: Self { Told(.connected, payload: 1) }

  /// What the word says after a swap was tried.
  static func owner(_ owner: Ownership?) -> Self {
    Told(.owner, payload: UInt8(owner?.rawValue ?? 0))
  }
}
