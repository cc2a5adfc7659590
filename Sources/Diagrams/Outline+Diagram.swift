public import BatonCore

extension Outline {
  /// Draws the chart, the same bytes for the same outline.
  ///
  /// - Parameter format: The language to draw in.
  /// - Returns: The text of a whole file, which ends with a newline.
  public func diagram(_ format: DiagramFormat) -> String { format.draw(self) }
}
