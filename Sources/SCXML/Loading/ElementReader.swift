import Foundation
import FoundationXML

/// Reads XML (no external entities) into elements with the lines that they begin on.
final class ElementReader: NSObject, XMLParserDelegate {
  /// How deep elements may nest.
  static let depthMax = 256

  private var open: [Element] = []
  private let lineCount: Int
  private var root: Element?
  private var prefixes: [String: [String]] = [:]
  private var problem: String?
  /// What was found first: what comes after it is often no more than its consequence.
  private var mistake: XMLMistake?

  /// The document's element.
  ///
  /// - Throws: `LoadError` with the line at which it is no XML.
  static func read(_ data: Data, file: String) throws(LoadError) -> Element {
    var data = try XMLEncoding.utf8(data, file: file)
    // A name that is no UTF-8 makes the parser of the toolchain trap.
    if let offset = Self.firstFault(in: data) {
      let line = data.prefix(offset).count { $0 == 10 } + 1
      throw LoadError(file: file, line: line, problem: "is no XML: byte \(offset) is no UTF-8")
    }
    data = try XMLMarkup.harmless(data, file: file)
    let reader = ElementReader(lineCount: data.count { $0 == 10 } + 1)
    let parser = XMLParser(data: data)
    parser.shouldProcessNamespaces = true
    parser.shouldReportNamespacePrefixes = true
    parser.shouldResolveExternalEntities = false
    parser.delegate = reader
    let isRead = parser.parse()
    guard isRead, reader.problem == nil, reader.mistake == nil, let root = reader.root else {
      let last = parser.parserError.flatMap {
        XMLMistake(
          $0, line: parser.lineNumber, inside: reader.open.last, lineCount: reader.lineCount)
      }
      // Blanks alone: the parser says that something stands behind the element.
      let isEmpty =
        reader.root == nil && !data.isEmpty
        && data.allSatisfy { [9, 10, 13, 32].contains($0) }
      if isEmpty { throw LoadError(file: file, line: 1, problem: "is no XML: there is no element") }
      let (line, reason) =
        reader.problem.map { (parser.lineNumber, $0) }
        ?? (reader.mistake ?? last).map { ($0.line, $0.text) }
        ?? (parser.lineNumber, "there is no element")
      throw LoadError(file: file, line: line, problem: "is no XML: \(reason)")
    }
    return root
  }

  private init(lineCount: Int) { self.lineCount = lineCount }

  /// Where the bytes stop to be UTF-8; nil when all of them are.
  private static func firstFault(in data: Data) -> Int? {
    var decoder = UTF8()
    var bytes = data.makeIterator()
    var offset = 0
    while true {  // Ends with the bytes, or at the first that is none.
      switch decoder.decode(&bytes) {
      case .scalarValue(let scalar): offset += UTF8.width(scalar)
      case .emptyInput: return nil
      case .error: return offset
      }
    }
  }

  func parser(_ parser: XMLParser, parseErrorOccurred error: any Error) {
    guard mistake == nil else { return }
    mistake = XMLMistake(error, line: parser.lineNumber, inside: open.last, lineCount: lineCount)
  }

  func parser(
    _ parser: XMLParser, didStartMappingPrefix prefix: String, toURI namespaceURI: String
  ) {
    prefixes[prefix, default: []].append(namespaceURI)
  }

  func parser(_ parser: XMLParser, didEndMappingPrefix prefix: String) {
    prefixes[prefix]?.removeLast()
  }

  func parser(
    _ parser: XMLParser, didStartElement elementName: String, namespaceURI: String?,
    qualifiedName: String?, attributes: [String: String]
  ) {
    guard open.count < Self.depthMax else {
      problem = "elements nest deeper than \(Self.depthMax)"
      parser.abortParsing()
      return
    }
    var named: [String: String] = [:]
    for (name, value) in attributes {
      let parts = name.split(separator: ":", maxSplits: 1).map(String.init)
      if parts.count == 2, parts[0] != "xmlns" {
        named["{\(prefixes[parts[0]]?.last ?? parts[0])}\(parts[1])"] = value
      } else if !name.hasPrefix("xmlns") {
        named[name] = value
      }
    }
    let local = elementName.split(separator: ":").last.map(String.init) ?? elementName
    open.append(
      Element(
        name: local, namespace: namespaceURI ?? "", attributes: named, nodes: [],
        line: parser.lineNumber))
  }

  func parser(
    _ parser: XMLParser, didEndElement elementName: String, namespaceURI: String?,
    qualifiedName: String?
  ) {
    guard let done = open.popLast() else { return }
    if open.isEmpty { root = done } else { open[open.count - 1].nodes.append(.element(done)) }
  }

  func parser(_ parser: XMLParser, foundCharacters string: String) { add(string) }

  func parser(_ parser: XMLParser, foundCDATA block: Data) {
    add(String(decoding: block, as: UTF8.self))
  }

  private func add(_ text: String) {
    guard !open.isEmpty else { return }
    if case .text(let before) = open[open.count - 1].nodes.last {
      open[open.count - 1].nodes.removeLast()
      open[open.count - 1].nodes.append(.text(before + text))
    } else {
      open[open.count - 1].nodes.append(.text(text))
    }
  }
}

/// Why a file is no SCXML document.
public struct LoadError: Error, Hashable, Sendable, CustomStringConvertible {
  /// The file as it was named.
  public let file: String
  /// The line, from 1; 0 for the file as a whole.
  public let line: Int
  /// What is wrong there, as the rest of a sentence: `history h has no transition`.
  public let problem: String

  package init(file: String, line: Int, problem: String) {
    self.file = file
    self.line = line
    self.problem = problem
  }

  /// One line, as compilers write it: `file:line: problem`.
  public var description: String {
    line > 0 ? "\(file):\(line): \(problem)" : "\(file): \(problem)"
  }
}
