import BatonCore
import Testing

@testable import BatonHost
@testable import BatonLab

extension ProcessTests {
  /// kill -9 of either side in every phase.
  @Suite(.timeLimit(.minutes(15))) struct KillTests {
    static let points = KillPoint.Side.allCases.flatMap { side in
      KillPoint.Phase.allCases.map { KillPoint(side, at: $0) }
    }

    @Test func `every phase of both sides is there`() {
      #expect(Self.points.count == 14)
    }

    @Test(arguments: points.filter { $0.expectedRunner != nil })
    func `the survivor runs the guest, and hands it on`(point: KillPoint) async throws {
      try await Stage.run { stage in
        let source = try stage.startSource()
        let count = source.child.descriptorCount
        let survivor = try stage.die(at: point, source, try stage.startTarget())
        try stage.expectRunner(survivor)
        try stage.expectFlow()
        if point.side == .target {
          #expect(survivor.control.statuses.last == "failed")
          let said = try stage.error(survivor)
          #expect(said.contains("died") || said.contains("closed the channel"), "\(said)")
          #expect(survivor.child.descriptorCount == count)
        } else {
          #expect(survivor.control.statuses.last == "completed")
        }
        try stage.move(survivor, try stage.startTarget("C"))
      }
    }

    @Test(arguments: points.filter { $0.expectedRunner == nil })
    func `a guest that dies with its owner leaves the other side free`(point: KillPoint)
      async throws
    {
      try await Stage.run { stage in
        let source = try stage.startSource()
        stage.expectLoss()
        let survivor = try stage.die(at: point, source, try stage.startTarget())
        let state = point.side == .source ? "inmigrate" : "postmigrate"
        #expect(try stage.runState(survivor) == state)
        let status = point.side == .source ? "failed" : "completed"
        #expect(survivor.control.statuses.last == status)
        // The TAP is free, and the survivor takes another guest.
        try stage.move(try stage.startSource("C"), survivor)
      }
    }
  }
}
