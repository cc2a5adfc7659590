import BatonCore
import BatonDiagrams
import BatonHost
import BatonLab
import Testing

extension ProcessTests {
  /// Zoom, pan and the small map, by real input to a real browser.
  @Suite(
    .enabled(if: Browser.program != nil, "\(Browser.missing)"), .timeLimit(.minutes(15)))
  struct PageViewTests {
    typealias Place = OpenPage.Place

    /// How a drawing is looked at.
    struct Look: Decodable, Equatable {
      var scale: Double
      var left: Double
      var top: Double
      /// Whether the map is to be seen.
      var hasMap: Bool
      /// The scale in words.
      var told: String
    }

    /// Higher than every window here.
    static let large = ProjectCharts.outlines.filter { $0.name == "Outgoing" }
    /// Small enough for the larger ones.
    static let small = ProjectCharts.outlines.filter { $0.name == "Caller" }

    /// A page with these charts in a window, and nothing wrong in its scripts.
    static func withPage(
      _ charts: [Outline], _ screen: OpenPage.Screen = .init(), trace: String = "",
      report: String? = nil, _ body: (OpenPage) throws -> Void
    ) throws {
      var page = ChartPage(title: "Charts", charts: charts)
      page.trace = trace
      page.report = report
      let open = try OpenPage(page.text(), screen)
      defer { open.close() }
      try body(open)
      #expect(open.errors == [])
    }

    static func look(_ page: OpenPage) throws -> Look {
      try page.value(
        """
        (v => ({scale: v.scale, left: v.picture.scrollLeft, top: v.picture.scrollTop,
          hasMap: !!v.map && v.map.element.getBoundingClientRect().width > 0,
          told: v.section.querySelector('[data-zoom=one]').textContent}))(views[0])
        """)
    }

    /// The middle of an element.
    static func middle(_ selector: String, of page: OpenPage) throws -> Place {
      try page.value("middleOf(document.querySelector(`\(selector)`).getBoundingClientRect())")
    }

    @Test func `the wheel with Control zooms at the mouse, and without it scrolls`() throws {
      try Self.withPage(Self.large, .init(width: 500, height: 700)) { page in
        try page.run("views[0].picture.scrollTop = 900")
        try page.run("views[0].picture.scrollLeft = 100")
        let mouse = Place(x: 260, y: 400)
        let point = """
          (b => ({x: (260 - b.left) / b.width, y: (400 - b.top) / b.height}))(
            views[0].svg.getBoundingClientRect())
          """
        let before: Place = try page.value(point)
        for _ in 0..<3 { try page.wheel(-120, at: mouse, withControl: true) }
        let after: Place = try page.value(point)
        let look = try Self.look(page)
        #expect(abs(look.scale - 1.956) < 0.01 && look.told == "196 %")
        #expect(abs(before.x - after.x) < 0.002 && abs(before.y - after.y) < 0.002)
        try page.wheel(120, at: mouse, withControl: true)
        #expect(try Self.look(page).scale < look.scale)
        let scale = try Self.look(page).scale
        try page.wheel(120, at: mouse, withControl: false)
        #expect(try Self.look(page).scale == scale)
        #expect(try page.value("visualViewport.scale") == 1)
      }
    }

    @Test func `keys and buttons zoom, but not while one writes`() throws {
      try Self.withPage(Self.large) { page in
        func scale() throws -> Double { try Self.look(page).scale }
        #expect(try scale() == 1)
        try page.press("+")
        #expect(try scale() == 1.25)
        try page.press("-")
        try page.press("-")
        #expect(abs(try scale() - 0.8) < 1e-9)
        try page.press("0")
        #expect(try scale() == 1)
        try page.press("f")
        #expect(try scale() < 0.4)
        #expect(try Self.look(page).hasMap == false)
        for (name, expected) in [("one", 1), ("in", 1.25), ("out", 1)] {
          try page.click(Self.middle("[data-zoom=\(name)]", of: page))
          #expect(try scale() == expected)
        }
        try page.press("/")
        try page.press("+")
        #expect(try scale() == 1)
        #expect(try page.value("$('search').value") == "+")
      }
    }

    @Test func `what is dragged moves and is not clicked, at any scale`() throws {
      try Self.withPage(Self.large) { page in
        try page.press("+")
        try page.run("views[0].picture.scrollTop = 300")
        let before = try Self.look(page)
        let start = try Self.middle(".state[data-state='setup.preparing']", of: page)
        try page.drag([
          start, Place(x: start.x, y: start.y - 50), Place(x: start.x, y: start.y - 90),
        ])
        let after = try Self.look(page)
        #expect(after.top == before.top + 90)
        #expect(try page.value("location.hash") == "")
        try page.click(Self.middle(".state[data-state='setup.preparing'] text", of: page))
        #expect(try page.value("location.hash") == "#state=setup.preparing")
        #expect(try Self.look(page) == after)
        // The mouse is up: nothing moves any more.
        try page.run("dispatchEvent(new PointerEvent('pointermove', {clientY: 10, buttons: 1}))")
        #expect(try Self.look(page) == after)
      }
    }

    @Test func `arrows move the drawing that has the focus, and are the steps of a trace`() throws {
      let charts = Self.large
      let record = "\"machine\":\"Outgoing A\",\"event\":\"x\",\"outcome\":\"ignored\""
      let trace = (1...3).map { "{\"t_ns\":\($0)000,\(record),\"from\":\"idle\",\"to\":\"idle\"}" }
      for lines in ["", trace.joined(separator: "\n")] {
        try Self.withPage(charts, .init(width: 500, height: 700), trace: lines) { page in
          try page.press("ArrowRight")
          #expect(try Self.look(page).left == 0)
          #expect(try page.value("now") == (lines.isEmpty ? -1 : 1))
          try page.run("views[0].picture.focus()")
          try page.press("ArrowDown")
          #expect(try Self.look(page).top == 60)
          try page.press("ArrowRight")
          #expect(try Self.look(page).left == (lines.isEmpty ? 60 : 0))
          #expect(try page.value("now") == (lines.isEmpty ? -1 : 2))
          try page.press("ArrowRight", withShift: true)
          #expect(try Self.look(page).left > 100)
          #expect(try page.value("now") == (lines.isEmpty ? -1 : 2))
        }
      }
    }

