/// For each state of a plan some of its kinds of events, as rows of bits.
struct KindSets {
  private let words: Int
  private let kinds: Int
  private var bits: [UInt64]

  init(states: Int, kinds: Int) {
    words = (kinds + 63) / 64
    self.kinds = kinds
    bits = Array(repeating: 0, count: words * states)
  }

  /// True for a kind that the chart does not have, which is a mistake of its own.
  func contains(_ kind: Int, of state: Int) -> Bool {
    kind >= kinds || bits[state * words + kind / 64] >> UInt64(kind % 64) & 1 != 0
  }

  /// Adds a kind; one that the chart does not have is passed over.
  mutating func insert(_ kind: UInt16, of state: Int) {
    guard Int(kind) < kinds else { return }
    bits[state * words + Int(kind) / 64] |= 1 << UInt64(kind % 64)
  }

  mutating func insertAll(of state: Int) {
    for word in 0..<words { bits[state * words + word] = .max }
  }

  /// Adds the kinds of another state.
  mutating func formUnion(of state: Int, with other: Int) {
    for word in 0..<words {
      let more = bits[other * words + word]
      bits[state * words + word] |= more
    }
  }

  /// Adds the kinds that the same state has in other sets.
  mutating func formUnion(_ sets: KindSets, of state: Int) {
    for place in (state * words)..<((state + 1) * words) { bits[place] |= sets.bits[place] }
  }

  /// Takes out the kinds that the same state has in other sets.
  mutating func subtract(_ sets: KindSets, of state: Int) {
    for place in (state * words)..<((state + 1) * words) { bits[place] &= ~sets.bits[place] }
  }
}
