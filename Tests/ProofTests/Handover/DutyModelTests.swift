import Testing

@testable import BatonProof
@testable import BatonTesting

/// The duty to run the down script, in every order of steps, closings and deaths.
@Suite(.timeLimit(.minutes(15))) struct DutyModelTests {
  @Test(arguments: UInt8(1)...3) func `the down script is run once, by who has the guest last`(
    handovers: UInt8
  ) throws {
    let result = try DutyModel(handovers: handovers).explored()
    #expect(result.violations.isEmpty, "\(result.violations)")
    #expect(result.states > 100)
  }

  @Test func `a source that keeps the duty is found`() throws {
    let result = try DutyModel(mistake: .keepsTheDuty).explored()
    #expect(!result.violations.isEmpty)
  }
}
