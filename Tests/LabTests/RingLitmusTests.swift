import BatonLab
import Testing

/// Guest and device at one barrier at one time. What a missing barrier breaks is seen in an
/// optimised build only (`baton soak --ring`); here it is that the two meet, and go on for ever.
@Suite(.serialized, .timeLimit(.minutes(15))) struct RingLitmusTests {
  @Test(arguments: RingLitmus.Meeting.allCases, [false, true])
  func `neither rests that has not seen the other and is not called`(
    meeting: RingLitmus.Meeting, wantsEventIndex: Bool
  ) throws {
    let report = try RingLitmus(meeting, wantsEventIndex: wantsEventIndex)
      .run(rounds: 10_000, seconds: 1)
    #expect(report.isClean, "\(report)")
    #expect(report.rounds > 0 && report.seen > 0 && report.seen < report.rounds, "\(report)")
  }
}
