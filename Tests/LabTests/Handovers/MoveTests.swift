import BatonHost
import BatonLab
import Testing

extension ProcessTests {
  /// Guests that move, and stay as they were.
  @Suite(.timeLimit(.minutes(15))) struct MoveTests {
    @Test func `two devices move together`() async throws {
      try await Stage.run { stage in
        var wish = Stage.Wish()
        wish.taps = ["tap0", "tap1"]
        let source = try stage.startSource("A", wish)
        let target = try stage.startTarget("B", wish)
        try stage.move(source, target)
        try stage.move(target, source)
      }
    }

    @Test func `to and fro, and no descriptor more each time`() async throws {
      try await Stage.run { stage in
        let a = try stage.startSource()
        let b = try stage.startTarget()
        try stage.move(a, b)
        let without = (a: a.child.descriptorCount, b: b.child.descriptorCount)
        try stage.move(b, a)
        let with = (a: a.child.descriptorCount, b: b.child.descriptorCount)
        for _ in 0..<3 {
          try stage.move(a, b)
          #expect(a.child.descriptorCount == without.a)
          #expect(b.child.descriptorCount == without.b)
          try stage.move(b, a)
          #expect(a.child.descriptorCount == with.a)
          #expect(b.child.descriptorCount == with.b)
        }
      }
    }

    @Test func `a paused guest stays paused until it is continued there`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let target = try stage.startTarget()
        try source.control.call("stop")
        #expect(try stage.runState(source) == "paused")
        try stage.beginMove(source, target)
        try stage.expectEnd("completed", of: source)
        try stage.expectEnd("completed", of: target)
        #expect(try stage.runState(target) == "paused")
        #expect(try stage.runState(source) == "postmigrate")
        #expect(!target.control.events.contains { $0.name == "RESUME" })

        try target.control.call("cont")
        try stage.expectRunner(target, not: source)
        try stage.expectFlow()
      }
    }

    @Test func `a target that was started with -S keeps the guest paused`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource()
        var wish = Stage.Wish()
        wish.more = ["-S"]
        let target = try stage.startTarget("B", wish)
        try stage.beginMove(source, target)
        try stage.expectEnd("completed", of: source)
        try stage.expectEnd("completed", of: target)
        #expect(try stage.runState(target) == "paused")
        try target.control.call("cont")
        try stage.expectRunner(target, not: source)
        try stage.expectFlow()
      }
    }

    @Test func `a guest that was never started can be moved and started`() async throws {
      try await Stage.run { stage in
        var wish = Stage.Wish()
        wish.more = ["-S"]
        let source = try stage.start("A", wish)
        #expect(try stage.runState(source) == "prelaunch")
        let target = try stage.startTarget()
        try stage.beginMove(source, target)
        try stage.expectEnd("completed", of: source)
        try stage.expectEnd("completed", of: target)
        #expect(try stage.runState(target) == "paused")
        try target.control.call("cont")
        try stage.probe()
        try stage.expectRunner(target, not: source)
        try stage.move(target, source)
      }
    }

    /// In QEMU this takes the guest back while the target runs it.
    @Test func `a source that gave the guest away cannot continue it`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let target = try stage.startTarget()
        try stage.move(source, target)
        #expect(stage.refusal(source, "cont").contains("postmigrate"))
        let again = stage.refusal(source, "migrate", stage.newAddress())
        #expect(again == "Can't migrate the vm that was paused due to previous migration")
        try stage.expectRunner(target, not: source)
        try stage.expectFlow()
      }
    }

    @Test func `who has a guest takes no other`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let said = stage.refusal(source, "migrate-incoming", stage.newAddress())
        #expect(said == "'-incoming' was not specified on the command line")
        try stage.expectRunner(source)
      }
    }
  }
}
