import BatonMig
import Testing

@testable import BatonProof
@testable import BatonTesting

/// How short a shrunk case is, beside the shortest that there is.
@Suite(.timeLimit(.minutes(15))) struct ShrinkingTests {
  @Test func `mutants of a chart are shrunk to the shortest way, or nearly`() throws {
    var excess: [Int] = []
    for (place, mutant) in Mutant<IncomingChart>.all(of: IncomingChart.table).enumerated()
    where place % 15 == 0 {
      var test = ProjectChartTests.incoming
      test.table = mutant.table
      guard let shortest = try? test.walked(stopsEarly: true).exploration.violations.first,
        shortest.name == "every event is expected",
        let failure = failure(of: test)
      else { continue }
      excess.append(failure.trace.count - shortest.steps.count)
    }
    #expect(excess.count >= 2, "\(excess)")
    // The median of an even number of them lies between two: twice that is a whole number.
    let sorted = excess.sorted()
    #expect(sorted[(sorted.count - 1) / 2] + sorted[sorted.count / 2] <= 2, "\(excess)")
    #expect(excess.allSatisfy { $0 >= 0 })
    print("shrunk: \(excess.count) failures, steps more than the shortest way: \(excess.sorted())")
  }

  private func failure(of test: ChartTest<IncomingChart>) -> CheckFailure? {
    do {
      try test.check(cases: 300, options: .quiet)
      return nil
    } catch {
      return error as? CheckFailure
    }
  }
}
