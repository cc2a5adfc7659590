import BatonHost
import BatonLab
import Testing

extension ProcessTests {
  /// Two hosts that do not fit each other find out before anything is stopped.
  @Suite(.timeLimit(.minutes(15))) struct MisfitTests {
    @Test(arguments: Misfit.allCases)
    func `a target that does not fit is refused, one that fits is not`(misfit: Misfit)
      async throws
    {
      try await Stage.run { stage in
        let source = try stage.startSource("A", misfit.source)
        let descriptors = source.child.descriptorCount
        let target = try stage.startTarget("B", misfit.target)
        try stage.beginMove(source, target)
        try stage.expectRefusal(source, misfit.sourceWords)
        try stage.expectFailure(target, misfit.targetWords)
        #expect(source.child.descriptorCount == descriptors)

        try source.control.call("migrate-set-parameters", ["local": true])
        try stage.move(source, try stage.startTarget("C", misfit.source.fitting))
      }
    }

    /// With several queues the kernel would let it in, and give it frames of the running guest.
    @Test(arguments: [(1, "EBUSY"), (4, "4 queues of it are in use by another process")])
    func `a target whose interface is taken says so before it listens`(
      queues: Int, word: String
    ) async throws {
      try await Stage.run { stage in
        var wish = Stage.Wish()
        wish.queues = queues
        let source = try stage.startSource("A", wish)
        wish.more = ["--no-local"]
        let target = try stage.startTarget("B", wish)
        let said = stage.refusal(target, "migrate-incoming", stage.newAddress())
        #expect(said.contains(word), "\(said)")
        #expect(said.contains("tap0"), "\(said)")
        #expect(target.control.statuses == [])
        try stage.expectFlow()

        try target.control.call("migrate-set-parameters", ["local": true])
        try stage.move(source, target)
      }
    }
  }
}

extension Stage.Wish {
  /// A target for a source of this kind.
  fileprivate var fitting: Self {
    var wish = self
    wish.more = more.filter { $0 != "--no-local" }
    return wish
  }
}