    @Test func `a small map stands only over what is larger than its frame, and moves it`() throws {
      try Self.withPage(Self.small) { page in
        #expect(try Self.look(page).hasMap == false)
        for _ in 0..<6 { try page.press("+") }
        #expect(try Self.look(page).hasMap == true)
        try page.press("f")
        #expect(try Self.look(page).hasMap == false)
      }
      try Self.withPage(Self.large, .init(width: 900, height: 700)) { page in
        #expect(try Self.look(page).hasMap == true)
        let grip = try Self.middle(".map .window", of: page)
        try page.drag([grip, Place(x: grip.x, y: grip.y + 20), Place(x: grip.x, y: grip.y + 40)])
        // As far along the drawing as the pointer went along the map.
        let moved: Double = try page.value(
          "views[0].picture.scrollTop / (views[0].height * views[0].scale)")
        let share: Double = try page.value("40 / views[0].map.element.clientHeight")
        #expect(abs(moved - share) < 0.01)
        let window = try Self.middle(".map .window", of: page)
        #expect(abs(window.y - grip.y - 40) < 1)
        try page.press("m")
        #expect(try Self.look(page).hasMap == false)
        try page.click(Self.middle("[data-zoom=map]", of: page))
        #expect(try Self.look(page).hasMap == true)
      }
    }

    @Test func `a drawing is seen whole where it can be read so, and follows the window`() throws {
      try Self.withPage(Self.small) { page in
        #expect(try Self.look(page).scale == 1)
        let height: Double = try page.value("views[0].height")
        try page.set(.init(width: 1600, height: Int(height * 0.9) + 120))
        try page.draw()
        let smaller = try Self.look(page)
        #expect(smaller.scale > 0.8 && smaller.scale < 0.95 && !smaller.hasMap)
        try page.set(.init(width: 1600, height: Int(height * 0.6) + 120))
        try page.draw()
        let part = try Self.look(page)
        #expect(part.scale == 1 && part.hasMap)
        // Who has chosen a scale keeps it.
        try page.press("-")
        try page.set(.init())
        try page.draw()
        #expect(try abs(Self.look(page).scale - 0.8) < 0.01)
      }
    }

    @Test func `two fingers zoom the drawing where they are, and one moves it`() throws {
      try Self.withPage(Self.large, .phone) { page in
        let before = try Self.look(page)
        let box: [String: Double] = try page.value(
          "(b => ({left: b.left, top: b.top}))(views[0].svg.getBoundingClientRect())")
        let pairs = (0...5).map { step in
          let aside = Double(30 + 6 * step)
          return [Place(x: 180 - aside, y: 400), Place(x: 180 + aside, y: 400)]
        }
        try page.touch(pairs)
        let after = try Self.look(page)
        #expect(before.scale == 1 && abs(after.scale - 2) < 0.02)
        // What was between the fingers still is.
        #expect(abs(after.left - (180 - box["left"]!)) < 3)
        #expect(abs(after.top - (400 - box["top"]!)) < 3)
        #expect(try page.value("visualViewport.scale") == 1)
        let finger = (0...8).map { [Place(x: 180, y: Double(500 - 20 * $0))] }
        try page.touch(finger)
        let moved = try Self.look(page)
        #expect(moved.top > after.top + 60 && moved.scale == after.scale)
        #expect(try page.value("scrollY") == 0)
      }
    }

    @Test func `a chart of two thousand states is made, searched and zoomed in little time`() throws
    {
      let outline = Self.grouped(2_000)
      #expect(outline.states.count == 2_000)
      let clock = ContinuousClock()
      var text = ""
      let making = clock.measure {
        var page = ChartPage(title: "Large", charts: [outline])
        page.depth = .max
        text = page.text()
      }
      #expect(making < .seconds(120))
      let page = try OpenPage(text)
      defer { page.close() }
      let times: [Double] = try page.value(
        """
        (async () => { const times = [];
          for (const act of [() => search('s19'), () => goTo(7), () => zoomBy(views[0], 1.25),
            () => pan(views[0], 500, 20)]) {
            const start = performance.now();
            act();
            await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
            times.push(performance.now() - start);
          }
          return times; })()
        """)
      #expect(times.allSatisfy { $0 < 10_000 }, "\(times)")
      #expect(try page.value("hits.length") == 106)
      try page.press("f")
      let whole = try Self.look(page)
      #expect(whole.scale < 0.02 && !whole.hasMap && whole.told.hasPrefix("0."), "\(whole)")
    }

    /// So many states in groups of twenty.
    static func grouped(_ count: Int) -> Outline {
      var lines = ["stateDiagram-v2", "[*] --> g0"]
      for group in 0..<count / 20 {
        let names = (1..<20).map { "s\(group * 20 + $0)" }
        lines += ["state g\(group) {", "[*] --> \(names[0])"]
        lines += zip(names, names.dropFirst()).flatMap {
          ["\($0) --> \($1) : go", "\($1) --> \($0) : back"]
        }
        lines += ["}", "g\(group) --> g\((group + 1) % (count / 20)) : next"]
      }
      return ChartReading(mermaid: lines.joined(separator: "\n")).outline
    }
  }
}
