import Foundation
import Testing

/// What stands in the repository beside the code.
enum Repository {
  /// A document that readers look for, and what they look for in it.
  static let documents: [String: [String]] = [
    "LICENSE": ["Apache License", "Version 2.0", "Copyright 2026 The Baton authors"],
    "CONTRIBUTING.md": ["make lint", "make test", ".ci/run", "room: Subject"],
    "docs/HACKING.md": ["FILTER=", "COVERAGE=1", "make asan", "make embedded", "make bench"],
    "Makefile": ["help:", "demo:", "test:", "bench:", "charts:", "lint:", "clean:"],
    "Tests/MigTests/Recordings/README.md": ["qemu-10.2.2.json"],
    "README.md": [
      "make demo", "make test", "StateCharts/", "## Embedding", "docs/ARCHITECTURE.md",
    ],
    "docs/ARCHITECTURE.md": ["## Rooms and floors", "## Differences from QEMU"],
    "docs/PROTOCOL.md": ["## The ownership word", "## Losses"],
    "docs/EMBEDDING.md": ["MovableGuest", "Movable", "event_base"],
    "StateCharts/README.md": ["make charts"],
  ]

  static func missing(from text: String, of wanted: [String]) -> [String] {
    wanted.filter { !text.contains($0) }
  }

  static func text(_ path: String) -> String? {
    try? String(contentsOf: Tree.root.appending(path: path), encoding: .utf8)
  }

  /// Tracked paths that are made by a build.
  static func built(among paths: [String]) -> [String] {
    paths.filter { path in
      path.split(separator: "/").contains { $0 == "Package.resolved" || $0.hasPrefix(".build") }
    }
  }

  /// What git tracks.
  static func tracked() throws -> [String] {
    let git = Process()
    git.executableURL = URL(filePath: "/usr/bin/timeout")
    git.arguments = ["--signal=KILL", "60", "git", "-C", Tree.root.path]
    git.arguments? += ["ls-files", "-z"]
    let output = Pipe()
    git.standardOutput = output
    try git.run()
    let data = output.fileHandleForReading.readDataToEndOfFile()
    git.waitUntilExit()
    try #require(git.terminationStatus == 0)
    return String(decoding: data, as: UTF8.self).split(separator: "\0").map(String.init)
  }

  /// False in an unpacked archive, which has no history to look at.
  static var hasHistory: Bool {
    FileManager.default.fileExists(atPath: Tree.root.appending(path: ".git").path)
  }
}

@Suite(.timeLimit(.minutes(15))) struct RepositoryTests {
  @Test(arguments: Repository.documents.keys.sorted())
  func `a document stands and says what readers look for`(path: String) throws {
    let text = try #require(Repository.text(path))
    #expect(Repository.missing(from: text, of: Repository.documents[path] ?? []) == [])
  }

  @Test func `what a document lacks is caught`() {
    #expect(Repository.missing(from: "make demo", of: ["make demo", "make test"]) == ["make test"])
  }

  @Test(.enabled(if: Repository.hasHistory, "not a git checkout"))
  func `nothing that a build makes is tracked`() throws {
    let tracked = try Repository.tracked()
    #expect(tracked.contains("Package.swift"))
    #expect(Repository.built(among: tracked) == [])
  }

  @Test(arguments: [
    "Package.resolved", "Benchmarks/Package.resolved", ".build/a.o", ".build-asan/a",
  ])
  func `what a build makes is caught`(path: String) {
    #expect(Repository.built(among: [path, "Sources/Core/Builder.swift"]) == [path])
  }
}
