package import ArgumentParser
package import BatonCore

/// The chart that an argument means: one of the process by its name, or one in a file.
package enum ChartChoice {
  /// The chart of the name; nil when the word is a file.
  ///
  /// - Throws: `ValidationError`, when it is neither.
  package static func entry(_ word: String) throws -> ChartEntry? {
    if let entry = ChartShelf.entry(word) { return entry }
    guard ChartFile.isPath(word) else {
      let names = ChartShelf.names.joined(separator: ", ")
      throw ValidationError("no chart is named \(word): there are \(names), and files")
    }
    return nil
  }

  /// The chart of a file; what is passed over in it goes to standard error.
  ///
  /// - Parameter command: Who asks, for what is said when there is none.
  /// - Throws: `ExitCode` 2, when it holds no chart.
  package static func outline(ofFile path: String, by command: String) throws -> Outline {
    do {
      return try ChartFile.outline(path) { Kernel().write("\($0)\n", to: 2) }
    } catch {
      throw refusal(command, "\(error)", 2)
    }
  }

  /// The drawing of a chart; one whose definition has mistakes is none.
  ///
  /// - Parameter command: Who asks, for what is said when there is none.
  /// - Throws: `ExitCode` 2, when its definition has mistakes.
  package static func outline(of entry: ChartEntry, by command: String) throws -> Outline {
    let mistakes = entry.mistakes()
    guard mistakes.isEmpty else {
      let lines = mistakes.map { "\(entry.name): mistake: \($0)" }
      throw refusal(command, lines.joined(separator: "\n"), 2)
    }
    return entry.outline()
  }

  /// The drawing of what an argument means.
  ///
  /// - Throws: `ValidationError` when there is none of it, `ExitCode` 2 when it is no chart.
  package static func outline(of word: String, by command: String) throws -> Outline {
    guard let entry = try entry(word) else { return try outline(ofFile: word, by: command) }
    return try outline(of: entry, by: command)
  }

  /// Says why on standard error, and gives what the process ends with.
  package static func refusal(_ command: String, _ reason: String, _ status: Int32) -> ExitCode {
    Kernel().write("\(ChartShelf.programName) \(command): \(reason)\n", to: 2)
    return ExitCode(status)
  }
}
