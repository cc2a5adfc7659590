import BatonCore
import BatonDiagrams
import BatonTesting
import Foundation

/// The page of a walk: the charts, what was used of them, and the first counterexample as a replay
/// with the sequence of both sides and the word between them.
struct ExplorePage {
  private let result: Exploration
  private let coverage: CoverageFile?
  private let charts: [Outline]

  /// - Parameter charts: What is drawn; nil for the charts of the process that were used.
  init(_ result: Exploration, coverage: CoverageFile?, charts: [Outline]? = nil) {
    self.result = result
    self.coverage = coverage
    let names = coverage.map { $0.charts.map(\.chart) } ?? []
    self.charts =
      charts
      ?? ChartShelf.entries.filter { names.contains($0.name) }.map { $0.outline() }
  }

  func text() throws -> String {
    var page = ChartPage(title: "All states of \(result.model)", charts: charts)
    page.trace = result.violations.first?.trace ?? ""
    if let coverage {
      page.coverage = String(decoding: try JSONEncoder().encode(coverage), as: UTF8.self)
    }
    page.facts = facts
    return page.text()
  }

  private var facts: [ChartPage.Fact] {
    var facts = [
      ChartPage.Fact("states", "\(result.states)"),
      ChartPage.Fact("transitions", "\(result.transitions)"),
      ChartPage.Fact("depth", "\(result.depth)"),
      ChartPage.Fact("properties", "\(result.properties.count)"),
    ]
    guard let first = result.violations.first else {
      return facts + [ChartPage.Fact("violated", "nothing")]
    }
    facts.append(ChartPage.Fact("violated", first.name))
    facts.append(ChartPage.Fact("after", "\(first.steps.count - 1) steps"))
    return facts
  }
}
