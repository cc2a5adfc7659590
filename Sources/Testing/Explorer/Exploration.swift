/// What a walk through all states of a model found; the JSON object of `baton explore`.
public struct Exploration: Codable, Sendable {
  /// One step on the way to a state that breaks a property.
  public struct Step: Codable, Hashable, Sendable {
    /// Whose step it is; empty for the beginning.
    public var process: String
    /// What is done in this step, in the model's words.
    public var action: String
    /// The state after the step, in the model's words.
    public var state: String
    /// The leaf of each chart afterwards, by the chart's name; empty for models without charts.
    package var leaves: [String: String] = [:]
    /// What decides between the processes, the ownership word for instance; nil where nothing does.
    package var word: String?
    /// What could have happened next, faults included.
    package var enabled: [String] = []
    /// The leaves one by one, where the model is one chart; in no JSON object.
    var active: [String] = []

    private enum CodingKeys: CodingKey { case process, action, state, leaves, word, enabled }
  }

  /// Something that must not be, and the shortest way there.
  public struct Violation: Codable, Sendable {
    /// The property or response that does not hold, or `stuck`, `livelock`, or what a symmetric
    /// model promises.
    public var name: String
    /// The steps from the beginning, which is the first of them.
    public var steps: [Step]
    /// From which of the steps on they repeat for ever; nil where they do not.
    public var circle: Int?
  }

  /// A property, and in how many states it was asked.
  public struct Property: Codable, Hashable, Sendable {
    /// The sentence that is to hold in every state.
    public var name: String
    /// The states in which its premise held.
    public var states: Int
  }

  /// What is asked of the circles of a graph.
  package static let settles = "settles at last"

  /// The name of the model that was walked.
  public var model: String
  /// False when the walk was given up at its limit, behind a violation: there are more states, and
  /// the numbers are those of the part that was walked.
  public var isComplete = true
  /// How many different states were reached, the initial one among them.
  public var states: Int
  /// Steps between them, and 1 for each beginning, as SPIN and TLC count them.
  public var transitions: Int
  /// Steps from the beginning to the state that is farthest from it.
  public var depth: Int
  /// How long the walk took, by the clock; without the search for circles.
  public var seconds: Double
  /// Different states in a second.
  public var statesPerSecond: Double
  /// Memory of the stored states at the end, by state; of many values by how much the process
  /// has grown.
  public var bytesPerState: Double
  /// The first violation of each name that was met; empty when all is well.
  public var violations: [Violation]
  /// What was asked, and where; `settles at last` counts the states from which it was shown.
  public var properties: [Property]
  /// A digest of all states, what is in them included, and of all steps: equal for equal graphs, in
  /// one process where states are values. 0 for a walk that was given up.
  package var digest: UInt64

  enum CodingKeys: String, CodingKey {
    case model, states, transitions, depth, seconds, violations, properties, digest
    case isComplete = "complete"
    case statesPerSecond = "states_per_second"
    case bytesPerState = "bytes_per_state"
  }
}

/// Why a walk was given up before its end.
public enum ExplorationError: Error, Hashable, Sendable, CustomStringConvertible {
  /// There are more states than were allowed.
  case tooManyStates(limit: Int, depth: Int)
  /// There are more steps than were allowed.
  case tooManySteps(limit: Int, states: Int, depth: Int)

  /// One sentence with both numbers.
  public var description: String {
    switch self {
    case .tooManyStates(let limit, let depth):
      "more than \(limit) states at depth \(depth): allow more, or a smaller budget"
    case .tooManySteps(let limit, let states, let depth):
      "more than \(limit) transitions between \(states) states at depth \(depth)"
    }
  }
}
