import BatonDiagrams
import BatonHost
import BatonLab
import Foundation

/// The page of a rehearsal: what it cost, and every chart with the replay of all machines.
struct ReportPage {
  private let result: DemoReport
  private let trace: String

  init(_ result: DemoReport, trace: String?) {
    self.result = result
    self.trace = trace.flatMap { try? String(contentsOfFile: $0, encoding: .utf8) } ?? ""
  }

  func text() throws -> String {
    var page = ChartPage(title: "Handovers of \(result.tap)", charts: ProjectCharts.outlines)
    page.trace = trace
    page.facts = facts
    let trips = try JSONEncoder().encode(["round_trips": result.roundTrips])
    page.report = String(decoding: trips, as: UTF8.self)
    return page.text()
  }

  private var facts: [ChartPage.Fact] {
    let probe = result.probe
    let completed = result.handovers.count { $0.status == "completed" }
    var facts = [
      ChartPage.Fact("handovers", "\(completed) of \(result.handovers.count) completed"),
      ChartPage.Fact("queues", "\(result.queues)"),
    ]
    if let median = result.medianBlackoutMicros {
      facts.append(ChartPage.Fact("median blackout", String(format: "%.0f µs", median)))
    }
    return facts + [
      ChartPage.Fact("probes sent", "\(probe.sent)"),
      ChartPage.Fact("lost", "\(probe.lost)"),
      ChartPage.Fact("duplicated", "\(probe.duplicated)"),
      ChartPage.Fact("reordered", "\(probe.reordered)"),
      ChartPage.Fact("corrupted", "\(probe.corrupted)"),
      ChartPage.Fact("longest gap", "\(probe.longestGapMicros) µs"),
      ChartPage.Fact("complaints", "\(result.complaints.count)"),
    ]
  }
}
