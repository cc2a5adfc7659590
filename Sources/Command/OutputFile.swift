package import ArgumentParser
import BatonCore
import BatonSCXML
package import Foundation

/// What a command writes where an option says: opened before the work of which it tells, so that
/// nobody waits for what cannot be written.
///
/// A file that was there keeps what it holds until something is written; one that was not there is
/// made to see whether it can be, and is not there until something is written, however a command
/// ends. A FIFO that nobody reads is waited for.
package final class OutputFile {
  /// The name that means standard output.
  package static let standard = "-"

  private let path: String
  private let kernel = Kernel()
  /// Nil for standard output, for a file that is made later, and once it is written.
  private var number: CInt?

  /// Opens a file, or standard output.
  ///
  /// - Parameter code: What the process ends with, when that is refused.
  /// - Throws: `code`; standard error has said why.
  package init(_ path: String, refusedWith code: ExitCode = .failure) throws {
    self.path = path
    guard path != Self.standard else { return }
    do throws(SystemError) {
      let (number, isMade) = try kernel.openOutput(path: path)
      if isMade {
        kernel.close(number)
        try? FileManager.default.removeItem(atPath: path)
      } else {
        self.number = number
      }
    } catch {
      throw Self.refusal(path, "\(error)", code: code)
    }
  }

  /// Opens a file to which lines are appended by others, and keeps it open: a FIFO's reader stays
  /// until the last one has written.
  ///
  /// - Throws: `ExitCode` 1, when that is refused; standard error has said why.
  package init(log path: String) throws {
    self.path = path
    do throws(SystemError) { number = try kernel.openLog(path: path) } catch {
      throw Self.refusal(path, "\(error)")
    }
  }

  deinit {
    if let number { kernel.close(number) }
  }

  /// Writes all that it is to hold, once.
  ///
  /// - Throws: `ExitCode` 1, when that is refused; standard error has said why. What standard
  ///   output refuses is told when the command ends.
  package func write(_ data: Data) throws {
    guard path != Self.standard else { return StandardOutput.write(Array(data)) }
    do throws(SystemError) {
      if self.number == nil { self.number = try kernel.openOutput(path: path).number }
      guard let number else { return }
      try kernel.empty(number)
      try kernel.writeAll(Array(data), to: number)
      self.number = nil
      try kernel.closeOutput(number)
    } catch {
      throw Self.refusal(path, "\(error)")
    }
  }

  /// Writes one JSON object and a line's end; the same value is always the same text.
  package func write(json value: some Encodable, isPretty: Bool = false) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = isPretty ? [.sortedKeys, .prettyPrinted] : [.sortedKeys]
    try write(try encoder.encode(value) + Data("\n".utf8))
  }

  /// Refuses one place for two texts, of which the second would take the first one's.
  ///
  /// - Parameter outputs: The options with what they name.
  /// - Throws: `ValidationError` with both options.
  package static func checkDistinct(_ outputs: [(option: String, path: String?)]) throws {
    var taken: [String: String] = [:]
    for case (let option, let path?) in outputs {
      let place = path == standard ? path : URL(filePath: path).standardizedFileURL.path
      if let other = taken.updateValue(option, forKey: place) {
        let name = path == standard ? "standard output" : path
        throw ValidationError("\(other) and \(option) would both be written to \(name)")
      }
    }
  }

  /// Says on standard error what was refused of a file, and gives what the process ends with.
  ///
  /// - Parameters:
  ///   - line: Where in the file, from 1; nil for the file as a whole.
  ///   - code: What is given.
  package static func refusal(
    _ path: String, line: Int? = nil, _ reason: String, code: ExitCode = .failure
  ) -> ExitCode {
    let error = LoadError(file: path, line: line ?? 0, problem: reason)
    Kernel().write("\(error)\n", to: 2)
    return code
  }
}

@available(*, unavailable)
extension OutputFile: Sendable {}
