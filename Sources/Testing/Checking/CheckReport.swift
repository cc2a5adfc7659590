/// What a check did when it found nothing.
public struct CheckReport: Sendable {
  /// The name of the test, as ``StateTest/name`` gives it.
  public var test: String
  /// Cases that ran, the stored ones among them.
  public var cases = 0
  /// How many steps all cases had together.
  public var steps = 0
  /// Cases that ran twice, and did the same both times.
  public var repeated = 0
  /// How often each command was done, each fault hit, and what else a test counts.
  public var counts: [String: Int] = [:]
  /// The marks that were hit by some case (``Choices/sometimes(_:_:)``).
  public var marks: Set<String> = []
  /// Stored failures that fail no longer.
  public var healed: [String] = []

  /// One line, and one for each command and fault.
  public var text: String {
    let lines = counts.sorted { $0.key < $1.key }.map { "  \($0.value) × \($0.key)" }
    let first = "\(test): \(cases) cases, \(steps) steps, \(repeated) of them twice"
    return ([first] + lines + healed.map { "  no longer reproduces: \($0)" })
      .joined(separator: "\n")
  }
}

/// Why a check failed: the one error that a test sees.
public struct CheckFailure: Error, CustomStringConvertible {
  /// The name of the test, as ``StateTest/name`` gives it.
  public let test: String
  /// The name of the invariant or goal that does not hold, or what else went wrong.
  public let name: String
  /// Why it does not hold, in the world's words.
  public let detail: String
  /// The numbers that were chosen, after shrinking: what `STATE_REPLAY` takes.
  public let list: [UInt32]
  /// The trace of the shrunk case.
  public let trace: [String]
  /// How many steps the case had before it was shrunk.
  public let stepsBefore: Int
  /// How often the case was run to shrink it.
  public let executions: Int
  /// The hash of the trace, equal in every replay.
  public let hash: UInt64

  /// At most 40 lines: what failed, the trace, and the line that replays it.
  public var description: String {
    var lines = ["\(test): \(name)"]
    if !detail.isEmpty { lines.append("  \(detail)") }
    let room = 40 - lines.count - 3
    if trace.count > room {
      lines += trace.prefix(room / 2).map { "  \($0)" }
      lines.append("  … \(trace.count - room + 1) more …")
      lines += trace.suffix(room - room / 2 - 1).map { "  \($0)" }
    } else {
      lines += trace.map { "  \($0)" }
    }
    lines.append("(shrunk from \(stepsBefore) steps in \(executions) runs)")
    lines.append("again: STATE_REPLAY=\(test):\(Self.text(of: list))")
    return lines.joined(separator: "\n")
  }

  /// A list as text, and back: numbers between dots.
  static func text(of list: [UInt32]) -> String {
    list.map { String($0) }.joined(separator: ".")
  }

  static func list(of text: some StringProtocol) -> [UInt32]? {
    if text.isEmpty { return [] }
    let parts = text.split(separator: ".", omittingEmptySubsequences: false)
    let numbers = parts.compactMap { UInt32($0) }
    return numbers.count == parts.count ? numbers : nil
  }
}
