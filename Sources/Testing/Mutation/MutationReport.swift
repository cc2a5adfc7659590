/// What became of the mutants of a chart.
public struct MutationReport: Codable, Sendable {
  /// One mutant, and what became of it.
  public struct Line: Codable, Hashable, Sendable {
    /// The name of the chart, as in its drawing.
    public var chart: String
    /// What was changed, and where in the chart.
    public var mutation: String
    /// What found it: `definition`, `safety`, `stuck`, `livelock`, `leak`, `goal` or `test`; nil
    /// when nothing did.
    public var layer: String?
    /// What the mutant broke there: the invariant, or the mistake in its definition.
    public var reason: String?
    /// Nothing that can happen differs from the chart: there is nothing to be found.
    public var isEquivalent = false

    package init(chart: String, mutation: String) {
      self.chart = chart
      self.mutation = mutation
    }
  }

  /// All mutants, in document order.
  public var lines: [Line]
  /// How long all mutants took together.
  public var seconds: Double

  /// What was found of these mutants, and how long that took in seconds.
  package init(lines: [Line], seconds: Double) {
    self.lines = lines
    self.seconds = seconds
  }

  /// Mutants in which something can happen that cannot in the chart.
  public var candidates: Int { lines.count { !$0.isEquivalent } }
  /// How many mutants were found, whatever found them.
  public var killed: Int { lines.count { $0.layer != nil } }
  /// Those that were found, of those that are not proved equivalent: 0 to 1.
  public var score: Double { candidates == 0 ? 1 : Double(killed) / Double(candidates) }
  /// The mutants that nothing found and that do differ from the chart.
  public var survivors: [Line] { lines.filter { $0.layer == nil && !$0.isEquivalent } }

  /// Numbers by layer, then the score, then the survivors.
  public var text: String {
    var counts: [String: Int] = [:]
    for line in lines { if let layer = line.layer { counts[layer, default: 0] += 1 } }
    let layers = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
      .map { "\($0.key) \($0.value)" }.joined(separator: ", ")
    let equivalent = lines.count { $0.isEquivalent }
    var text =
      "\(lines.count) mutants: \(killed) killed (\(layers)), \(equivalent) equivalent, "
      + "\(survivors.count) survived; score \(Self.percent(score)) %"
    for line in survivors { text += "\n  \(line.chart) \(line.mutation)" }
    return text
  }

  package static func percent(_ share: Double) -> String {
    let tenths = Int(share * 1000)
    return "\(tenths / 10).\(tenths % 10)"
  }
}
