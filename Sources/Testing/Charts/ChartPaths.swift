/// Ways through a chart that show each of its states, transitions and pairs of transitions: tests
/// for a system that is not this code, and is meant to do what the chart says.
///
/// A shortest way to each of them is a way of the list, or the beginning of one.
public struct ChartPaths: Codable, Hashable, Sendable {
  /// One event, and where it leads.
  public struct Step: Codable, Hashable, Sendable {
    /// What comes: an event with its payload, an answer to an effect, or that a delay runs out.
    public var event: String
    /// The guards that are asked, with `!` in front of those that must not hold. With code the
    /// events before have made it so, and a microstep names them as they are declared.
    public var guards: [String]
    /// The transitions that are taken, by their place in document order and one after the other;
    /// none when the event is ignored or refused.
    public var transitions: [Int]
    /// What is asked of the driver, in order; of a chart without code, the actions.
    public var effects: [String]
    /// The leaves that are active afterwards; with regions one of each.
    public var states: [String]
  }

  /// A way from the start, and what it shows that no way before it in the list does.
  public struct Path: Codable, Hashable, Sendable {
    /// States that become active, by name; those around the leaves too.
    public var states: [String]
    /// Transitions, by their place in document order.
    public var transitions: [Int]
    /// Pairs of transitions of which the second is the next one that is taken after the first.
    public var pairs: [[Int]]
    /// All steps, the first one first.
    public var steps: [Step]
  }

  /// The name of the chart, as in its drawing.
  public var chart: String
  /// The leaves that are active when the chart has started.
  public var initial: [String]
  /// Each transition in words, in document order: what the numbers mean.
  public var transitions: [String]
  /// The ways, the shortest ones first.
  public var paths: [Path]
  /// States and transitions that no way comes to.
  public var unreachable: [String]
}
