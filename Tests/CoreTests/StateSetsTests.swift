import Testing

@testable import BatonCore

@Suite(.timeLimit(.minutes(15))) struct StateSetsTests {
  @Test(arguments: [5, 63, 64, 130, 191]) func `a state is found from both ends`(state: Int) {
    let sets = StateSets(count: 1, words: 3, room: 1)
    #expect(sets.first(0, from: 0) == nil && sets.last(0, below: 192) == nil)
    sets.insert(0, state)
    #expect(sets.first(0, from: 0) == state && sets.last(0, below: 192) == state)
    #expect(sets.first(0, from: state + 1) == nil && sets.last(0, below: state) == nil)
  }
}
