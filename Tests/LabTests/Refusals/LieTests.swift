import BatonCore
import BatonHost
import BatonLab
import Testing

extension ProcessTests {
  /// A peer that lies is found out, and costs nothing but the try.
  @Suite(.timeLimit(.minutes(15))) struct LieTests {
    @Test(arguments: Lie.allCases)
    func `a lie is found out, and without it all goes well`(lie: Lie) async throws {
      try await Stage.run { stage in
        var wish = Stage.Wish()
        wish.queues = lie.queues
        let source = try stage.startSource("A", wish)
        let target = try stage.startTarget("B", wish)
        let descriptors = (source.child.descriptorCount, target.child.descriptorCount)
        try stage.beginMove(source, target) { try lie.tell($0, in: stage.lab.loop.kernel) }
        try stage.expectRefusal(source, lie.sourceWords)
        if lie.isOfNoSource {
          // Who has said no whole HELLO was nobody: it waits on.
          #expect(target.control.statuses == ["setup"])
          try target.control.call("migrate_cancel")
          try stage.expectEnd("cancelled", of: target)
        } else {
          try stage.expectFailure(target, lie.targetWords)
        }
        #expect(source.child.descriptorCount == descriptors.0)
        #expect(target.child.descriptorCount == descriptors.1)

        try stage.move(source, target)
      }
    }

    /// Both say that no TAP travels, as far as the other one can see, and then one comes.
    @Test func `a TAP that is open in the target takes no descriptors`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource()
        var wish = Stage.Wish()
        wish.taps = ["tap9"]
        wish.more = ["--no-local"]
        let target = try stage.startTarget("B", wish)
        try stage.beginMove(source, target) { record in
          if record.kind == .hello { record.put(record.isFromSource ? 0 : 1, 4, at: 8) }
        }
        let words = ["tap9", "the TAP is already open here"]
        try stage.expectRefusal(source, words)
        try stage.expectFailure(target, words)

        try stage.move(source, try stage.startTarget("C"))
      }
    }
  }
}
