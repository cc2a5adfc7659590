import BatonProof
import BatonTesting
import Testing

/// The chart of a relay between two QEMUs, in all orders of what may happen.
@Suite(.timeLimit(.minutes(15))) struct RelayModelTests {
  private static func budgets(
    deaths: UInt8 = 0, hangs: UInt8 = 0, relayDeaths: UInt8 = 0, wishes: UInt8 = 0,
    failures: UInt8 = 0
  ) -> RelayModel.Budgets {
    var budgets = RelayModel.Budgets()
    budgets.deaths = deaths
    budgets.hangs = hangs
    budgets.relayDeaths = relayDeaths
    budgets.wishes = wishes
    budgets.failures = failures
    return budgets
  }

  @Test(
    arguments: [
      (budgets(), 75), (budgets(deaths: 1), 600), (budgets(hangs: 1), 500),
      (budgets(deaths: 1, relayDeaths: 1), 8_000), (budgets(hangs: 1, wishes: 1), 3_000),
      (budgets(relayDeaths: 1, wishes: 1, failures: 1), 12_000),
      (budgets(hangs: 1, relayDeaths: 1, failures: 1), 10_000),
    ])
  func `the guest never runs twice and is never left alone`(
    budgets: RelayModel.Budgets, states: Int
  ) throws {
    let result = try RelayModel(budgets).explored()
    #expect(result.violations.isEmpty, "\(result.violations)")
    #expect(result.states >= states)
  }

  @Test(
    arguments: [
      budgets(), budgets(deaths: 1, relayDeaths: 1), budgets(hangs: 1, failures: 1),
      budgets(relayDeaths: 1, wishes: 1, failures: 1),
    ])
  func `a guest that was paused stays so, wherever it is`(budgets: RelayModel.Budgets) throws {
    let result = try RelayModel(budgets, isPaused: true).explored()
    #expect(result.violations.isEmpty, "\(result.violations)")
    #expect(
      result.properties.contains { $0.name.hasPrefix("a guest that was paused") && $0.states > 50 })
  }

  @Test func `a source that is continued before the target is gone lets the guest run twice`()
    throws
  {
    let result = try RelayModel(Self.budgets(hangs: 1), mistake: .eagerSource).explored()
    #expect(result.violations.first?.name == "the guest never runs in both")
  }

  @Test func `a relay that does not ask again says what is not so`() throws {
    let result = try RelayModel(Self.budgets(relayDeaths: 1), mistake: .forgetfulRelay).explored()
    #expect(!result.violations.isEmpty)
  }
}
