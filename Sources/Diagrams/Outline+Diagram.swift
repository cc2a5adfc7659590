public import BatonCore

extension Outline {
  /// Draws the chart, the same bytes for the same outline.
  ///
  /// - Parameter format: The language to draw in.
  /// - Returns: The text of a whole file, which ends with a newline.
  public func diagram(_ format: DiagramFormat) -> String {
    switch format {
    case .mermaid: Mermaid(outline: self).text()
    case .dot: Graphviz(outline: self).text()
    case .plantuml: PlantUML(outline: self).text()
    case .scxml: SCXMLText(outline: self).text()
    case .html: ChartPage(title: name, charts: [self]).text()
    case .svg: SVG(drawing: drawing()).text()
    }
  }
}
