package import BatonCore
import BatonDiagrams
import BatonSCXML
import Foundation

/// A chart that somebody has drawn or written elsewhere, in a file.
package enum ChartFile {
  /// The languages that are read, by what their files end in.
  package enum Language: String, CaseIterable {
    case scxml
    case mermaid
    case plantuml

    /// What its files end in, without the dot.
    var fileExtensions: [String] {
      switch self {
      case .scxml: ["scxml", "xml", "txml"]
      case .mermaid: ["mmd", "mermaid"]
      case .plantuml: ["puml", "plantuml", "pu", "iuml", "wsd"]
      }
    }

    init?(fileExtension: String) {
      let word = fileExtension.lowercased()
      guard let language = Self.allCases.first(where: { $0.fileExtensions.contains(word) }) else {
        return nil
      }
      self = language
    }
  }

  /// Whether a word is meant as a file, and not as the name of a chart.
  package static func isPath(_ word: String) -> Bool {
    word.contains("/") || word.contains(".") || FileManager.default.fileExists(atPath: word)
  }

  /// Reads a chart; one that gives no name is called as its file.
  ///
  /// - Throws: `ChartFileError`, when it holds no chart.
  package static func read(_ path: String, as language: Language? = nil) throws -> ChartReading {
    guard let language = language ?? Language(fileExtension: URL(filePath: path).pathExtension)
    else {
      throw ChartFileError(
        text: "\(path) is none of .scxml, .mmd and .puml: its ending says what it holds")
    }
    var reading: ChartReading
    do throws(LoadError) { reading = try self.reading(path, language) } catch {
      throw ChartFileError(text: "\(error)")
    }
    if reading.outline.name.isEmpty {
      reading.outline.name = URL(filePath: path).deletingPathExtension().lastPathComponent
    }
    return reading
  }

  private static func reading(
    _ path: String, _ language: Language
  ) throws(LoadError) -> ChartReading {
    let data = try BoundedFile.read(URL(filePath: path), calledAs: path)
    if language == .scxml { return try ChartReading(scxml: data, file: path) }
    guard let text = String(validating: data, as: UTF8.self) else {
      throw LoadError(file: path, line: 0, problem: "is no UTF-8")
    }
    return language == .mermaid ? ChartReading(mermaid: text) : ChartReading(plantuml: text)
  }

  /// The chart of a file, for whoever draws or walks it: mistakes end it, and what is passed over
  /// is told.
  package static func outline(_ path: String, tell: (String) -> Void) throws -> Outline {
    let reading = try read(path)
    let mistakes = reading.findings.filter { $0.kind == .mistake }
    guard mistakes.isEmpty else {
      let lines = mistakes.map { $0.text(file: path) }
      throw ChartFileError(text: lines.joined(separator: "\n"))
    }
    for finding in reading.all where finding.kind == .warning { tell(finding.text(file: path)) }
    return reading.outline
  }
}

/// Why a file gives no chart.
package struct ChartFileError: Error, CustomStringConvertible {
  let text: String

  package var description: String { text }
}
