import BatonHost
import BatonLab
import Testing

extension ProcessTests {
  /// A target that lives and does not answer.
  @Suite(.timeLimit(.minutes(15))) struct HangTests {
    /// Where the target stands still.
    enum Place: CaseIterable {
      /// Before it saw the source at all.
      case fromTheStart
      /// The devices were offered.
      case inspecting
      /// It accepted everything.
      case receiving
      /// The whole state is there.
      case loading
      /// One swap before the guest is its own.
      case ready
    }

    private static let patienceMillis = 300
    private static let words = ["no answer within 300 ms"]
    /// What a machine that is busy may add to the budget of a switch: rounds of both loops, and
    /// the end of a process that is killed.
    private static let marginMicros: UInt64 = 900_000

    private func bePatient(_ millis: Int, _ host: HostProcess) throws {
      try host.control.call(
        "migrate-set-parameters", ["patience-ms": millis, "switch-ms": millis])
    }

    /// A second is more than the switch and its margin, and less than the patience.
    @Test(arguments: ["ready", "taken"])
    func `a target that hangs in the switch costs its budget and no more`(state: String)
      async throws
    {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let target = try stage.startTarget()
        try source.control.call("migrate-set-parameters", ["switch-ms": 300])
        try stage.stop(target, in: state, of: "Incoming")
        try stage.beginMove(source, target)
        try stage.awaitStop(target)
        try stage.expectRefusal(source, ["no answer within 300 ms (switch-ms)"])
        let gap = stage.longestGapMicros
        #expect(gap > 250_000, "the guest was not in the dark at all")
        #expect(gap < 300_000 + Self.marginMicros, "\(gap) us")
        if state == "taken" {
          try stage.expectDeath(target)
        } else {
          target.child.resume()
          try stage.expectFailure(target, [])
        }
        try stage.expectRunner(source, not: target)
        // And the next one succeeds; no probe was lost on the way.
        try bePatient(5_000, source)
        try stage.move(source, try stage.startTarget("C"))
      }
    }

    private func hold(_ target: HostProcess, at place: Place, _ stage: Stage) throws {
      let chart = "Incoming"
      switch place {
      case .fromTheStart: break
      case .inspecting: try stage.stop(target, in: "inspecting", of: chart)
      case .receiving: try stage.stop(target, in: "receiving", of: chart, afterEffects: true)
      case .loading: try stage.stop(target, in: "loading", of: chart)
      case .ready: try stage.stop(target, in: "ready", of: chart)
      }
    }

    @Test(arguments: Place.allCases)
    func `the source goes on, and the target that wakes up never runs the guest`(place: Place)
      async throws
    {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let target = try stage.startTarget()
        let counts = (source.child.descriptorCount, target.child.descriptorCount)
        try bePatient(Self.patienceMillis, source)
        try hold(target, at: place, stage)
        let address = stage.newAddress()
        try target.control.call("migrate-incoming", ["uri": address])
        if place == .fromTheStart { target.child.stop() }
        try source.control.call("migrate", ["uri": address])
        try stage.expectRefusal(source, Self.words)
        try stage.wait("the stop") { target.child.isStopped }

        target.child.resume()
        try stage.expectFailure(target, [])
        #expect(!target.control.events.contains { $0.name == "RESUME" })
        try stage.expectRunner(source, not: target)
        #expect(source.child.descriptorCount == counts.0)
        #expect(target.child.descriptorCount == counts.1)
        try bePatient(5_000, source)
        try stage.move(source, target)
      }
    }

    @Test func `a target that hangs with the guest is killed, and the source goes on`()
      async throws
    {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let target = try stage.startTarget()
        let count = source.child.descriptorCount
        try bePatient(Self.patienceMillis, source)
        try stage.stop(target, in: "taken", of: "Incoming")
        try stage.beginMove(source, target)
        try stage.expectDeath(target)
        try stage.expectRefusal(source, Self.words)
        #expect(source.child.descriptorCount == count)
        try bePatient(5_000, source)
        try stage.move(source, try stage.startTarget("C"))
      }
    }

    @Test func `a cancel does not disturb the killing`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let target = try stage.startTarget()
        try bePatient(Self.patienceMillis, source)
        try stage.stop(target, in: "taken", of: "Incoming")
        try stage.stop(source, in: "killing", of: "Outgoing", afterEffects: true)
        try stage.beginMove(source, target)
        try stage.awaitStop(source)
        try source.control.post("migrate_cancel")
        source.child.resume()
        try stage.expectDeath(target)
        try stage.expectRefusal(source, Self.words)
      }
    }

    @Test func `a source that hangs before HELLO costs its place and not the target`()
      async throws
    {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let target = try stage.startTarget()
        // A listening socket is one more, and a visitor is a socket and a pidfd.
        let listening = (target.child.descriptorCount ?? 0) + 1
        try stage.stop(source, in: "connecting", of: "Outgoing", afterEffects: true)
        try stage.beginMove(source, target)
        try stage.wait("its place") { target.child.descriptorCount == listening + 2 }
        try stage.awaitStop(source)
        try stage.wait("the end of its place") { target.child.descriptorCount == listening }
        source.child.resume()
        try stage.expectRefusal(source, ["no answer within 1000 ms"])
        #expect(target.control.statuses == ["setup"])
        try target.control.call("migrate_cancel")
        try stage.move(source, target)
      }
    }

    @Test func `a source is not waited for longer than it was told to wait`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let target = try stage.startTarget()
        try bePatient(Self.patienceMillis, target)
        try stage.stop(source, in: "greeting", of: "Outgoing", afterEffects: true)
        try stage.beginMove(source, target)
        try stage.awaitStop(source)
        try stage.expectFailure(target, Self.words)
        source.child.resume()
        try stage.expectRefusal(source, [])
        try stage.move(source, target)
      }
    }
  }
}
