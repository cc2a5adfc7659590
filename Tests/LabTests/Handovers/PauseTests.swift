import BatonHost
import BatonLab
import Testing

extension ProcessTests {
  /// `pause-before-switchover`: the guest stands still until somebody decides.
  @Suite(.timeLimit(.minutes(15))) struct PauseTests {
    private func pause(_ stage: Stage) throws -> (source: HostProcess, target: HostProcess) {
      let source = try stage.startSource()
      let target = try stage.startTarget()
      try source.control.pause(true)
      try stage.beginMove(source, target)
      try stage.wait("the pause") { source.control.statuses.last == "pre-switchover" }
      #expect(try stage.runState(source) == "finish-migrate")
      return (source, target)
    }

    @Test func `it goes on when it is told to`() async throws {
      try await Stage.run { stage in
        let (source, target) = try pause(stage)
        try source.control.call("migrate-continue")
        try stage.expectEnd("completed", of: source)
        try stage.expectEnd("completed", of: target)
        #expect(
          source.control.statuses == ["setup", "active", "pre-switchover", "device", "completed"])
        try stage.expectRunner(target, not: source)
        try stage.expectFlow()
      }
    }

    @Test func `it is cancelled from the outside`() async throws {
      try await Stage.run { stage in
        let (source, target) = try pause(stage)
        try source.control.call("migrate_cancel")
        try stage.expectEnd("cancelled", of: source)
        try stage.expectFailure(target, ["cancelled"])
        try stage.expectRunner(source, not: target)
        try source.control.pause(false)
        try stage.move(source, target)
      }
    }

    @Test func `a target that dies meanwhile costs nothing`() async throws {
      try await Stage.run { stage in
        let (source, target) = try pause(stage)
        try stage.kill(target)
        try stage.expectRefusal(source, ["the other end"])
        try source.control.pause(false)
        try stage.move(source, try stage.startTarget("C"))
      }
    }

    @Test func `only a migration that stands can be continued`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let said = stage.refusal(source, "migrate-continue")
        #expect(said == "not possible in state 'none'")
        try stage.expectRunner(source)
      }
    }
  }
}
