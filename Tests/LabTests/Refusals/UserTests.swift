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
