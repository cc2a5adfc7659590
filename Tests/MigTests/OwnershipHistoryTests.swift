import BatonCore
import BatonTesting
import Dispatch
import Testing

@testable import BatonMig

/// A word that is swapped by one at a time, as the protocol takes it to be.
private struct SwappedWord: SequentialModel {
  struct Input: Sendable { let from: Ownership, to: Ownership }

  var initial: Ownership { .held }
  func states(
    after input: Input, in state: Ownership, answering output: Ownership??
  ) -> [Ownership] {
    let after = state == input.from ? input.to : state
    return output == nil || output == after ? [after] : []
  }
}

/// The real word, in memory that four threads have mapped each for itself.
@Suite(.timeLimit(.minutes(15))) struct OwnershipHistoryTests {
  private typealias Asked = (
    input: SwappedWord.Input, output: Ownership?, called: UInt64, answered: UInt64
  )

  /// What one thread asks of its mapping, and what it is told.
  private static func ask(_ word: borrowing OwnershipWord, times: Int) -> [Asked] {
    let all = Ownership.allCases
    return (0..<times).map { _ in
      let input = SwappedWord.Input(
        from: all.randomElement() ?? .held, to: all.randomElement() ?? .held)
      let called = DispatchTime.now().uptimeNanoseconds
      let output = word.swap(from: input.from, to: input.to)
      return (input, output, called, DispatchTime.now().uptimeNanoseconds)
    }
  }

  private static func history() throws -> History<SwappedWord.Input, Ownership?> {
    let kernel = Kernel()
    let shared = try OwnershipWord(handover: 7, in: kernel)
    let number = shared.descriptor
    let asked = Locked<[[Asked]?]>(Array(repeating: nil, count: 4))
    DispatchQueue.concurrentPerform(iterations: 4) { client in
      let kernel = Kernel()
      guard let copy = try? kernel.duplicate(number),
        let word = try? OwnershipWord(
          adopting: Descriptor(owning: copy, in: kernel), handover: 7)
      else { return }
      let mine = ask(word, times: 200)
      asked.withLock { $0[client] = mine }
    }
    var history = History<SwappedWord.Input, Ownership?>()
    for (client, mine) in asked.withLock({ $0 }).enumerated() {
      for each in try #require(mine) {
        let place = history.call(each.input, by: client, at: each.called)
        try history.answer(place, each.output, at: each.answered)
      }
    }
    withExtendedLifetime(shared.owner) {}
    return history
  }

  @Test func `swaps by several mappings come one after the other`() throws {
    for _ in 0..<20 {
      let history = try Self.history()
      let result = Linearizability(SwappedWord()).check(history)
      #expect(result.outcome == .linearizable, "\(result.text(of: history))")
      #expect(result.order.count == 800)
    }
  }

  /// Two swaps that overlap, of a word whose swaps look first and write later: what the check is
  /// there for.
  @Test func `a word that is looked at first and written later is found out`() throws {
    var word = Ownership.held
    var history = History<SwappedWord.Input, Ownership?>()
    let mine = history.call(.init(from: .held, to: .offered), by: 0, at: 1)
    let theirs = history.call(.init(from: .held, to: .taken), by: 1, at: 2)
    let found = (mine: word, theirs: word)
    if found.theirs == .held { word = .taken }
    try history.answer(theirs, word, at: 3)
    if found.mine == .held { word = .offered }
    try history.answer(mine, word, at: 4)
    let result = Linearizability(SwappedWord()).check(history)
    #expect(result.outcome == .violated && result.order.count == 1)
  }

  @Test func `an answer that no order explains is found`() throws {
    let recorded = try Self.history()
    var changed = History<SwappedWord.Input, Ownership?>()
    for (place, operation) in recorded.operations.enumerated() {
      let output = try #require(operation.output)
      let number = changed.call(operation.input, by: operation.client, at: operation.called)
      // A swap always tells what is there, which is never nothing.
      try changed.answer(number, place == 399 ? nil : output, at: try #require(operation.answered))
    }
    let result = Linearizability(SwappedWord()).check(changed)
    #expect(result.outcome == .violated && result.blocked.contains(399))
  }
}
