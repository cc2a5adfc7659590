/// What a host tells its operator: one line of a log.
///
/// The host has no logger of its own, so that whoever embeds it brings theirs; the command writes
/// these lines with swift-log.
public struct LogLine: Sendable, Equatable {
  /// How much it matters, in swift-log's terms.
  public enum Level: Sendable {
    /// What an operator may want to read afterwards.
    case info
    /// What went wrong without ending anything.
    case warning
    /// What was not done, and who asked for it has to know.
    case error
  }

  /// How much the line matters to an operator.
  public var level: Level
  /// The sentence, without a full stop.
  public var text: String
  /// Names and values that belong to it, such as the status that a migration has reached.
  public var metadata: [String: String]

  /// A line; most have no metadata.
  ///
  /// - Parameters:
  ///   - level: How much it matters.
  ///   - text: The sentence, without a full stop.
  ///   - metadata: Names and values that belong to it.
  public init(_ level: Level, _ text: String, metadata: [String: String] = [:]) {
    self.level = level
    self.text = text
    self.metadata = metadata
  }
}
