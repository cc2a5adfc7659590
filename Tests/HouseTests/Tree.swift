import Foundation
import Testing

/// The files of the repository that the checks read.
enum Tree {
  /// The top of the repository.
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()

  /// Swift and C files of the package, its tests, its examples and its benchmarks.
  static let code: [Source] =
    read(below: "Sources", endings: ["swift", "c", "h"])
    + read(below: "Tests", endings: ["swift"])
    + read(below: "Benchmarks", endings: ["swift", "c", "h"])
    + read(below: "Fuzz", endings: ["swift", "c", "h"])
    + read(below: "Examples", endings: ["swift", "c", "h", "cpp", "hpp", "rs", "py"])
    + [read("Package.swift")].compactMap { $0 }

  /// What is read by people or by the shell.
  static let papers: [Source] =
    ["README.md", "CONTRIBUTING.md", "CHANGELOG.md", "SECURITY.md", "Makefile", ".ci/run"]
    .compactMap(read)
    + read(below: "docs", endings: ["md"])
    + read(below: "Scripts", endings: ["sh"])
    + read(below: "Examples", endings: ["md", "sh"])
    + read(below: "Sources", endings: ["md"])
    + read(below: "Tests", endings: ["md", "json"])

  static var sources: [Source] { code.filter { $0.room != nil } }

  /// A file by its path from the top, nil when it does not exist.
  static func read(_ path: String) -> Source? {
    guard let text = try? String(contentsOf: root.appending(path: path), encoding: .utf8) else {
      return nil
    }
    return Source(path: path, text: text)
  }

  private static func read(below folder: String, endings: Set<String>) -> [Source] {
    let top = root.appending(path: folder)
    guard let all = FileManager.default.enumerator(atPath: top.path) else { return [] }
    return all.compactMap { $0 as? String }
      .filter { endings.contains(($0 as NSString).pathExtension) }
      .map { "\(folder)/\($0)" }
      .filter { !$0.contains("/.build") }
      .sorted()
      .compactMap(read)
  }
}

@Suite(.timeLimit(.minutes(15))) struct TreeTests {
  @Test(arguments: [
    "Sources/Core", "Sources/CLinux", "Sources/CLibevent", "Tests/HouseTests", "Examples/handover",
  ])
  func `the checks see the folder`(folder: String) {
    #expect(Tree.code.contains { $0.path.hasPrefix("\(folder)/") })
  }

  @Test func `every file below Sources is in a room`() {
    let loose = Tree.code.filter { $0.path.hasPrefix("Sources/") && $0.room == nil }
    #expect(loose.map(\.path) == [])
  }
}
