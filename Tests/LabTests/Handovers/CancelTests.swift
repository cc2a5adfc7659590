import BatonCore
import BatonHost
import BatonLab
import BatonMig
import Testing

extension ProcessTests {
  /// A cancel before *taken* leaves everything as it was.
  @Suite(.timeLimit(.minutes(15))) struct CancelTests {
    /// Whoever adds a state decides what a cancel does there.
    @Test func `all states are thought of`() {
      #expect(OutgoingChart.State.allCases.count == 18)
      #expect(CancelMoment.states.count == 9)
    }

    @Test(arguments: CancelMoment.states)
    func `the guest stays, and a second try takes it`(state: OutgoingChart.State) async throws {
      let moment = try #require(CancelMoment(state))
      try await Stage.run { stage in
        var wish = Stage.Wish()
        wish.isTraced = true
        let source = try stage.startSource("A", wish)
        let target = try stage.startTarget()
        let counts = (source.child.descriptorCount, target.child.descriptorCount)
        try source.control.pause(moment.pausesBeforeSwitchover)
        try hold(target, moment.hold, stage)
        try stage.stop(source, in: state.name, of: "Outgoing", afterEffects: true)
        try begin(source, target, moment.hold, stage)
        try stage.awaitStop(source)
        try source.control.post("migrate_cancel")
        source.child.resume()
        try stage.expectEnd("cancelled", of: source)
        target.child.resume()
        try stage.expectFailure(target, moment.targetWords)

        #expect(source.control.statuses == moment.statuses)
        // Lines are written beside the loop, so that it may have answered before they are there.
        var landed: String?
        try stage.wait("the cancel in the trace") {
          landed = try? landing(source, stage)
          return landed != nil
        }
        #expect(landed == moment.landing.name)
        try stage.expectRunner(source, not: target)
        #expect(source.child.descriptorCount == counts.0)
        #expect(target.child.descriptorCount == counts.1)
        try stage.expectFlow()
        try source.control.pause(false)
        try stage.move(source, target)
      }
    }

    private func hold(_ target: HostProcess, _ hold: CancelMoment.Hold, _ stage: Stage) throws {
      guard case .at(let state, let afterEffects) = hold else { return }
      try stage.stop(target, in: state.name, of: "Incoming", afterEffects: afterEffects)
    }

    private func begin(
      _ source: HostProcess, _ target: HostProcess, _ hold: CancelMoment.Hold, _ stage: Stage
    ) throws {
      let address = stage.newAddress()
      try target.control.call("migrate-incoming", ["uri": address])
      if case .fromTheStart = hold { target.child.stop() }
      try source.control.post("migrate", ["uri": address])
      if case .at = hold { try stage.awaitStop(target) }
    }

    /// The state in which the source handled the cancel.
    private func landing(_ source: HostProcess, _ stage: Stage) throws -> String? {
      try stage.trace(source).first {
        $0["machine"] as? String == "Outgoing A" && $0["event"] as? String == "cancel"
      }?["from"] as? String
    }

    @Test func `where nothing was begun there is nothing to cancel`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let target = try stage.startTarget()
        try source.control.call("migrate_cancel")
        #expect(try source.control.call("query-migrate").isEmpty)
        try stage.move(source, target)
        try source.control.call("migrate_cancel")
        let told = try source.control.call("query-migrate")
        #expect(told["status"] as? String == "completed")
        let times = try ["setup-time", "downtime", "total-time"].map {
          try #require(told[$0] as? Int, "\($0) is not told")
        }
        // Each is in whole milliseconds: what is cut off is one of them at most, for each part.
        #expect(times[0] >= 0 && times[1] > 0 && times[0] + times[1] <= times[2] + 2)
        #expect(told["expected-downtime"] == nil && told["ram"] != nil)
        #expect(source.control.statuses.last == "completed")
        try stage.expectRunner(target, not: source)
      }
    }

    @Test func `a second cancel changes nothing`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let target = try stage.startTarget()
        try stage.stop(source, in: "active", of: "Outgoing", afterEffects: true)
        try stage.beginMove(source, target)
        try stage.awaitStop(source)
        try source.control.post("migrate_cancel")
        try source.control.post("migrate_cancel")
        source.child.resume()
        try stage.expectEnd("cancelled", of: source)
        try stage.expectFailure(target, ["cancelled"])
        #expect(source.control.statuses == ["setup", "active", "cancelling", "cancelled"])
        try stage.expectRunner(source, not: target)
        try stage.move(source, target)
      }
    }

    @Test func `a cancel after taken comes too late`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let target = try stage.startTarget()
        try stage.stop(target, in: "taken", of: "Incoming")
        try stage.beginMove(source, target)
        try stage.awaitStop(target)
        try source.control.call("migrate_cancel")
        target.child.resume()
        try stage.expectEnd("completed", of: source)
        try stage.expectEnd("completed", of: target)
        #expect(source.control.statuses == ["setup", "active", "device", "completed"])
        #expect(try stage.error(source) == "")
        try stage.expectRunner(target, not: source)
        try stage.expectFlow()
      }
    }

    @Test func `a target that waits is cancelled and waits again`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let target = try stage.startTarget()
        let count = target.child.descriptorCount
        let address = stage.newAddress()
        try target.control.call("migrate-incoming", ["uri": address])
        try target.control.call("migrate_cancel")
        try stage.expectEnd("cancelled", of: target)
        #expect(target.control.statuses == ["setup", "cancelled"])
        #expect(target.child.descriptorCount == count)
        try source.control.call("migrate", ["uri": address])
        try stage.expectRefusal(source, ["nobody listens"])
        try stage.move(source, target)
      }
    }
  }
}

extension ControlClient {
  /// Sets `pause-before-switchover`.
  func pause(_ isOn: Bool) throws(Failure) {
    try call(
      "migrate-set-capabilities",
      ["capabilities": [["capability": "pause-before-switchover", "state": isOn] as [String: Any]]])
  }
}
