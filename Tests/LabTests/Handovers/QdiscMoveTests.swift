import BatonLab
import Foundation
import Testing

/// Queueing disciplines of Linux that hold frames before the TAP does.
private enum Qdisc {
  private static let tc = "/usr/sbin/tc"

  /// Whether this kernel has both. BATON_QDISC=1 says that it must: the machines of
  /// Scripts/vm-test.sh have the modules.
  static let isAvailable: Bool = {
    if ProcessInfo.processInfo.environment["BATON_QDISC"] != nil { return true }
    let script = "tc qdisc add dev lo root netem && tc qdisc replace dev lo root plug && echo there"
    return (try? Program.shell(script))?.contains("there") ?? false
  }()

  static func set(_ words: String) throws {
    let command = [tc, "qdisc"] + words.split(separator: " ").map(String.init)
    let outcome = try Program.execute(command)
    try #require(outcome.status == 0, "tc qdisc \(words): \(outcome.errors)")
  }
}

extension ProcessTests {
  /// Frames that wait in the interface's qdisc while the guest moves: the interface stays, and so
  /// does its qdisc, which would be purged with the last descriptor.
  @Suite(
    .timeLimit(.minutes(15)), .enabled(if: Qdisc.isAvailable, "there is no sch_netem or sch_plug"))
  struct QdiscMoveTests {
    @Test func `frames on a way of 100 ms arrive at whoever has the guest by then`() async throws {
      try await Stage.run { stage in
        let a = try stage.startSource()
        let b = try stage.startTarget()
        // 20 probes are on their way at any moment.
        try Qdisc.set("add dev \(Stage.tap) root netem delay 100ms limit 10000")
        try stage.expectFlow()
        try stage.move(a, b)
        try stage.move(b, a)
        stage.endProbes()
      }
    }

    @Test func `frames that are held for the whole move come once, in order`() async throws {
      try await Stage.run { stage in
        let a = try stage.startSource()
        let b = try stage.startTarget()
        try Qdisc.set("add dev \(Stage.tap) root plug limit 10000000")
        try Qdisc.set("change dev \(Stage.tap) root plug release_indefinite")
        try stage.expectFlow()
        try Qdisc.set("change dev \(Stage.tap) root plug block")
        try stage.expectSilence()
        try stage.beginMove(a, b)
        for host in [a, b] { try stage.expectEnd("completed", of: host) }
        try stage.expectRunner(b, not: a)
        try stage.expectSilence()
        try Qdisc.set("change dev \(Stage.tap) root plug release_indefinite")
        try stage.expectFlow()
        stage.endProbes()
      }
    }
  }
}
