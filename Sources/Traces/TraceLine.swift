public import Foundation

/// One line of a trace file; see `Trace.jsonLine` for what it means.
public struct TraceLine: Codable, Sendable {
  /// When it happened, in nanoseconds of CLOCK_MONOTONIC.
  public var time: UInt64
  /// The chart's name and which machine of it.
  public var machine: String
  /// The event, delay or done state that triggered it.
  public var event: String
  /// The active leaf before the microstep; with regions or history the transition's source.
  public var from: String
  /// The active leaf after the microstep; with regions or history the transition's target.
  public var to: String
  /// With regions or history the leaves that are active after the microstep, in document order.
  public var configuration: [String]?
  /// What became of the event, as `TransitionRecord` of BatonCore names it.
  public var outcome: String
  /// The transition in document order; nil when none was taken.
  public var transition: Int?
  /// Guards that were asked, and what they said.
  public var guards: [String: Bool]?
  /// The kinds of the effects, in order.
  public var effects: [String]?
  /// The event as it is written in the source.
  public var payload: String?
  /// The fields of the memory after the step.
  public var memory: [String: String]?
  /// Delays that run, and when they are due.
  public var timers: [String: UInt64]?

  enum CodingKeys: String, CodingKey {
    case time = "t_ns"
    case machine, event, from, to, configuration, outcome, transition, guards, effects, payload
    case memory, timers
  }

  /// The name of the machine up to the first space: that of its chart.
  public var chart: String { machine.split(separator: " ").first.map(String.init) ?? machine }

  /// The largest file that is read, in bytes.
  public static let byteCountMax = 256 << 20

  /// Why a file is no trace: its first line that is none.
  public struct Malformed: Error, CustomStringConvertible {
    /// The line, from 1; 0 for the file.
    public let line: Int
    /// What is wrong with it, in a few words.
    public let problem: String

    /// The line's number, if there is one, and the problem.
    public var description: String { line > 0 ? "line \(line): \(problem)" : problem }
  }

  /// The lines of a trace in order of time; equal times keep their order.
  ///
  /// - Throws: `Malformed`, with the number of the first line that is none.
  public static func all(in data: Data) throws -> [TraceLine] {
    guard data.count <= byteCountMax else {
      throw Malformed(line: 0, problem: "\(data.count) bytes, \(byteCountMax) are possible")
    }
    var lines: [TraceLine] = []
    let parts = data.split(separator: 10, omittingEmptySubsequences: false)
    for (number, bytes) in parts.enumerated() where !bytes.isEmpty {
      lines.append(try TraceLine(bytes, number: number + 1))
    }
    return lines.enumerated().sorted { ($0.element.time, $0.offset) < ($1.element.time, $1.offset) }
      .map(\.element)
  }

  /// Reads one line.
  ///
  /// - Parameters:
  ///   - bytes: Its JSON, in UTF-8, without the newline.
  ///   - number: Which line of its file it is, from 1.
  /// - Throws: `Malformed`, with that number.
  public init(_ bytes: Data, number: Int) throws(Malformed) {
    do { self = try JSONDecoder().decode(TraceLine.self, from: bytes) } catch {
      throw Malformed(line: number, problem: "is no line of a trace")
    }
  }

  /// Whether both are transitions of one microstep: regions take one each.
  package func isOfOneStep(with other: TraceLine) -> Bool {
    configuration != nil && configuration == other.configuration && time == other.time
      && event == other.event
  }
}
