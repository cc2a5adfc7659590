import Foundation
import Testing

@testable import BatonMig

/// The charts against what QEMU 10.2.2 did in the same scenarios.
@Suite(.timeLimit(.minutes(15))) struct ReplayTests {
  struct Script {
    var turn = Duel.Turn.none
    /// False where the target's guest stays paused (`-S`).
    var startsGuest = true
  }

  /// What happens in each scenario besides what its recording says of parameters.
  static let scripts: [String: Script] = [
    "success": Script(),
    "success-multi-iteration": Script(),
    "success-return-path": Script(),
    "success-target-S": Script(startsGuest: false),
    "source-cont-after-completed": Script(startsGuest: false),
    "pause-before-switchover": Script(),
    "pause-before-switchover-target-killed": Script(turn: .killTarget(.preSwitchover)),
    "cancel-immediately": Script(turn: .cancel(.greeting)),
    "cancel-in-active": Script(turn: .cancel(.active)),
    "cancel-in-active-target-stays": Script(turn: .cancel(.active)),
    "migrate-errors": Script(turn: .cancel(.active)),
    "cancel-in-setup-tcp-blackhole": Script(turn: .elsewhere(.tcp)),
    "listener-never-reads": Script(turn: .mute),
    "no-listener-refused": Script(turn: .noListener),
    "source-killed-in-active": Script(turn: .killSource(.active)),
    "source-killed-in-active-target-stays": Script(turn: .killSource(.active)),
    "wrong-machine": Script(turn: .misfit),
    "wrong-nic-features": Script(turn: .misfit),
    "wrong-no-nic-on-target": Script(turn: .misfit),
    "wrong-no-nic-on-target-return-path": Script(turn: .misfit),
    "wrong-ram-size": Script(turn: .misfit),
    "wrong-ram-size-return-path": Script(turn: .misfit),
    "bt-source-lacks-param": Script(),
    "bt-source-lacks-param-return-path": Script(),
    "bt-target-lacks-param-other-tap": Script(),
    "bt-target-lacks-param-same-tap": Script(turn: .veto),
    "bt-target-lacks-param-same-tap-eoe-off": Script(turn: .veto),
    "bt-to-file": Script(turn: .elsewhere(.file)),
  ]

  /// Scenarios that no chart takes part in.
  static let skipped: [String: String] = [
    "bt-bad-param-value": "the value is refused where it is parsed, and nothing is started",
    "bt-multifd": "there is one channel; of several, nothing is known here",
  ]

  /// One line for each side whose charts and QEMU differ.
  private func differences(_ recording: Recording, _ script: Script) throws -> [String] {
    let duel = try Duel(script.turn)
    try duel.run(recording, startsGuest: script.startsGuest)
    let pairs: [(Difference.Side, [String], [String])] = [
      (.source, Recording.trace(recording.source), duel.sourceTrace),
      (.target, Recording.trace(recording.target), duel.targetTrace),
    ]
    return pairs.compactMap { side, qemu, ours in
      qemu == ours
        ? nil
        : line(recording.scenario, side, qemu.joined(separator: " "), ours.joined(separator: " "))
    }
  }

  private func line(
    _ scenario: String, _ side: Difference.Side, _ qemu: String, _ ours: String
  ) -> String {
    "\(scenario), \(side): \(qemu) / \(ours)"
  }

  @Test func `the statuses are QEMU's but where the table says why not`() throws {
    var found: Set<String> = []
    var replayed: Set<String> = []
    for recording in try Recording.all() where Self.skipped[recording.scenario] == nil {
      let script = try #require(Self.scripts[recording.scenario], "\(recording.scenario)")
      found.formUnion(try differences(recording, script))
      replayed.insert(recording.scenario)
    }
    let expected = Difference.all.flatMap { row in
      row.scenarios.map { line($0, row.side, row.qemu, row.ours) }
    }
    #expect(found.subtracting(expected).sorted() == [])
    #expect(Set(expected).subtracting(found).sorted() == [])
    #expect(replayed == Set(Self.scripts.keys))
  }

  @Test func `the stock build and the patched one differ in no replayed scenario`() throws {
    let all = try Recording.all().filter { Self.skipped[$0.scenario] == nil }
    for (scenario, builds) in Dictionary(grouping: all, by: \.scenario) {
      let traces = Set(builds.map { [Recording.trace($0.source), Recording.trace($0.target)] })
      #expect(traces.count == 1, "\(scenario)")
    }
  }

  @Test func `the protocol's paper has every row of the table, and no other`() throws {
    let paper = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().deletingLastPathComponent()
      .appending(path: "docs/ARCHITECTURE.md")
    let text = try String(contentsOf: paper, encoding: .utf8)
    let section = try #require(text.components(separatedBy: "## Differences from QEMU").last)
    let rows = section.components(separatedBy: "\n").filter { $0.hasPrefix("| ") }.dropFirst()
    #expect(Array(rows) == Difference.all.map(\.row))
  }
}
