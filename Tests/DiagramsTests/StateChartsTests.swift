import BatonCore
import BatonDiagrams
import BatonHost
import Foundation
import Testing

/// The drawings in StateCharts/ are those of the charts that run.
@Suite(.timeLimit(.minutes(5))) struct StateChartsTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "StateCharts")

  @Test(arguments: ProjectCharts.outlines.map(\.name), DiagramFormat.allCases)
  func `a drawing is not stale`(chart: String, format: DiagramFormat) throws {
    let outline = try #require(ProjectCharts.outlines.first { $0.name == chart })
    let file = Self.folder.appending(path: "\(chart).\(format.fileExtension)")
    let drawn = try String(contentsOf: file, encoding: .utf8)
    #expect(drawn == outline.diagram(format), "\(file.lastPathComponent): run make charts")
  }

  @Test func `there is no drawing of a chart that is gone`() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
    let drawings = files.filter { !$0.hasSuffix(".md") }.map { $0.prefix { $0 != "." } }
    #expect(Set(drawings) == Set(ProjectCharts.outlines.map { $0.name[...] }))
  }

  @Test func `no chart leaves an event unmentioned in any state`() {
    #expect(ProjectCharts.gaps == [])
  }
}
