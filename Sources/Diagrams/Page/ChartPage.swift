public import BatonCore

/// One self-contained HTML page with charts, and what is known about their runs.
///
/// Nothing is taken from the network. With scripts off the pictures can be read; with scripts they
/// can be zoomed, moved and searched, and a trace is replayed on them, step by step.
public struct ChartPage: Sendable {
  /// Something that the page says at its head: a name and a value.
  public struct Fact: Hashable, Sendable {
    /// What was measured or counted, such as `blackout`.
    public var name: String
    /// How much, with its unit.
    public var value: String

    /// Both are shown as they are; markup in them is escaped.
    public init(_ name: String, _ value: String) {
      self.name = name
      self.value = value
    }
  }

  /// The heading, and what a browser calls the page.
  public var title: String
  /// The charts in the order in which they stand; their names are what a trace calls them.
  public var charts: [Outline]
  /// How many levels of states the first drawing of each chart has; what lies deeper is folded, and
  /// opened by the reader. With nil, the default, a chart of more than 100 states has as many as
  /// can be read, and a smaller one has all; with `.max` every chart has.
  public var depth: Int?
  /// Names of states that are folded at first, wherever they stand.
  public var folded: Set<String> = []
  /// A trace: JSON lines as `Trace.jsonLine` writes them; empty when there is none.
  public var trace = ""
  /// Coverage of a test run as a JSON object, `{"charts":[{"chart","states":{name:count},
  /// "transitions":{index:count}}]}`; nil when there is none.
  public var coverage: String?
  /// What was measured, as a JSON object of `baton demo`; nil when there is none.
  public var report: String?
  /// What the head of the page says in short; no head when it is empty.
  public var facts: [Fact] = []
  /// Where new lines of the trace can be had, for a page that follows running machines.
  public var feed: String?

  /// A page of charts; see the properties for what else it can hold.
  public init(title: String, charts: [Outline]) {
    self.title = title
    self.charts = charts
  }

  /// The whole file; the same bytes for the same content.
  public func text() -> String {
    let name = title.markupEscaped
    return """
      <!DOCTYPE html>
      <html lang="en">
      <head>
      <meta charset="utf-8">
      <meta name="viewport" content="width=device-width, initial-scale=1">
      <title>\(name)</title>
      <link rel="icon" href="data:,">
      <style>
      \(SVG.scopedStyle)\(Self.file(PackageResources.page_css))</style>
      </head>
      <body>
      <header>
      <h1>\(name)</h1>
      \(tools)</header>
      \(summary)<div id="timeline" class="js"></div>
      <div class="stage">
      \(replay)<main>
      \(charts.map(section).joined())</main>
      </div>
      <script type="application/json" id="data">\(data)</script>
      <script>
      \(script)</script>
      </body>
      </html>

      """
  }

  // MARK: Pieces

  private static func file(_ bytes: [UInt8]) -> String { String(decoding: bytes, as: UTF8.self) }

  /// Several files that are one script: it has names in common, and the last sets all going.
  private var script: String {
    let pieces = [
      PackageResources.page_js, PackageResources.view_js, PackageResources.open_js,
      PackageResources.find_js, PackageResources.time_js, PackageResources.start_js,
    ]
    return pieces.map(Self.file).joined()
  }

  private var tools: String {
    let links = charts.map {
      "<a href=\"#chart=\($0.name.markupEscaped)\">\($0.name.markupEscaped)</a>"
    }
    let navigation = charts.count > 1 ? "<nav aria-label=\"Charts\">\(links.joined())</nav>\n" : ""
    return """
      \(navigation)\
      <div class="tools js"><input id="search" type="search" placeholder="Search states, events"
       aria-label="Search states and events" aria-keyshortcuts="/">
      <button id="former" type="button" hidden aria-label="Former hit">‹</button>
      <button id="further" type="button" hidden aria-label="Next hit">›</button>
      <span id="found" role="status"></span>
      <label class="file">Open trace<input id="file" type="file" accept=".jsonl,.json"></label>
      <button id="theme" type="button" aria-label="Light or dark">◐</button></div>

      """
  }

  private var summary: String {
    guard !facts.isEmpty else { return "" }
    let rows = facts.map {
      "<div><dt>\($0.name.markupEscaped)</dt><dd>\($0.value.markupEscaped)</dd></div>"
    }
    return "<section class=\"facts\" aria-label=\"Summary\"><dl>\(rows.joined())</dl></section>\n"
  }

