/// A place in a drawing, in pixels from the top left.
package struct Point: Hashable, Sendable {
  package var x: Int
  package var y: Int

  package init(x: Int, y: Int) {
    self.x = x
    self.y = y
  }

  func moved(by other: Point) -> Point { Point(x: x + other.x, y: y + other.y) }

  /// What moves this place to the top left.
  var opposite: Point { Point(x: -x, y: -y) }
}
