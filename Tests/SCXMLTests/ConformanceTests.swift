import BatonSCXML
import Foundation
import Testing

/// The W3C's tests, where somebody has put them beside the project.
@Suite(.timeLimit(.minutes(10))) struct ConformanceTests {
  static let folder = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent()
    .appending(path: "../shared/scxml-irp/txml").standardizedFileURL

  static let tests: [ConformanceTest] =
    ((try? ConformanceTest.all(in: folder)) ?? []).filter { $0.kind == .mandatory }

  @Test(
    .enabled(if: !tests.isEmpty, "the W3C's tests are not in ../shared/scxml-irp/txml"),
    arguments: tests.isEmpty ? [] : tests.map(\.name))
  func `a mandatory test passes`(name: String) throws {
    let test = try #require(Self.tests.first { $0.name == name })
    #expect(test.run() == .passed)
  }

  @Test(.enabled(if: !tests.isEmpty, "the W3C's tests are not in ../shared/scxml-irp/txml"))
  func `no mandatory document is missing`() { #expect(Self.tests.count == 160) }

  // The W3C has one test only for many a rule; these are our own, and every clone has them.

  static let vectors: [String] =
    ((try? ConformanceTest.all(in: Bundle.module.bundleURL.appending(path: "Vectors"))) ?? [])
    .map(\.name)

  @Test(arguments: vectors) func `a vector passes`(name: String) throws {
    let folder = Bundle.module.bundleURL.appending(path: "Vectors")
    let test = try #require(try ConformanceTest.all(in: folder).first { $0.name == name })
    #expect(test.run() == .passed)
  }

  @Test func `there are vectors`() { #expect(Self.vectors.count == 20) }
}