  private var replay: String {
    """
    <section id="replay" class="js" hidden aria-label="Replay">
    <div class="bar">
    <button id="first" type="button" aria-label="First step">|◀</button>
    <button id="back" type="button" aria-label="Step back">◀</button>
    <button id="play" type="button" aria-label="Play">▶ play</button>
    <button id="next" type="button" aria-label="Step forward">▶</button>
    <button id="last" type="button" aria-label="Last step">▶|</button>
    <input id="slider" type="range" min="0" max="0" value="0" aria-label="Step">
    <output id="place"></output>
    <select id="speed" aria-label="Speed"><option value="fixed">2 steps a second</option>
    <option value="recorded">as recorded, × 1/1000</option></select>
    <select id="machine" aria-label="Machine"></select>
    </div>
    <div id="step" aria-live="polite"></div>
    <div id="sequence"></div>
    </section>

    """
  }

  private func section(_ outline: Outline) -> String {
    let name = outline.name.markupEscaped
    let sheets = ChartSheets(outline, depth: depth, folding: folded).all()
    let trail =
      sheets.count > 1
      ? "<nav class=\"trail js\" aria-label=\"Open states of \(name)\"></nav>\n" : ""
    return """
      <section class="chart" id="chart-\(name)" data-chart="\(name)">
      <div class="caption"><h2>\(name) <small>\(counts(outline))</small></h2>
      \(zoom(name))</div>
      \(trail)<div class="frame"><div class="picture" tabindex="0" role="region"
       aria-label="Drawing of \(name)">
      \(sheets[0].picture(of: outline))</div></div>
      \(sheets.dropFirst().map { inside($0, of: outline) }.joined())</section>

      """
  }

  /// What can be opened: below the chart for those without scripts, else hidden until it is.
  private func inside(_ sheet: ChartSheet, of outline: Outline) -> String {
    let path = sheet.container.map(outline.path)?.markupEscaped ?? ""
    return """
      <div class="inside" data-inside="\(path)"><h3>\(path)</h3>
      \(sheet.picture(of: outline))</div>

      """
  }

  private func zoom(_ name: String) -> String {
    """
    <div class="zoom js" role="group" aria-label="View of \(name)">
    <button type="button" data-zoom="out" aria-label="Smaller" aria-keyshortcuts="-">−</button>
    <button type="button" data-zoom="one" aria-keyshortcuts="0">100 %</button>
    <button type="button" data-zoom="in" aria-label="Larger" aria-keyshortcuts="+">+</button>
    <button type="button" data-zoom="whole" aria-keyshortcuts="f">whole</button>
    <button type="button" data-zoom="map" aria-keyshortcuts="m" aria-pressed="true">map</button>
    </div>
    """
  }

  private func counts(_ outline: Outline) -> String {
    "\(outline.states.count) states, \(outline.transitions.count) transitions"
  }

  /// What the script reads. No `<` stands in it, so that nothing can end the element; in JSON there
  /// can be one only inside of a string.
  private var data: String {
    let lines = trace.split(separator: "\n").filter { JSONSyntax.accepts($0) }
    var members = ["\"charts\":[\(charts.map(Self.object).joined(separator: ","))]"]
    for (key, text) in [("coverage", coverage), ("report", report)] {
      if let text, JSONSyntax.accepts(text[...]) { members.append("\"\(key)\":\(text)") }
    }
    if let feed { members.append("\"feed\":\(Self.string(feed))") }
    members.append("\"trace\":[\(lines.joined(separator: ","))]")
    let object = "{\(members.joined(separator: ","))}"
    return object.split(separator: "<", omittingEmptySubsequences: false)
      .joined(separator: "\\u003c")
  }

  private static func object(_ outline: Outline) -> String {
    let states = outline.states.indices.map { index in
      let it = outline.states[index]
      return "{\"compound\":\(it.kind == .compound),\"entry\":\(strings(it.entry)),"
        + "\"exit\":\(strings(it.exit)),\"initial\":\(it.initial ?? -1),"
        + "\"name\":\(string(it.name)),\"parent\":\(it.parent ?? -1),"
        + "\"path\":\(string(outline.path(of: index)))}"
    }
    let transitions = outline.transitions.map { it in
      "{\"actions\":\(strings(it.actions)),\"internal\":\(it.isInternal),"
        + "\"label\":\(string(it.words.text)),\"source\":\(it.source),"
        + "\"targets\":[\(it.targets.map { "\($0)" }.joined(separator: ","))]}"
    }
    return "{\"initial\":\(outline.initial),\"name\":\(string(outline.name)),"
      + "\"states\":[\(states.joined(separator: ","))],"
      + "\"transitions\":[\(transitions.joined(separator: ","))]}"
  }

  private static func string(_ text: String) -> String { "\"\(JSONText.escaped(text))\"" }

  private static func strings(_ texts: [String]) -> String {
    "[\(texts.map(string).joined(separator: ","))]"
  }
}

extension DiagramFormat {
  /// A page with the picture and everything that is known about the chart, without network; replays
  /// traces. See ``ChartPage``.
  public static let html = DiagramFormat(name: "html", fileExtension: "html") {
    ChartPage(title: $0.name, charts: [$0]).text()
  }
}
