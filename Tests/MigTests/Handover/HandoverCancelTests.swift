import BatonCore
import Testing

@testable import BatonMig

/// Cancels at every moment: out of every callback, and between any two rounds of the loop.
@Suite(.timeLimit(.minutes(15))) struct HandoverCancelTests {
  /// Whatever happened, the guest runs once and nothing is left behind; then a second try works.
  private func expectOneGuest(_ stage: Stage, _ open: Int) throws {
    stage.settle()
    let end = stage.source.statuses.last
    if end == .completed {
      stage.expectGuest(at: stage.target)
    } else {
      #expect(end == .cancelled || end == .failed)
      stage.expectGuest(at: stage.source)
      stage.source.whenReported = { _ in }
      stage.target.whenReported = { _ in }
      if stage.target.incoming?.state != .listening {
        try stage.target.listen(at: stage.address(), stage.parameters)
      }
      try stage.source.send(to: stage.address(), stage.parameters)
      stage.turn {
        if stage.source.statuses.last == .preSwitchover { try? stage.source.outgoing?.proceed() }
        return stage.source.isSendingOver && stage.target.isReceivingOver
      }
      stage.expectGuest(at: stage.target)
    }
    #expect(
      stage.source.warnings + stage.target.warnings == [])
    stage.expectOpen(open)
  }

  @Test(arguments: [MigrationStatus.setup, .active, .preSwitchover, .device])
  func `the source cancels out of the callback of a status`(status: MigrationStatus) throws {
    let stage = try Stage()
    stage.parameters.pausesBeforeSwitchover = status == .preSwitchover
    let open = stage.kernel.open.count
    stage.source.whenReported = { [unowned stage] in
      if $0 == status { stage.source.outgoing?.cancel() }
    }
    try stage.start()
    stage.settle()
    #expect(stage.source.statuses.suffix(2) == [.cancelling, .cancelled])
    #expect(stage.source.outgoing?.refusal == Refusal(.cancelled))
    let starts = stage.journal.count("source guest start")
    #expect(starts == stage.journal.count("source guest stop"))
    #expect(starts == ([.preSwitchover, .device].contains(status) ? 1 : 0))
    try expectOneGuest(stage, open)
  }

  @Test(arguments: [MigrationStatus.setup, .active])
  func `the target cancels out of the callback of a status`(status: MigrationStatus) throws {
    let stage = try Stage()
    let open = stage.kernel.open.count
    stage.target.whenReported = { [unowned stage] in
      if $0 == status { try? stage.target.incoming?.cancel() }
    }
    try stage.start()
    stage.settle()
    #expect(stage.target.statuses.last == .cancelled)
    #expect(stage.source.statuses.last == .failed)
    try expectOneGuest(stage, open)
  }

  /// Turns the loop `rounds` times, then does `work`.
  ///
  /// - Returns: False when the handover was over before.
  private func after(_ rounds: Int, _ stage: Stage, _ work: () -> Void) throws -> Bool {
    try stage.start()
    for _ in 0..<rounds where !(stage.source.isSendingOver && stage.target.isReceivingOver) {
      _ = stage.round()
    }
    guard !(stage.source.isSendingOver && stage.target.isReceivingOver) else { return false }
    work()
    return true
  }

  @Test(arguments: [true, false])
  func `a cancel between any two rounds leaves one guest`(atSource: Bool) throws {
    var ends: Set<String> = []
    var rounds = 0
    var isUnfinished = true
    while isUnfinished, rounds < 1000 {
      let stage = try Stage()
      let open = stage.kernel.open.count
      isUnfinished = try after(rounds, stage) {
        if atSource {
          stage.source.outgoing?.cancel()
        } else {
          try? stage.target.incoming?.cancel()
        }
      }
      try expectOneGuest(stage, open)
      ends.insert(stage.journal.count("source told precopyFailed") > 0 ? "kept" : "moved")
      rounds += 1
    }
    // From the first round to one after the last, both ends were met.
    #expect(rounds > 5)
    #expect(ends == ["kept", "moved"])
  }

  @Test func `a cancel of a device in the middle of its load leaves one guest`() throws {
    // The outcome of the load waits behind the cancel, or before it.
    for atLoad in [true, false] {
      let stage = try Stage()
      let open = stage.kernel.open.count
      var isCancelled = false
      stage.source.devices[0].whenAsked = { [unowned stage] step in
        guard !isCancelled, step == (atLoad ? .quiesce : .save) else { return }
        isCancelled = true
        stage.source.outgoing?.cancel()
      }
      stage.target.devices[0].whenAsked = { [unowned stage] step in
        if step == .load { try? stage.target.incoming?.cancel() }
        if step == .load { stage.target.devices[0].whenAsked = { _ in } }
      }
      try stage.start()
      stage.settle()
      stage.source.devices[0].whenAsked = { _ in }
      stage.target.devices[0].whenAsked = { _ in }
      try expectOneGuest(stage, open)
    }
  }
}
