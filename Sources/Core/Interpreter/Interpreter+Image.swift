extension Interpreter {
  /// What an interpreter knows between microsteps: the configuration and the values of the history
  /// states, as bits.
  package struct Image: Hashable, Sendable {
    /// The sets, one after the other, as ``Interpreter`` keeps them.
    package let words: [UInt64]

    /// Whether the state of this number is active: the first of the sets.
    package func isActive(_ state: Int) -> Bool { words[state / 64] >> UInt64(state % 64) & 1 == 1 }
  }

  /// The whole state, between microsteps. Set, it must come from an interpreter of this structure.
  package var image: Image {
    get {
      let kept =
        [SetNumber.active, SetNumber.remembered]
        + (0..<structure.historyCount).map { SetNumber.values + $0 }
      let words = kept.flatMap { set in (0..<sets.words).map { sets.word(set, $0) } }
      return Image(words: words + [isFinished ? 1 : 0])
    }
    set {
      let count = (2 + structure.historyCount) * sets.words + 1
      precondition(newValue.words.count == count, "the image is of another structure")
      precondition(phase == .resting, "the steps of the last microstep were not all taken")
      let kept =
        [SetNumber.active, SetNumber.remembered]
        + (0..<structure.historyCount).map { SetNumber.values + $0 }
      for (place, set) in kept.enumerated() {
        for word in 0..<sets.words {
          sets.setWord(set, word, newValue.words[place * sets.words + word])
        }
      }
      isFinished = newValue.words[count - 1] != 0
    }
  }
}
