#if !hasFeature(Embedded)
  /// A machine's whole state by the names of its chart: for files that later versions of the chart
  /// read, as JSON or as whatever `Codable` writes.
  ///
  /// Bytes of ``Machine/saved(at:)`` are smaller, and for the same build alone.
  public struct NamedState<C: Chart>: Sendable {
    /// A delay that runs, and for whom.
    public struct Delay: Hashable, Codable, Sendable {
      /// The state that waits for it.
      public var state: String
      /// The name of the delay that it waits for.
      public var delay: String
      /// When it has run out, in nanoseconds of the loop's clock.
      public var due: UInt64
    }

    /// An event that the machine has sent to itself and that has not come.
    public struct Sent: Sendable {
      /// What was sent, with its payload.
      public var event: C.Event
      /// When it comes, in nanoseconds of the loop's clock.
      public var due: UInt64
      /// The number by which it is cancelled.
      public var id: UInt16
    }

    /// The version of the chart; whoever writes the file counts it.
    public var version: Int
    /// When it was taken, in nanoseconds of the loop's clock.
    public var takenAt: UInt64
    /// The active leaves, in document order.
    public var leaves: [String]
    /// By history state what it remembers.
    public var histories: [String: [String]]
    /// The delays that run, in document order.
    public var delays: [Delay]
    /// The events that were deferred, in the order in which they came.
    public var deferred: [C.Event]
    /// The events that were sent and have not come, by time.
    public var sent: [Sent]
    /// The extended state, as actions left it.
    public var memory: C.Memory
  }

  extension NamedState: Codable where C.Memory: Codable, C.Event: Codable {}

  extension NamedState.Sent: Codable where C.Event: Codable {}

  /// What has become of the names of earlier versions of a chart, so that its machines are restored
  /// from what those have written.
  ///
  ///     let versions = VersionMap(current: 3, steps: [
  ///       .init(from: 1, states: ["waiting": "queued"]),
  ///       .init(from: 2, states: ["queued": "idle"], delays: ["patience": nil]),
  ///     ])
  public struct VersionMap: Sendable {
    /// What one version has changed against the one before.
    public struct Step: Sendable {
      /// The version that had the old names.
      public var from: Int
      /// By old name the state that stands for it now.
      public var states: [String: String]
      /// By old name the delay that stands for it now; nil for none, and then it is forgotten.
      public var delays: [String: String?]

      /// The step from this version to the next.
      public init(
        from: Int, states: [String: String] = [:], delays: [String: String?] = [:]
      ) {
        self.from = from
        self.states = states
        self.delays = delays
      }
    }

    /// The version of the chart as it is now.
    public var current: Int
    /// The steps that change names, in any order; versions without one have changed none.
    public var steps: [Step]

    /// The names of a chart of this version.
    public init(current: Int, steps: [Step] = []) {
      self.current = current
      self.steps = steps
    }

    /// The steps that a state of this version has to go, the oldest first.
    func way(from version: Int) -> [Step] {
      steps.filter { $0.from >= version && $0.from < current }.sorted { $0.from < $1.from }
    }
  }

  /// Why a state by names is none of this chart.
  public enum NamedStateError: Error, Hashable, Sendable {
    /// It was written by a later version of the chart.
    case version(here: Int, there: Int)
    /// No state has the name, after all steps.
    case unknownState(String)
    /// The state waits for no delay of this name.
    case unknownDelay(state: String, delay: String)
    /// No history state has the name, or what it is said to remember cannot be.
    case unknownHistory(String)
    /// The leaves cannot be active together.
    case notTogether([String])
    /// More events wait than a machine of the chart holds at one time; see ``MachineLimits``.
    case tooManyEvents(limit: Int, there: Int)
  }

  extension NamedStateError: CustomStringConvertible {
    /// A sentence with the names, and with both versions.
    public var description: String {
      switch self {
      case .version(let here, let there):
        "the state is of version \(there) of the chart, and this is version \(here)"
      case .unknownState(let name): "the chart has no state \(name)"
      case .unknownDelay(let state, let delay): "state \(state) does not wait for \(delay)"
      case .unknownHistory(let name): "history \(name) is not there, or cannot remember that"
      case .notTogether(let names):
        "the states \(joined(names, by: ", ")) cannot be active together"
      case .tooManyEvents(let limit, let there):
        "\(there) events wait, and a machine of the chart holds \(limit)"
      }
    }
  }
#endif
