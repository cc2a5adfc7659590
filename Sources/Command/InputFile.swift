import ArgumentParser
import BatonSCXML
package import Foundation

/// What a command reads where an argument says.
package enum InputFile {
  /// The longest one that is no chart, in bytes.
  private static let byteCountMax = 64 << 20

  /// All bytes of a file.
  ///
  /// - Parameter limit: The longest that it may be, in bytes.
  /// - Throws: `ExitCode` 1, when it cannot be read; standard error has said why.
  package static func data(_ path: String, limit: Int? = nil) throws -> Data {
    do throws(LoadError) {
      return try BoundedFile.read(
        URL(filePath: path), calledAs: path, limit: limit ?? byteCountMax)
    } catch {
      throw OutputFile.refusal(error.file, error.problem)
    }
  }

  /// The text of a file.
  ///
  /// - Throws: As ``data(_:limit:)``, and for what is no UTF-8.
  package static func text(_ path: String, limit: Int? = nil) throws -> String {
    guard let text = String(validating: try data(path, limit: limit), as: UTF8.self) else {
      throw OutputFile.refusal(path, "is no UTF-8")
    }
    return text
  }

  /// Decodes JSON.
  ///
  /// - Throws: As ``data(_:limit:)``, and for what is none or another one, with the line.
  package static func json<Value: Decodable>(_ type: Value.Type, of path: String) throws -> Value {
    let data = try data(path)
    do { return try JSONDecoder().decode(type, from: data) } catch {
      let mistake = JSONMistake(error, in: data)
      throw OutputFile.refusal(path, line: mistake.line, mistake.problem)
    }
  }
}
