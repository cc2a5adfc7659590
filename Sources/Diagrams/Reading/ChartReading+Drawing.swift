package import BatonCore

extension ChartReading {
  /// The longest drawing that is read, in bytes.
  package static let drawingBytesMax = 4 << 20

  /// Reads a state diagram of Mermaid, such as ``DiagramFormat/mermaid`` writes.
  package init(mermaid text: String) {
    self = text.utf8.count > Self.drawingBytesMax ? Self.tooLong : MermaidReader.read(text)
    addEmptiness()
  }

  /// Reads a state diagram of PlantUML, such as ``DiagramFormat/plantuml`` writes.
  package init(plantuml text: String) {
    self = text.utf8.count > Self.drawingBytesMax ? Self.tooLong : PlantUMLReader.read(text)
    addEmptiness()
  }

  private static var tooLong: ChartReading {
    var reading = ChartReading(name: "")
    let text = "the drawing has more than \(drawingBytesMax) bytes"
    reading.findings = [Finding(line: 0, kind: .mistake, text: text)]
    return reading
  }

  private mutating func addEmptiness() {
    guard outline.states.isEmpty else { return }
    findings.append(Finding(line: 0, kind: .mistake, text: "there is no state"))
  }
}
