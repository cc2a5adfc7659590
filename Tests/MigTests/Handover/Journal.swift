import BatonCore

/// What both sides were asked for, in the order in which it happened.
final class Journal {
  var lines: [String] = []

  func write(_ side: String, _ what: String) { lines.append("\(side) \(what)") }

  /// The lines of one side, without its name.
  func lines(of side: String) -> [String] {
    lines.filter { $0.hasPrefix(side + " ") }.map { String($0.dropFirst(side.count + 1)) }
  }

  func count(_ line: String) -> Int { lines.filter { $0 == line }.count }
}
