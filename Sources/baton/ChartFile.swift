import BatonCore
import BatonDiagrams
import BatonSCXML
import Foundation

/// A chart that somebody has drawn or written elsewhere, in a file.
enum ChartFile {
  /// The languages that are read, by what their files end in.
  enum Language: String, CaseIterable {
    case scxml
    case mermaid
    case plantuml

    init?(fileExtension: String) {
      switch fileExtension.lowercased() {
      case "scxml", "xml", "txml": self = .scxml
      case "mmd", "mermaid": self = .mermaid
      case "puml", "plantuml", "pu", "iuml", "wsd": self = .plantuml
      case _: return nil
      }
    }
  }

  /// Whether a word is meant as a file, and not as the name of a chart.
  static func isPath(_ word: String) -> Bool {
    word.contains("/") || word.contains(".") || FileManager.default.fileExists(atPath: word)
  }

  /// Reads a chart; one that gives no name is called as its file.
  ///
  /// - Throws: `ChartFileError`, when it holds no chart.
  static func read(_ path: String, as language: Language? = nil) throws -> ChartReading {
    guard let language = language ?? Language(fileExtension: URL(filePath: path).pathExtension)
    else {
      throw ChartFileError(
        text: "\(path) is none of .scxml, .mmd and .puml: its ending says what it holds")
    }
    let data = try contents(path)
    var reading: ChartReading
    switch language {
    case .scxml:
      do { reading = try ChartReading(scxml: data, file: path) } catch {
        throw ChartFileError(text: "\(error)")
      }
    case .mermaid, .plantuml:
      guard let text = String(validating: data, as: UTF8.self) else {
        throw ChartFileError(text: "\(path) is no UTF-8")
      }
      reading = language == .mermaid ? ChartReading(mermaid: text) : ChartReading(plantuml: text)
    }
    if reading.outline.name.isEmpty {
      reading.outline.name = URL(filePath: path).deletingPathExtension().lastPathComponent
    }
    return reading
  }

  /// The chart of a file, for whoever draws or walks it: mistakes end it, and what is passed over
  /// is told.
  static func outline(_ path: String, tell: (String) -> Void) throws -> Outline {
    let reading = try read(path)
    let mistakes = reading.findings.filter { $0.kind == .mistake }
    guard mistakes.isEmpty else {
      let lines = mistakes.map { $0.text(file: path) }
      throw ChartFileError(text: lines.joined(separator: "\n"))
    }
    for finding in reading.all where finding.kind == .warning { tell(finding.text(file: path)) }
    return reading.outline
  }

  private static func contents(_ path: String) throws -> Data {
    let most = 4 << 20
    guard let file = FileHandle(forReadingAtPath: path),
      let data = try? file.read(upToCount: most + 1)
    else {
      // An empty file gives nil at its end.
      if FileManager.default.isReadableFile(atPath: path) { return Data() }
      throw ChartFileError(text: "\(path) cannot be read")
    }
    guard data.count <= most else {
      throw ChartFileError(text: "\(path) has more than \(most) bytes")
    }
    return data
  }
}

/// Why a file gives no chart.
struct ChartFileError: Error, CustomStringConvertible {
  let text: String

  var description: String { text }
}
