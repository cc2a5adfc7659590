extension Set<String> {
  /// Takes a word that nobody has yet: this one, or it with the first number behind it that is
  /// free.
  mutating func insertFree(_ word: String, divider: String = "") -> String {
    var free = word
    var number = 2
    // Ends with the numbers that are in use, at most as many as there are words.
    while !insert(free).inserted {
      free = "\(word)\(divider)\(number)"
      number += 1
    }
    return free
  }
}
