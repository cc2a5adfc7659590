import BatonCore

/// An effect that a driver of the model has still to perform, in one byte: its kind's raw value and
/// 1, so that zero stands for nothing in a queue, and one bit for its second half.
///
/// An effect has two halves where its driver acts twice in a way that others can see: anything may
/// come between them.
struct Work<C: PlayedChart>: BitwiseCopyable, Hashable, Sendable {
  let code: UInt8

  init(code: UInt8) { self.code = code }

  init(_ kind: C.Effect.Kind) { code = kind.rawValue + 1 }

  /// Nil for a number that is none.
  var kind: C.Effect.Kind? { C.Effect.Kind(rawValue: code & ~Self.half &- 1) }

  var isSecondHalf: Bool { code & Self.half != 0 }

  var secondHalf: Self { Work(code: code | Self.half) }

  private static var half: UInt8 { 32 }

  /// The name that the effect has in the chart.
  var text: String {
    let name = kind?.name ?? "nothing"
    return isSecondHalf ? "goes on with \(name)" : "does \(name)"
  }
}
