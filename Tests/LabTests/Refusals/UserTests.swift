import BatonHost
import BatonLab
import Testing

extension ProcessTests {
  /// A guest is given to nobody but its user, or to one that was allowed by name.
  @Suite(
    .timeLimit(.minutes(15)), .enabled(if: OtherUser.refusal == nil, "\(OtherUser.refusal ?? "")"))
  struct UserTests {
    private func startTarget(_ stage: Stage) throws -> HostProcess {
      var wish = Stage.Wish()
      wish.launcher = OtherUser.launcher
      return try stage.startTarget("B", wish)
    }

    private func allow(_ user: UInt32, _ host: HostProcess) throws {
      try host.control.call("migrate-set-parameters", ["peer-uid": Int(user)])
    }

    @Test func `the source refuses a target of another user`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let target = try startTarget(stage)
        try stage.beginMove(source, target)
        try stage.expectRefusal(
          source, ["the peer runs as user \(OtherUser.number), allowed here is 0"])

        // The target heard nothing, and waits.
        #expect(target.control.statuses == ["setup"])
        try target.control.call("migrate_cancel")
        try allow(OtherUser.number, source)
        try allow(0, target)
        try stage.move(source, target)
      }
    }

    /// Root's target cannot be killed by a source of nobody, who may make a TAP all the same.
    @Test func `a target that the source cannot kill is refused before the switch`() async throws {
      try await Stage.run { stage in
        var wish = Stage.Wish()
        let powers = "+net_admin,+dac_override"
        wish.launcher =
          OtherUser.launcher + ["--inh-caps=\(powers)", "--ambient-caps=\(powers)"]
        let source = try stage.startSource("A", wish)
        let target = try stage.startTarget()
        try allow(0, source)
        try allow(OtherUser.number, target)
        try stage.beginMove(source, target)
        try stage.expectRefusal(
          source,
          [
            "the target, user 0, cannot be killed by the source, user \(OtherUser.number)",
            "pidfd_send_signal: Operation not permitted (EPERM)",
          ])
        #expect(source.control.statuses == ["setup", "failed"])
        #expect(target.control.statuses == ["setup"])
        try stage.expectRunner(source, not: target)
        try target.control.call("migrate_cancel")
      }
    }

    @Test func `the target refuses a source of another user`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let target = try startTarget(stage)
        try allow(OtherUser.number, source)
        try stage.beginMove(source, target)
        try stage.expectRefusal(
          source, ["the peer runs as user 0, allowed here is \(OtherUser.number)"])

        #expect(target.control.statuses == ["setup"])
        try target.control.call("migrate_cancel")
        try allow(0, target)
        try stage.move(source, target)
      }
    }
  }
}
