/// What a walk through all states of a model found; the JSON object of `baton explore`.
public struct Exploration: Codable, Sendable {
  /// Something that must not be, and the shortest way there.
  public struct Violation: Codable, Sendable {
    /// What is wrong, or `stuck`.
    public var name: String
    /// The steps from the beginning, a line each: the action, and the state after it.
    public var steps: [String]
  }

  /// The model.
  public var model: String
  /// Different states.
  public var states: Int
  /// Steps between them, and 1 for the beginning, as SPIN and TLC count them.
  public var transitions: Int
  /// Steps from the beginning to the state that is farthest from it.
  public var depth: Int
  /// How long it took, by the clock.
  public var seconds: Double
  /// Different states in a second.
  public var statesPerSecond: Double
  /// Memory of the stored states at the end, by state.
  public var bytesPerState: Double
  /// The first violation of each name that was met; empty when all is well.
  public var violations: [Violation]

  enum CodingKeys: String, CodingKey {
    case model, states, transitions, depth, seconds, violations
    case statesPerSecond = "states_per_second"
    case bytesPerState = "bytes_per_state"
  }
}

/// Why a walk was given up.
public enum ExplorationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There are more states than were allowed.
  case tooManyStates(limit: Int, depth: Int)

  /// One sentence with both numbers.
  public var description: String {
    switch self {
    case .tooManyStates(let limit, let depth):
      "more than \(limit) states at depth \(depth): allow more, or a smaller budget"
    }
  }
}
