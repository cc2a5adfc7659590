/// Lines that are passed over, up to the bracket that closes what a line has opened at its end.
struct PassedBlock {
  let head: Scalars
  let line: Int
  private let pair: (Unicode.Scalar, Unicode.Scalar)
  private var depth = 0

  /// Nil for a line that opens nothing.
  init?(_ head: Scalars, line: Int) {
    switch head.last {
    case "{": pair = ("{", "}")
    case "[": pair = ("[", "]")
    case _: return nil
    }
    self.head = head
    self.line = line
    if ends(on: head) { return nil }
  }

  /// Whether it ends on a line, which is the next one.
  mutating func ends(on text: Scalars) -> Bool {
    var isQuoted = false
    for scalar in text {
      if scalar == "\"" { isQuoted.toggle() }
      if isQuoted { continue }
      if scalar == pair.0 { depth += 1 }
      if scalar == pair.1 { depth -= 1 }
    }
    return depth <= 0
  }
}
