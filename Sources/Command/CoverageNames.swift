import BatonCore
import BatonTesting

/// Looks whether the names in a coverage are those of charts: a page marks nothing for others,
/// which looks as if nothing had been used.
struct CoverageNames {
  /// The charts that are drawn.
  let drawn: [Outline]
  /// Other charts that a coverage may speak of.
  let others: [Outline]

  /// What is named and is not there, with what there is; nil when all is well.
  func mistake(in reports: [CoverageReport]) -> String? {
    for report in reports {
      guard let outline = (drawn + others).first(where: { $0.name == report.chart }) else {
        return "no chart is named \(report.chart): there \(Self.list(drawn.map(\.name)))"
      }
      if let mistake = mistake(in: report, of: outline) { return mistake }
    }
    let known = Set(reports.map(\.chart))
    guard drawn.contains(where: { known.contains($0.name) }) else {
      let names = drawn.map(\.name).joined(separator: ", ")
      return "says nothing of \(names): of charts there \(Self.list(reports.map(\.chart)))"
    }
    return nil
  }

  private func mistake(in report: CoverageReport, of outline: Outline) -> String? {
    let states = outline.states.map(\.name)
    let known = Set(states)
    if let unknown = report.states.keys.sorted().first(where: { !known.contains($0) }) {
      return "chart \(outline.name) has no state \(unknown): there \(Self.list(states))"
    }
    let numbers = Set(outline.transitions.indices.map(String.init))
    guard let unknown = report.transitions.keys.sorted().first(where: { !numbers.contains($0) })
    else { return nil }
    let count = outline.transitions.count
    return "chart \(outline.name) has no transition \(unknown): "
      + (count == 0 ? "there is none" : "there are 0 to \(count - 1)")
  }

  private static func list(_ names: [String]) -> String {
    switch names.count {
    case 0: "is none"
    case 1: "is \(names[0])"
    case _: "are \(names.prefix(20).joined(separator: ", "))\(names.count > 20 ? ", …" : "")"
    }
  }
}
