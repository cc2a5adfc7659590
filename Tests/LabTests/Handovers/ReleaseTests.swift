import BatonLab
import Testing

extension ProcessTests {
  /// Hosts of earlier commits and of this tree.
  @Suite(
    .timeLimit(.minutes(15)),
    .enabled(if: Release.hindrance == nil, Comment(rawValue: Release.hindrance ?? "")))
  struct ReleaseTests {
    @Test func `the changelog names a release that must work, and what is refused`() {
      #expect(Release.tried.contains { !$0.isRefused })
      #expect(Release.tried.allSatisfy { $0.commit.count == 40 })
    }

    @Test func `a changelog is read`() {
      let all = Release.read("## 2\n\nCommit: abc1 (ok)\n## 1\nCommit: 0f (refused by name: x)\n")
      #expect(all.map(\.version) == ["2", "1"])
      #expect(all.map(\.commit) == ["abc1", "0f"])
      #expect(all.map(\.isRefused) == [false, true])
    }

    @Test(arguments: Release.tried)
    func `the tree takes a guest from a release, and gives it back`(release: Release) async throws {
      var old = Stage.Wish()
      old.program = try release.program()
      old.speaksLines = release.speaksLines
      try await Stage.run { [old] stage in
        let source = try stage.startSource("A", old)
        let target = try stage.startTarget("B")
        guard !release.isRefused else {
          return try stage.expectVersions(source, target, ours: target, of: release)
        }
        try stage.move(source, target)
        try stage.move(target, source)
      }
    }

    @Test(arguments: Release.tried)
    func `a release takes a guest from the tree, and gives it back`(release: Release) async throws {
      var old = Stage.Wish()
      old.program = try release.program()
      old.speaksLines = release.speaksLines
      try await Stage.run { [old] stage in
        let source = try stage.startSource("A")
        let target = try stage.startTarget("B", old)
        guard !release.isRefused else {
          return try stage.expectVersions(source, target, ours: source, of: release)
        }
        try stage.move(source, target)
        try stage.move(target, source)
      }
    }
  }
}

extension Stage {
  /// The two sides refuse each other, each with both versions, and the guest runs on.
  func expectVersions(
    _ source: HostProcess, _ target: HostProcess, ours: HostProcess, of release: Release
  ) throws {
    try beginMove(source, target)
    try expectEnd("failed", of: source)
    try expectEnd("failed", of: target)
    for host in [source, target] {
      let here = host === ours ? "2 here, 1 on" : "1 here, 2 on"
      #expect(try error(host).contains("protocol version: \(here) the other side"))
    }
    try expectRunner(source, not: target)
    try expectFlow()
  }
}
