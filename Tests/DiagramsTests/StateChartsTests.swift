import BatonCore
import BatonDiagrams
import BatonHost
import Foundation
import Testing

/// The drawings in StateCharts/ are those of the charts that run.
@Suite(.timeLimit(.minutes(15))) struct StateChartsTests {
  private static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().appending(path: "StateCharts")

  /// What each file of the folder must hold, by its name.
  private static let wanted: [String: String] = {
    var wanted: [String: String] = [:]
    for outline in ProjectCharts.outlines {
      for format in DiagramFormat.drawings {
        wanted["\(outline.name).\(format.fileExtension)"] = outline.diagram(format)
      }
      wanted["\(outline.name).overview.svg"] = outline.overview(depth: 1).diagram(.svg)
    }
    return wanted
  }()

  @Test(arguments: wanted.keys.sorted())
  func `a drawing is not stale`(name: String) throws {
    let drawn = try String(contentsOf: Self.folder.appending(path: name), encoding: .utf8)
    #expect(drawn == Self.wanted[name], "\(name): run make charts")
  }

  /// Neither one of a chart that is gone, nor a page, of which each holds the same program.
  @Test func `there is no other file`() throws {
    let files = try FileManager.default.contentsOfDirectory(atPath: Self.folder.path)
    #expect(Set(files) == Set(Self.wanted.keys).union(["README.md"]))
  }

  /// A README is some 830 pixels wide; a wider picture shrinks, and its text below 11 pixels.
  @Test(arguments: ProjectCharts.outlines)
  func `an overview is read at the width of a page`(outline: Outline) {
    #expect(outline.overview(depth: 1).drawing().size.x <= 830)
  }

  @Test func `no chart leaves an event unmentioned in any state`() {
    #expect(ProjectCharts.gaps == [])
  }
}
