import Testing

@testable import BatonDiagrams

@Suite(.timeLimit(.minutes(15))) struct InversionTests {
  @Test(arguments: 0..<60) func `the count is that of all pairs`(seed: Int) {
    var chance = Chance(seed: UInt64(seed + 1))
    let numbers = (0..<seed).map { _ in Int.random(in: 0..<20, using: &chance) }
    let pairs = numbers.indices.reduce(0) { sum, place in
      sum + numbers[place...].count { $0 < numbers[place] }
    }
    #expect(Inversions.count(numbers) == pairs)
  }
}
