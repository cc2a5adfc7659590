/// Writes a drawing as a self-contained SVG file: no script, no font, nothing from outside.
///
/// All coordinates are integers; one translation by half a pixel keeps thin lines sharp. States
/// carry `data-state`, lines `data-from` and `data-to`, with the names from the root down.
///
/// Two versions of a file are meant to be compared by lines: an element stands on a line, states
/// and transitions in document order, and everything is measured from its own group, so that what
/// only moves differs in one line.
struct SVG: Sendable {
  let drawing: Drawing

  func text() -> String {
    let width = drawing.size.x
    let height = drawing.size.y
    let name = drawing.name.markupEscaped
    var lines = [
      "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 \(width) \(height)\" "
        + "width=\"\(width)\" height=\"\(height)\" role=\"img\">",
      "<title>\(name)</title>",
      "<desc>State machine \(name): \(drawing.states.count) states, "
        + "\(drawing.lines.count) lines of transitions.</desc>",
      "<style>\n\(Self.style)</style>",
      "<rect class=\"ground\" width=\"100%\" height=\"100%\"/>",
      "<g transform=\"translate(.5 .5)\">",
    ]
    lines += frame()
    lines += drawing.states.flatMap(state)
    lines += drawing.states.filter(\.isInitial).flatMap(initial)
    lines += drawing.starts.flatMap(start)
    let paths = Dictionary(uniqueKeysWithValues: drawing.states.map { ($0.index, $0.path) })
    for line in drawing.lines {
      let from = (paths[line.source] ?? "").markupEscaped
      let to = (paths[line.target] ?? "").markupEscaped
      lines.append(
        "<g class=\"edge\" data-from=\"\(from)\" data-to=\"\(to)\" "
          + "\(Self.moved(to: line.start))>")
      lines += edge(line.moved(by: line.start.opposite))
      lines.append("</g>")
    }
    return (lines + ["</g>", "</svg>", ""]).joined(separator: "\n")
  }

  /// The attribute that gives a group the place that everything in it is measured from.
  private static func moved(to place: Point) -> String {
    "transform=\"translate(\(place.x) \(place.y))\""
  }

  /// The two paths of a line, the first a wide one for the mouse, and the label.
  private func edge(_ line: Drawing.Line) -> [String] {
    let whole = Polyline(points: line.points)
    let own = Polyline(points: line.own)
    let head = line.own == line.points ? whole.head : ""
    return [
      "<path class=\"way\" d=\"\(whole.path)\"/>", "<path d=\"\(own.path)\(head)\"/>",
      "<g \(Self.moved(to: Point(x: line.label.x, y: line.label.y)))>",
    ] + Self.texts(line.rows, x: 0, y: 0) + ["</g>"]
  }

  /// The frame of the diagram with its name tag, as UML draws them.
  private func frame() -> [String] {
    let tag = drawing.tag
    let cut = 8
    return [
      "<rect class=\"frame\" width=\"\(drawing.size.x - 1)\" height=\"\(drawing.size.y - 1)\"/>",
      "<path class=\"tag\" d=\"M0 0H\(tag.maxX)V\(tag.maxY - cut)"
        + "L\(tag.maxX - cut) \(tag.maxY)H0Z\"/>",
      "<text x=\"\(Metrics.padding)\" y=\"18\">"
        + "<tspan class=\"kind\">stm</tspan> "
        + "<tspan class=\"title\">\(drawing.name.markupEscaped)</tspan></text>",
    ] + Self.texts(drawing.declared, x: Metrics.padding, y: tag.maxY + 2)
  }

  private func state(_ placed: Drawing.State) -> [String] {
    let state = placed.moved(by: placed.corner.opposite)
    let box = state.box
    let kind: String
    switch state.shape {
    case .atomic: kind = "atomic"
    case .compound: kind = state.depth.isMultiple(of: 2) ? "compound" : "compound odd"
    case .final: kind = "final"
    case .history: kind = "history"
    }
    let region = state.isRegion ? " region" : ""
    let role = state.role.map { " \($0.rawValue)" } ?? ""
    var lines = [
      "<g class=\"state \(kind)\(region)\(role)\" data-state=\"\(state.path.markupEscaped)\" "
        + "\(Self.moved(to: placed.corner))>"
    ]
    if state.isRing {
      lines += ring(state)
    } else {
      lines.append("<rect width=\"\(box.width)\" height=\"\(box.height)\" rx=\"9\"/>")
      lines += bar(state)
    }
    lines.append(title(state))
    lines += Self.texts(
      state.card.lines, x: state.text.x,
      y: state.box.y + (state.isRing ? Metrics.ringSize : Metrics.titleHeight + 4))
    return lines + ["</g>"]
  }

