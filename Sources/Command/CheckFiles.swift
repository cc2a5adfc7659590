import ArgumentParser
import BatonCore
import BatonDiagrams

/// Checks files one after the other.
package enum CheckFiles {
  /// What is looked for, for the help of a command.
  package static let discussion = """
    Prints a line for each finding, as compilers do: mistakes (two states of one id, a target that \
    is none), warnings (a word that the language does not have, with the nearest one that it has; \
    a delay that is none; what is wrong in a document inside of invoke), and gaps (states that are \
    unreachable or have no way out, transitions that are never taken). What expressions of a data \
    model mean is not looked at. Notes (a data model or a type that others may know, and what \
    cannot become a chart in Swift) count for nothing. Exit status: 0 when nothing was found, 1 \
    when something was, 2 when a file holds no chart.
    """

  /// Checks all of them.
  ///
  /// - Parameter language: What they are written in; nil when their endings say it.
  /// - Throws: `ExitCode`, when something was found.
  package static func run(_ files: [String], as language: ChartFile.Language?) throws {
    let status = files.map { self.status(of: $0, as: language) }.max() ?? 0
    if status != 0 { throw ExitCode(status) }
  }

  /// Prints what is found in a file, and gives what the process is to end with.
  static func status(of file: String, as language: ChartFile.Language?) -> Int32 {
    do {
      let reading = try ChartFile.read(file, as: language)
      let notes = reading.outline.swiftExcesses.map {
        Finding(line: 0, kind: .note, text: "\($0) (charts --format swift)")
      }
      let all = reading.all + notes
      for finding in all { StandardOutput.print(finding.text(file: file)) }
      let found = all.filter { $0.kind != .note }
      StandardOutput.print(summary(of: reading.outline, called: file, found: found.count))
      return reading.outline.states.isEmpty ? 2 : found.isEmpty ? 0 : 1
    } catch {
      return ChartChoice.refusal("check", "\(error)", 2).rawValue
    }
  }

  /// The last line about a chart.
  static func summary(of outline: Outline, called name: String, found: Int) -> String {
    "\(name): \(outline.states.count) states, \(outline.transitions.count) transitions, "
      + "\(found == 0 ? "nothing found" : "\(found) found")"
  }
}
