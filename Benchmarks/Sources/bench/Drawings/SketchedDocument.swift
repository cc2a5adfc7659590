/// An SCXML document made by chance, the same in every run: most transitions lead to a state
/// nearby, one of four to any.
struct SketchedDocument {
  private let isNested: Bool
  private var state: UInt64 = 1
  private var count = 0
  private var degree = 0
  private var next = 0

  init(isNested: Bool) { self.isNested = isNested }

  mutating func text(states: Int, degree: Int) -> String {
    count = states
    self.degree = degree
    next = 0
    var inside = ""
    while next < count { inside += element(depth: 0) }
    return """
      <scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" name="Drawn">\(inside)</scxml>
      """
  }

  /// A state with those inside it.
  private mutating func element(depth: Int) -> String {
    let own = next
    next += 1
    var inside = ""
    for event in 0..<degree {
      let isNear = number(below: 4) > 0
      let target = isNear ? own + number(below: 7) - 2 : number(below: count)
      inside += """
        <transition event="event\(event)" target="s\(min(count - 1, max(0, target)))"/>
        """
    }
    if isNested, depth < 6, number(below: 3) == 0 {
      for _ in 0..<number(below: 8) where next < count { inside += element(depth: depth + 1) }
    }
    return "<state id=\"s\(own)\">\(inside)</state>"
  }

  private mutating func number(below end: Int) -> Int {
    state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
    return Int((state >> 33) % UInt64(end))
  }
}
