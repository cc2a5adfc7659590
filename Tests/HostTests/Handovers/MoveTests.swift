import Testing

extension ProcessTests {
  @Suite struct MoveTests {
    @Test func `a guest moves to another process`() async throws {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let target = try stage.startTarget()
        try stage.move(source, target)
      }
    }
  }
}
