import Foundation

/// What is printed, and whether every goal was reached.
struct Report {
  /// The same for programs.
  let record = Record()

  var missed: [String] { record.missed }

  /// Prints a heading.
  func heading(_ text: String) {
    record.begin(text)
    write("\n\(text)")
  }

  /// Prints a line at once, also into a pipe.
  func say(_ text: String) {
    record.add(line: text.trimmingCharacters(in: .whitespaces))
    write(text)
  }

  private func write(_ text: String) {
    FileHandle.standardOutput.write(Data("\(text)\n".utf8))
  }

  /// Prints a row; the first column begins at the left, the others end at the right.
  func row(_ columns: [String], width: Int = 18) {
    let cells = columns.enumerated().map { position, text in
      let width = position == 0 ? 16 : width
      let gap = String(repeating: " ", count: max(1, width - text.count))
      return position == 0 ? text + gap : gap + text
    }
    record.add(row: columns)
    write("  " + cells.joined())
  }

  /// Notes what `value` is to stay within, and prints it when it does not.
  func require(_ what: String, _ value: Double, atMost goal: Double) {
    guard value > goal || value.isNaN else { return }
    miss("\(what) is \(value.text(2)), the goal is at most \(goal.text(2))")
  }

  /// Notes that something went wrong or too slowly.
  func miss(_ what: String) {
    record.add(missed: what)
    say("  MISSED: \(what)")
  }
}

extension Double {
  /// With so many digits behind the point.
  func text(_ digits: Int) -> String { String(format: "%.\(digits)f", self) }
}
