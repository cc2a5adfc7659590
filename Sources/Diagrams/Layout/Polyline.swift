/// A line of upright and level pieces.
struct Polyline: Hashable, Sendable {
  /// The corners, without points that lie between their neighbours.
  let points: [Point]

  init(points: [Point]) {
    var corners: [Point] = []
    for point in points where point != corners.last {
      if corners.count > 1,
        Self.isBetween(corners[corners.count - 1], corners.dropLast().last, point)
      {
        corners.removeLast()
      }
      corners.append(point)
    }
    self.points = corners
  }

  private static func isBetween(_ point: Point, _ before: Point?, _ after: Point) -> Bool {
    guard let before else { return false }
    return (point.x == before.x && point.x == after.x)
      || (point.y == before.y && point.y == after.y)
  }

  /// The part before this line runs along one of the others, and a little more for the bend.
  func upToJoint(with others: [[Point]]) -> [Point] {
    for (index, (start, end)) in zip(points, points.dropFirst()).enumerated() {
      let joints = others.flatMap { other in
        zip(other, other.dropFirst()).compactMap { Self.joint(from: start, to: end, with: $0, $1) }
      }
      let nearest = joints.min { Self.length(start, $0) < Self.length(start, $1) }
      guard let nearest else { continue }
      let rest = min(2 * Metrics.corner, Self.length(nearest, end))
      return Polyline(points: points[...index] + [Self.towards(end, from: nearest, by: rest)])
        .points
    }
    return points
  }

  /// Where a piece begins to run along another of the same direction, nil if it does not.
  private static func joint(
    from start: Point, to end: Point, with first: Point, _ last: Point
  ) -> Point? {
    let isUpright = start.x == end.x
    guard
      isUpright ? first.x == start.x && last.x == start.x : first.y == start.y && last.y == start.y
    else { return nil }
    let own = isUpright ? (start.y, end.y) : (start.x, end.x)
    let other = isUpright ? (first.y, last.y) : (first.x, last.x)
    guard (own.1 - own.0).signum() == (other.1 - other.0).signum() else { return nil }
    let low = max(min(own.0, own.1), min(other.0, other.1))
    let high = min(max(own.0, own.1), max(other.0, other.1))
    guard low < high else { return nil }
    let place = own.0 < own.1 ? low : high
    return isUpright ? Point(x: start.x, y: place) : Point(x: place, y: start.y)
  }

  /// SVG path data with rounded corners.
  var path: String {
    guard let first = points.first, let last = points.last else { return "" }
    var path = "M\(first.x) \(first.y)"
    for index in points.indices.dropFirst().dropLast() {
      let before = points[index - 1]
      let corner = points[index]
      let after = points[index + 1]
      let radius = min(
        Metrics.corner, Self.length(before, corner) / 2, Self.length(corner, after) / 2)
      let enter = Self.towards(before, from: corner, by: radius)
      let leave = Self.towards(after, from: corner, by: radius)
      path += "L\(enter.x) \(enter.y)Q\(corner.x) \(corner.y) \(leave.x) \(leave.y)"
    }
    return path + "L\(last.x) \(last.y)"
  }

  /// The open arrow head of UML at the last point.
  var head: String {
    guard points.count > 1, let tip = points.last else { return "" }
    let back = Self.towards(points[points.count - 2], from: tip, by: 8)
    let dx = (back.x - tip.x) / 2
    let dy = (back.y - tip.y) / 2
    return "M\(back.x - dy) \(back.y + dx)L\(tip.x) \(tip.y)L\(back.x + dy) \(back.y - dx)"
  }

  private static func length(_ first: Point, _ second: Point) -> Int {
    abs(first.x - second.x) + abs(first.y - second.y)
  }

  /// The point on the straight way to another, some pixels from here.
  private static func towards(_ other: Point, from here: Point, by distance: Int) -> Point {
    Point(
      x: here.x + (other.x - here.x).signum() * distance,
      y: here.y + (other.y - here.y).signum() * distance)
  }
}
