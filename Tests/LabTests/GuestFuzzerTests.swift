import BatonLab
import Testing

/// Somebody else in guest memory.
@Suite(.serialized, .timeLimit(.minutes(15))) struct GuestFuzzerTests {
  @Test(arguments: [1, 2] as [UInt64])
  func `whatever is written into guest memory, frames flow after a reset`(seed: UInt64) throws {
    let report = try GuestFuzzer(seed: seed).run(seconds: 2)
    #expect(report.failures == 0, "\(report)")
    #expect(report.resets > 1, "\(report)")
    #expect(report.writes > 0, "\(report)")
    #expect(report.taken > 0, "\(report)")
  }
}
