import BatonCore
import Testing

@testable import BatonMig

/// What docs/EMBEDDING.md says of commands inside a migration's own callbacks.
@Suite(.timeLimit(.minutes(15))) struct HandoverCallbackTests {
  @Test func `another attempt out of the callback of an end waits for it, and throws nothing`()
    throws
  {
    let stage = try Stage()
    let open = stage.kernel.open.count
    try stage.target.listen(at: stage.address(), stage.parameters)
    var statusesBehind: [MigrationStatus]?
    stage.source.whenReported = { [unowned stage] status in
      guard status == .failed, statusesBehind == nil else { return }
      #expect(throws: Never.self) {
        try stage.source.send(to: stage.address(), stage.parameters)
      }
      statusesBehind = stage.source.statuses
    }
    // Nobody listens there.
    try stage.source.send(to: stage.address("b"), stage.parameters)
    stage.settle()
    #expect(statusesBehind == [.setup, .failed])
    #expect(stage.source.statuses.last == .completed)
    stage.expectGuest(at: stage.target)
    stage.expectOpen(open)
  }
}
