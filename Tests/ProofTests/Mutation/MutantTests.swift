import BatonCore
import BatonMig
import Testing

@testable import BatonProof
@testable import BatonTesting

@Suite(.timeLimit(.minutes(10))) struct MutantTests {
  @Test func `there are mutants of every kind that a chart can have`() {
    let all = Mutant<OutgoingChart>.all(of: OutgoingChart.table)
    let kinds = Set(all.map(\.mutation.kind))
    // The chart has no exit actions, and combines no guards.
    let others: Set<Mutation.Kind> = [.dropExit, .dropTerm, .negateTerm, .swapConnective]
    #expect(kinds == Set(Mutation.Kind.allCases).subtracting(others))
    #expect(Set(all.map { "\($0.mutation)" }).count == all.count)
    #expect(
      all.contains {
        "\($0.mutation)" == "dropGuard: connecting connected [isAllowedUser] → greeting"
      })
  }

  @Test func `a mutant that could not be built is known`() throws {
    let all = Mutant<IncomingChart>.all(of: IncomingChart.table)
    let dropped = try #require(all.first { $0.mutation.kind == .dropIgnored })
    #expect(!dropped.isSound)
  }

  /// All of them are hunted by `make verify`.
  @Test func `one mutant of each hundred is found, or explained`() throws {
    var hunt = HandoverMutants()
    hunt.stride = 100
    let report = try hunt.run()
    #expect(report.lines.count == 13)
    #expect(report.survivors == [])
    #expect(report.killed > 6)
  }
}
