package import ArgumentParser
import BatonCore
package import Foundation

/// What a command writes where an option says: opened before the work of which it tells, so that
/// nobody waits for what cannot be written.
///
/// A file that was there keeps what it holds until something is written; one that was not there
/// goes again when nothing is.
package final class OutputFile {
  /// The name that means standard output.
  package static let standard = "-"

  private let path: String
  private let kernel = Kernel()
  /// Nil for standard output, and once it is written.
  private var number: CInt?
  private var isMade = false

  /// Opens a file, or standard output.
  ///
  /// - Throws: `ExitCode` 1, when that is refused; standard error has said why.
  package init(_ path: String) throws {
    self.path = path
    guard path != Self.standard else { return }
    do throws(SystemError) {
      (number, isMade) = try kernel.openOutput(path: path)
    } catch {
      throw Self.refusal(path, "\(error)")
    }
  }

  deinit {
    if let number { kernel.close(number) }
    if isMade { try? FileManager.default.removeItem(atPath: path) }
  }

  /// Writes all that it is to hold, once.
  ///
  /// - Throws: `ExitCode` 1, when that is refused; standard error has said why. What standard
  ///   output refuses is told when the command ends.
  package func write(_ data: Data) throws {
    guard path != Self.standard else { return StandardOutput.write(Array(data)) }
    guard let number else { return }
    do throws(SystemError) {
      try kernel.empty(number)
      isMade = false
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

  /// Looks whether lines can be appended to a file, which is made when it is not there.
  ///
  /// - Throws: `ExitCode` 1, when that is refused; standard error has said why.
  package static func checkLog(_ path: String) throws {
    let kernel = Kernel()
    do throws(SystemError) { kernel.close(try kernel.openLog(path: path)) } catch {
      throw refusal(path, "\(error)")
    }
  }

  /// Says on standard error what was refused of a file, and gives what the process ends with.
  ///
  /// - Parameter line: Where in the file, from 1; nil for the file as a whole.
  package static func refusal(_ path: String, line: Int? = nil, _ reason: String) -> ExitCode {
    Kernel().write("\(path)\(line.map { ":\($0)" } ?? ""): \(reason)\n", to: 2)
    return .failure
  }
}

@available(*, unavailable)
extension OutputFile: Sendable {}
