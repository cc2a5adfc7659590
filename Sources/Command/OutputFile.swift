package import Foundation

/// What a command writes where an option says.
package enum OutputFile {
  /// The name that means standard output.
  package static let standard = "-"

  /// Writes bytes to a file, or to standard output.
  package static func write(_ data: Data, to file: String) throws {
    if file == standard {
      FileHandle.standardOutput.write(data)
    } else {
      try data.write(to: URL(filePath: file))
    }
  }

  /// Writes one JSON object and a line's end; the same value is always the same text.
  package static func write(
    json value: some Encodable, to file: String, isPretty: Bool = false
  ) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = isPretty ? [.sortedKeys, .prettyPrinted] : [.sortedKeys]
    try write(try encoder.encode(value) + Data("\n".utf8), to: file)
  }
}
