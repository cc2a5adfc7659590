import BatonLab
import Testing

/// Guest and device on two threads.
@Suite(.serialized, .timeLimit(.minutes(15))) struct GuestThreadTests {
  @Test(arguments: [false, true]) func `no interrupt and no bell is lost`(
    wantsEventIndex: Bool
  ) throws {
    let report = try RingRace(wantsEventIndex: wantsEventIndex).run(frames: 200_000, seconds: 5)
    #expect(report.frames > 0)
    #expect(report.wrongFrames == 0)
    #expect(report.lostInterrupts == 0, "of \(report.frames) frames")
    #expect(report.lostBells == 0, "of \(report.frames) frames")
  }
}
