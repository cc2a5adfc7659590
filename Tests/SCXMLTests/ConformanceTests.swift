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

  /// The data models that the tests are rewritten for.
  static let models = ["mini"] + (ECMAScript.isBuilt ? ["ecmascript"] : [])

  @Test(
    .enabled(if: !tests.isEmpty, absence),
    arguments: tests.isEmpty ? [] : tests.map(\.name), models)
  func `a mandatory test passes`(name: String, model: String) throws {
    let test = try #require(Self.tests.first { $0.name == name })
    #expect(test.run(model: model) == .passed)
  }

  @Test(.enabled(if: !tests.isEmpty, absence))
  func `no mandatory document is missing`() { #expect(Self.tests.count == 160) }

  /// The optional tests in ECMAScript (B.2); the others need the HTTP processor.
  @Test(
    .enabled(if: !tests.isEmpty && ECMAScript.isBuilt, absence),
    arguments: [
      "test278", "test444", "test445", "test446", "test448", "test449", "test451", "test452",
      "test453", "test456", "test457", "test459", "test460", "test557", "test558", "test560",
      "test561", "test562", "test569", "test578",
    ])
  func `an optional test of ECMAScript passes`(name: String) throws {
    let all = try ConformanceTest.all(in: URL(filePath: try #require(Self.folder)))
    let test = try #require(all.first { $0.name == name })
    #expect(test.kind == .optional)
    #expect(test.run() == .passed)
  }

  // The W3C has one test only for many a rule; these are our own, and every clone has them.

  static let own = Bundle.module.bundleURL.appending(path: "Vectors")

  static let vectors: [String] =
    ((try? ConformanceTest.all(in: own)) ?? [])
    .filter { ECMAScript.isBuilt || !$0.name.hasPrefix("ecmascript/") }.map(\.name)

  @Test(arguments: ["{bad", "{}", #"{"initialConfig": ["a"], "events": []}"#])
  func `a vector whose script is none does not pass`(script: String) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: UUID().uuidString)
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let document =
      #"<scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0"><state id="a"/></scxml>"#
    try Data(document.utf8).write(to: folder.appending(path: "a.scxml"))
    try Data(script.utf8).write(to: folder.appending(path: "a.json"))
    let test = try #require(try ConformanceTest.all(in: folder).first)
    #expect(test.kind == .mandatory && test.script == nil && test.broken != nil)
    guard case .failed(let why) = test.run() else {
      Issue.record("it passes")
      return
    }
    #expect(why.hasPrefix("a.json: "))
  }

  @Test(arguments: vectors) func `a vector passes`(name: String) throws {
    let test = try #require(try ConformanceTest.all(in: Self.own).first { $0.name == name })
    #expect(test.run() == .passed)
  }

  @Test func `there are vectors`() {
    #expect(Self.vectors.filter { !$0.contains("/") }.count == 20)
    #expect(
      Self.vectors.filter { $0.hasPrefix("ecmascript/") }.count == (ECMAScript.isBuilt ? 22 : 0))
  }
}

/// The vectors of SCION's test framework (https://github.com/jbeard4/scxml-test-framework), which
/// are theirs and in no clone.
@Suite(.timeLimit(.minutes(10))) struct VectorTests {
  /// Where they are; Scripts/test.sh looks for them beside the clone.
  static let folder = ProcessInfo.processInfo.environment["BATON_SCION_VECTORS"]

  /// What a skipped test says.
  static let absence: Comment = """
    there are no vectors of SCION's test framework: name their folder in BATON_SCION_VECTORS, and \
    build with the trait ECMAScript
    """

  static let vectors: [ConformanceTest] =
    (ECMAScript.isBuilt ? folder : nil).flatMap { try? ConformanceTest.all(in: URL(filePath: $0)) }?
    .filter { $0.script != nil } ?? []

  @Test(
    .enabled(if: !vectors.isEmpty, absence),
    arguments: vectors.isEmpty ? [] : vectors.map(\.name))
  func `a vector passes as published`(name: String) throws {
    let test = try #require(Self.vectors.first { $0.name == name })
    #expect(test.run() == .passed)
  }
}
