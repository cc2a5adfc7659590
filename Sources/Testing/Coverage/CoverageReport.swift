/// The coverage of one chart, by names; the JSON object that the page of a chart reads.
public struct CoverageReport: Codable, Hashable, Sendable {
  /// The name of the chart, as in its drawing.
  public var chart: String
  /// How often each state was the active leaf after a step.
  public var states: [String: Int] = [:]
  /// How often each transition was taken, by its place in document order.
  public var transitions: [String: Int] = [:]
  /// How often each guard held (`true`) and did not (`false`).
  public var guards: [String: [String: Int]] = [:]
  /// How often an event came in a state, `state event`; what never came is left out.
  public var events: [String: Int] = [:]
  /// How often a fault hit in a state, `state fault`; what never hit is left out.
  public var faults: [String: Int] = [:]
  /// How many different transitions followed which.
  public var pairs = 0

  package init(chart: String) { self.chart = chart }

  /// Reads what somebody has counted: only the chart's name has to be there, and what is not was
  /// not counted.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: CodingKeys.self)
    chart = try values.decode(String.self, forKey: .chart)
    states = try values.decodeIfPresent([String: Int].self, forKey: .states) ?? [:]
    transitions = try values.decodeIfPresent([String: Int].self, forKey: .transitions) ?? [:]
    guards = try values.decodeIfPresent([String: [String: Int]].self, forKey: .guards) ?? [:]
    events = try values.decodeIfPresent([String: Int].self, forKey: .events) ?? [:]
    faults = try values.decodeIfPresent([String: Int].self, forKey: .faults) ?? [:]
    pairs = try values.decodeIfPresent(Int.self, forKey: .pairs) ?? 0
  }

  /// The numbers on one line, as the guide shows them.
  public var summary: String {
    func share(_ counts: some Collection<Int>) -> String {
      "\(counts.count { $0 > 0 })/\(counts.count)"
    }
    return "\(chart): states \(share(states.values)), transitions \(share(transitions.values)), "
      + "guard outcomes \(share(guards.values.flatMap(\.values))), "
      + "events by state \(events.count), faults by state \(faults.count), "
      + "transition pairs \(pairs)"
  }
}

/// All charts of a run: what `--coverage` of the pages takes.
public struct CoverageFile: Codable, Sendable {
  /// One object for each chart.
  public var charts: [CoverageReport]

  /// The file of these charts, ready to be encoded as JSON.
  public init(charts: [CoverageReport]) { self.charts = charts }
}

/// Something of a chart that no test used.
public enum CoverageGap: Hashable, Sendable, CustomStringConvertible {
  /// A state that was never active.
  case state(String)
  /// A transition that was never taken: its place in document order, and what it is.
  case transition(Int, String)
  /// A guard that never had this outcome.
  case guardOutcome(String, Bool)

  /// One line that names what was not used.
  public var description: String {
    switch self {
    case .state(let name): "state \(name) was never active"
    case .transition(let place, let text): "transition \(place) was never taken: \(text)"
    case .guardOutcome(let name, let outcome): "guard \(name) was never \(outcome)"
    }
  }
}