  /// The circle of a final state, or of a history state with its letter.
  private func ring(_ state: Drawing.State) -> [String] {
    let radius = state.box.width / 2
    let x = state.box.x + radius
    let y = state.box.y + radius
    let circle = "<circle cx=\"\(x)\" cy=\"\(y)\" r=\"\(radius)\"/>"
    guard case .history(let isDeep) = state.shape else {
      return [circle, "<circle class=\"core\" cx=\"\(x)\" cy=\"\(y)\" r=\"\(radius - 4)\"/>"]
    }
    let letter = isDeep ? "H*" : "H"
    return [
      circle,
      "<text class=\"title\" x=\"\(x)\" y=\"\(y + 5)\" text-anchor=\"middle\">\(letter)</text>",
    ]
  }

  /// The title bar, when something stands below it.
  private func bar(_ state: Drawing.State) -> [String] {
    let box = state.box
    guard state.shape == .compound || !state.card.lines.isEmpty else { return [] }
    let right = box.maxX
    let base = box.y + Metrics.titleHeight
    return [
      "<path class=\"bar\" d=\"M\(box.x + 1) \(base)V\(box.y + 9)q0 -8 8 -8H\(right - 9)"
        + "q8 0 8 8V\(base)Z\"/>",
      "<path class=\"rule\" d=\"M\(box.x) \(base)H\(right)\"/>",
    ]
  }

  /// The name: in the middle of an atomic state, else at the left, clear of what passes.
  private func title(_ state: Drawing.State) -> String {
    let name = state.name.markupEscaped
    let hasBar = state.shape != .atomic || !state.card.lines.isEmpty
    let y = state.box.y + (hasBar ? (state.isRing ? 15 : 18) : state.box.height / 2 + 5)
    guard state.shape == .atomic else {
      return "<text class=\"title\" x=\"\(state.text.x)\" y=\"\(y)\">\(name)</text>"
    }
    let x = state.box.x + state.box.width / 2
    return "<text class=\"title\" x=\"\(x)\" y=\"\(y)\" text-anchor=\"middle\">\(name)</text>"
  }

  /// The dot and the arrow of an initial pseudostate, measured from the arrow's tip.
  private func initial(_ state: Drawing.State) -> [String] {
    let tip = state.corner.moved(by: Point(x: 0, y: state.isRing ? Metrics.ringSize / 2 : 13))
    let start = Point(x: 12 - Metrics.initialInset, y: 0)
    let way = Polyline(points: [start, Point(x: 0, y: 0)])
    return [
      "<g class=\"initial\" \(Self.moved(to: tip))>",
      "<path d=\"\(way.path)\(way.head)\"/>",
      "<circle cx=\"\(Metrics.dotRadius - Metrics.initialInset)\" r=\"\(Metrics.dotRadius)\"/>",
      "</g>",
    ]
  }

  /// The dot of a pseudostate with its lines, measured from the dot.
  private func start(_ start: Drawing.Start) -> [String] {
    let ways = start.lines.map { line in
      let line = line.moved(by: start.dot.opposite)
      let head = line.own == line.points ? Polyline(points: line.points).head : ""
      return "<path d=\"\(Polyline(points: line.own).path)\(head)\"/>"
    }
    return ["<g class=\"initial\" \(Self.moved(to: start.dot))>"] + ways
      + ["<circle r=\"\(Metrics.dotRadius)\"/>", "</g>"]
  }

  // MARK: Pieces

  /// Lines of text, each word in the class of its part.
  private static func texts(_ lines: [TextLine], x: Int, y: Int) -> [String] {
    lines.enumerated().map { index, line in
      let spans = line.words.enumerated().map { place, word in
        let space = place == 0 ? "" : " "
        return space + "<tspan class=\"\(word.part.rawValue)\">\(word.text.markupEscaped)</tspan>"
      }
      let base = y + index * Metrics.lineHeight + 11
      return "<text x=\"\(x + line.indent)\" y=\"\(base)\">\(spans.joined())</text>"
    }
  }
}

extension DiagramFormat {
  /// A finished picture in UML notation, laid out by this room; no tool is needed to see it.
  ///
  /// Transitions that share source and target share a line, with their labels one below the
  /// other in document order; lines to the same target join on the way. The order between
  /// transitions with different targets is not shown.
  public static let svg = DiagramFormat(name: "svg", fileExtension: "svg") {
    SVG(drawing: $0.drawing()).text()
  }
}
