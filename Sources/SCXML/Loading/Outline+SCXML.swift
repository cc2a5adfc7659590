public import BatonCore
public import Foundation

extension Outline {
  /// Reads a chart from an SCXML document: one that BatonDiagrams has written gives the same
  /// definition again, and one from elsewhere is shown with conditions and content as their text,
  /// whatever its data model is.
  ///
  /// - Parameters:
  ///   - data: The document, at most 4 MiB. Elements of other namespaces are passed over.
  ///   - file: What errors call it, and the chart when the document gives no name.
  /// - Throws: Why it cannot be drawn, with the line: it is no XML, two states have one id, or a
  ///   transition leads to none.
  public init(scxml data: Data, file: String) throws(LoadError) {
    let reading = try ChartReading(scxml: data, file: file)
    if let mistake = reading.findings.first(where: { $0.kind == .mistake }) {
      throw LoadError(file: file, line: mistake.line, problem: mistake.text)
    }
    self = reading.outline
  }
}

extension ChartReading {
  /// Reads a document with all that is wrong in it.
  ///
  /// - Throws: Why it holds no chart at all.
  package init(scxml data: Data, file: String) throws(LoadError) {
    try BoundedFile.check(data.count, of: file)
    let root = try ElementReader.read(data, file: file)
    guard root.name == "scxml" else {
      throw LoadError(
        file: file, line: root.line,
        problem: "the document's element is \(root.name) and not scxml")
    }
    var reader = OutlineReader(root)
    reader.read()
    guard !reader.reading.outline.states.isEmpty else {
      // What stands there instead may be a state whose name is misspelt.
      let hints = Vocabulary(root).findings().prefix(3).map { "; line \($0.line): \($0.text)" }
      throw LoadError(
        file: file, line: root.line, problem: "scxml holds no state" + hints.joined())
    }
    guard reader.reading.outline.states.count <= OutlineReader.statesMax else {
      throw LoadError(
        file: file, line: root.line,
        problem: "scxml holds more than \(OutlineReader.statesMax) states")
    }
    self = reader.reading
  }
}
