import BatonSCXML
import Foundation
import Testing

/// The W3C's tests, which are theirs and in no clone: the `.txml` files and `manifest.xml` of the
/// Implementation Report Plan (https://www.w3.org/Voice/2013/scxml-irp/).
@Suite(.timeLimit(.minutes(10))) struct ConformanceTests {
  /// Where they are; Scripts/test.sh looks for them beside the clone.
  static let folder = ProcessInfo.processInfo.environment["BATON_SCXML_TESTS"]

  /// What a skipped test says.
  static let absence: Comment = """
    there are no .txml files with a manifest.xml of the W3C's SCXML Implementation Report Plan: \
    name their folder in BATON_SCXML_TESTS
    """

  static let tests: [ConformanceTest] =
    (folder.flatMap { try? ConformanceTest.all(in: URL(filePath: $0)) } ?? [])
    .filter { $0.kind == .mandatory }

  @Test(
    .enabled(if: !tests.isEmpty, absence),
    arguments: tests.isEmpty ? [] : tests.map(\.name))
  func `a mandatory test passes`(name: String) throws {
    let test = try #require(Self.tests.first { $0.name == name })
    #expect(test.run() == .passed)
  }

  @Test(.enabled(if: !tests.isEmpty, absence))
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
