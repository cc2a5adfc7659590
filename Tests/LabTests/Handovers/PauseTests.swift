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
        try source.control.call("migrate-continue", ["state": "pre-switchover"])
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

    /// The last command, and the run state that it leads to.
    static let commands: [(command: String, state: String)] = [
      ("stop", "paused"), ("cont", "running"),
    ]

    @Test(arguments: commands.indices)
    func `the user's last command before the switch counts at the target`(index: Int) async throws {
      let (command, state) = Self.commands[index]
      try await Stage.run { stage in
        let source = try stage.startSource()
        let target = try stage.startTarget()
        if command == "cont" { try source.control.call("stop") }
        // The source is held while the guest is still its own, so that the command comes after
        // `migrate` and before the stop.
        try stage.stop(source, in: "offering", of: "Outgoing", afterEffects: true)
        try stage.beginMove(source, target)
        try stage.awaitStop(source)
        try source.control.post(command)
        source.child.resume()
        try stage.expectEnd("completed", of: target)
        try stage.wait("the BYE") { source.control.statuses.last == "completed" }
        #expect(try stage.runState(target) == state)
        if state == "paused" { try target.control.call("cont") }
        try stage.expectFlow()
      }
    }

    @Test(arguments: commands.indices, [false, true])
    func `the user's last command in the switch counts for whoever has the guest`(
      index: Int, isKept: Bool
    ) async throws {
      let (command, state) = Self.commands[index]
      try await Stage.run { stage in
        let (source, target) = try pause(stage)
        // Each takes back the one before it.
        for said in ["stop", "cont", command] { try source.control.call(said) }
        #expect(try stage.runState(source) == "finish-migrate")
        if isKept {
          try source.control.call("migrate_cancel")
        } else {
          try source.control.call("migrate-continue", ["state": "pre-switchover"])
        }
        try stage.expectEnd(isKept ? "cancelled" : "completed", of: source)
        let owner = isKept ? source : target
        try stage.wait("the end of the target") {
          target.control.statuses.last.map(Stage.isEnd) ?? false
        }
        #expect(try stage.runState(owner) == state)
        if state == "paused" { try owner.control.call("cont") }
        try stage.expectFlow()
      }
    }

    @Test func `a stop at the target before the guest comes keeps it paused`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let target = try stage.startTarget()
        try target.control.call("stop")
        try stage.beginMove(source, target)
        try stage.expectEnd("completed", of: target)
        #expect(try stage.runState(target) == "paused")
        try target.control.call("cont")
        try stage.expectFlow()
      }
    }

    @Test func `only a migration that stands can be continued`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let said = stage.refusal(
          source, "migrate-continue", arguments: ["state": "pre-switchover"])
        #expect(said == "Migration not in expected state: none (expected: pre-switchover)")
        try stage.expectRunner(source)
      }
    }
  }
}
