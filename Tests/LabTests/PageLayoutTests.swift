import BatonCore
import BatonDiagrams
import BatonHost
import BatonLab
import Testing

extension ProcessTests {
  /// Search, small screens, axes and colours of the page, in a real browser.
  @Suite(
    .enabled(if: Browser.program != nil, "\(Browser.missing)"), .timeLimit(.minutes(15)))
  struct PageLayoutTests {
    typealias View = PageViewTests

    /// What is told of a search, and where its hit stands in the frame, from 0 to 1.
    struct Hit: Decodable {
      var told: String
      var states: [String]
      var x: Double
      var y: Double
    }

    /// Three steps of a source, and as many probes as fit into 650 ms.
    static let trace = [("idle", "preparing"), ("preparing", "offered"), ("offered", "completed")]
      .enumerated().map { index, move in
        "{\"t_ns\":\(100_000_000 * (index + 1)),\"machine\":\"Outgoing A\",\"event\":\"migrate\","
          + "\"outcome\":\"taken\",\"from\":\"\(move.0)\",\"to\":\"\(move.1)\"}"
      }.joined(separator: "\n")
    static let report =
      "{\"round_trips\":["
      + (0...65).map { "[\($0 * 10_000_000),\($0 == 20 ? 5_000 : 90)]" }.joined(separator: ",")
      + "]}"

    private static func hit(_ page: OpenPage) throws -> Hit {
      try page.value(
        """
        (() => { const e = document.querySelector('.current .match') || document.body;
          const frame = views[0].picture.getBoundingClientRect();
          const at = middleOf(e.getBoundingClientRect());
          return {told: $('found').textContent,
            states: [...document.querySelectorAll('.current')].map(e => e.dataset.state || 'line'),
            x: (at.x - frame.left) / frame.width, y: (at.y - frame.top) / frame.height}; })()
        """)
    }

    @Test func `a search goes from hit to hit, each in the middle, and back to the first`() throws {
      try View.withPage(View.large, .init(width: 700, height: 700)) { page in
        try page.press("/")
        try page.type("cancelled")
        let count: Int = try page.value("hits.length")
        try #require(count > 2)
        let first = try Self.hit(page)
        #expect(first.told == "1 of \(count)" && first.states.count == 1)
        #expect(abs(first.y - 0.5) < 0.2)
        try page.press("Enter")
        let second = try Self.hit(page)
        #expect(second.told == "2 of \(count)" && second.y > 0 && second.y < 1)
        try page.press("Enter", withShift: true)
        #expect(try Self.hit(page).states == first.states)
        try page.press("Enter", withShift: true)
        #expect(try Self.hit(page).told == "\(count) of \(count)")
        try page.press("Enter")
        #expect(try Self.hit(page).told == "1 of \(count)")
        try page.click(View.middle("#further", of: page))
        #expect(try Self.hit(page).states == second.states)
      }
    }

    @Test func `a hit is brought to the middle in both directions, and made readable`() throws {
      try View.withPage(View.large, .init(width: 500, height: 600)) { page in
        try page.press("f")
        #expect(try View.look(page).scale < 0.3)
        try page.press("/")
        try page.type("hangup")
        let hit = try Self.hit(page)
        #expect(hit.told.hasPrefix("1 of "))
        #expect(hit.x > 0 && hit.x < 1 && hit.y > 0.3 && hit.y < 0.7)
        let look = try View.look(page)
        #expect(look.scale == 1 && look.top > 100)
      }
    }

    @Test func `events on lines are found, what is nowhere is told, and Escape ends it`() throws {
      try View.withPage(View.large) { page in
        try page.press("/")
        try page.type("isAllowedUser")
        let hit = try Self.hit(page)
        #expect(hit.told == "1 of 1" && hit.states == ["line"])
        try page.type("x")
        #expect(try Self.hit(page).told == "none")
        try page.press("Escape")
        #expect(try Self.hit(page).told == "")
        #expect(
          try page.value("$('search').value + document.querySelectorAll('.found').length") == "0")
      }
    }

    static let screens: [OpenPage.Screen] = [
      .phone, .init(width: 360, height: 640, isDark: true), .init(width: 640, height: 360),
      .init(width: 900, height: 700), .init(),
    ]

    @Test(arguments: screens)
    func `nothing stands out of the window, and all controls can be reached`(
      screen: OpenPage.Screen
    ) throws {
      let charts = ProjectCharts.outlines
      try View.withPage(charts, screen, trace: Self.trace, report: Self.report) { page in
        #expect(try page.value("document.documentElement.scrollWidth") <= screen.width)
        let outside: [String] = try page.value(
          """
          [...document.querySelectorAll('button, select, input:not(#file), .file, #step, nav a')]
            .filter(e => e.offsetParent && (b => b.left < 0 || b.right > innerWidth + 0.5)(
              e.getBoundingClientRect())).map(e => e.outerHTML)
          """)
        #expect(outside == [])
        // Fingers need room, and a field with small letters makes a phone zoom in.
        let low: [String] = try page.value(
          """
          [...document.querySelectorAll('button, select, #search')].filter(e =>
            e.offsetParent && e.offsetHeight < 40).map(e => e.id || e.dataset.zoom)
          """)
        #expect(low.isEmpty == screen.isTouched, "\(low)")
        // A frame fits below what stands over it.
        #expect(
          try page.value(
            "views[0].picture.offsetHeight <= Math.max(240, innerHeight - barHeight())"))
        #expect(try page.value("innerWidth") == screen.width)
      }
    }

    @Test func `a lone chart and its controls fill the window of a phone`() throws {
      try View.withPage(View.large, .phone) { page in
        let bottom: Double = try page.value("views[0].picture.getBoundingClientRect().bottom")
        #expect(bottom <= 640 && bottom > 560)
        #expect(try page.value("document.documentElement.scrollHeight") <= 640)
        let map: Double = try page.value("views[0].map.element.getBoundingClientRect().bottom")
        #expect(map < 640)
        // Letters have at least their size of the drawing.
        #expect(try View.look(page).scale >= 0.7)
        // Turned, the frame follows.
        try page.set(.init(width: 640, height: 360, isTouched: true))
        try page.draw()
        #expect(try page.value("document.documentElement.scrollWidth") <= 640)
        #expect(try page.value("views[0].picture.clientWidth") > 500)
      }
    }

    @Test(arguments: [OpenPage.Screen.phone, .init(width: 900, height: 700), .init()])
    func `diagrams over time have axes with units, in letters that are not made smaller`(
      screen: OpenPage.Screen
    ) throws {
      try View.withPage(View.large, screen, trace: Self.trace, report: Self.report) { page in
        let marks: [String] = try page.value(
          "[...document.querySelectorAll('#timeline .tick')].map(e => e.textContent)")
        #expect(marks.contains("0 ms") && marks.contains("200 ms") && marks.contains("600 ms"))
        #expect(marks.contains("0 µs") && marks.contains("100 µs") && marks.contains("1 ms"))
        let names: [String] = try page.value(
          "[...document.querySelectorAll('#timeline .muted')].map(e => e.textContent)")
        #expect(names == ["time since the first probe", "round trip, logarithmic"])
        let times: [String] = try page.value(
          "[...document.querySelectorAll('#sequence .row .muted')].map(e => e.textContent)")
        #expect(times == ["+0.000 ms", "+100.000 ms", "+200.000 ms"])
        // The scale from the drawing's own pixels to those of the window, and what sticks out.
        let scales: [Double] = try page.value(
          "['timeline', 'sequence'].map(id => $(id).querySelector('svg').getScreenCTM().a)")
        #expect(scales == [1, 1])
        #expect(
          try page.value(
            "['timeline', 'sequence'].every(id => $(id).scrollWidth <= $(id).clientWidth)"))
        // A handover is a button, at the time that its axis says.
        try page.run("document.querySelector('#timeline .hand').focus()")
        try page.press("Enter")
        #expect(try page.value("now") == 1)
        let off: Double = try page.value(
          """
          (at => at('.hand .lane') - (at('.dot:nth-of-type(21)')))(selector =>
            middleOf(document.querySelector('#timeline ' + selector).getBoundingClientRect()).x)
          """)
        #expect(abs(off) < 1)
      }
    }

    @Test(arguments: [OpenPage.Screen.phone, .init(width: 900, height: 700), .init()])
    func `a step brings the active state into view, in its frame and in the window`(
      screen: OpenPage.Screen
    ) throws {
      try View.withPage(ProjectCharts.outlines, screen, trace: Self.trace) { page in
        for step in 1...2 {
          try page.press("ArrowRight")
          #expect(try page.value("now") == step)
          #expect(
            try page.value(
              """
              (() => { const e = [...views[0].svg.querySelectorAll('.active')].pop();
                const box = e.querySelector('text').getBoundingClientRect();
                const frame = views[0].picture.getBoundingClientRect();
                return box.top >= Math.max(frame.top, barHeight()) && box.left >= frame.left &&
                  box.bottom <= Math.min(frame.bottom, innerHeight) && box.right <= frame.right;
              })()
              """))
        }
        #expect(try page.value("scrollX") == 0)
        #expect(try page.value("document.querySelectorAll('.map .lit[d^=M]').length") == 1)
      }
    }

    @Test func `round numbers of every unit stand at an axis`() throws {
      try View.withPage([]) { page in
        let text: [String] = try page.value(
          """
          [[900, 5], [65e7, 4], [65e7, 12], [3e9, 5], [1.2e12, 6], [1, 3]].map(([end, most]) => {
            const [unit, name] = unitOf(end);
            return ticks(end / unit, most).join(' ') + ' ' + name; })
          """)
        #expect(
          text == [
            "0 200 400 600 800 ns", "0 200 400 600 ms",
            "0 100 200 300 400 500 600 ms", "0 1 2 3 s", "0 200 400 600 800 1000 1200 s",
            "0 0.5 1 ns",
          ])
      }
    }

    @Test func `it is dark where the reader wants it, shows the focus, and never moves by itself`()
      throws
    {
      var grounds: [String] = []
      for isDark in [false, true] {
        try View.withPage(View.large, .init(isDark: isDark)) { page in
          grounds.append(try page.value("getComputedStyle(document.body).backgroundColor"))
          let map: String = try page.value("getComputedStyle(views[0].map.element).backgroundColor")
          #expect(map == grounds.last)
          try page.run("views[0].section.querySelector('[data-zoom=in]').focus()")
          try page.press("Shift")
          #expect(
            try page.value("getComputedStyle(document.activeElement).outlineStyle") == "solid")
          #expect(try page.value("document.getAnimations().length") == 0)
          let moving: [String] = try page.value(
            """
            [...document.querySelectorAll('*')].filter(e => (s => s.scrollBehavior === 'smooth' ||
              parseFloat(s.transitionDuration) > 0)(getComputedStyle(e))).map(e => e.tagName)
            """)
          #expect(moving == [])
        }
      }
      #expect(Set(grounds).count == 2)
    }

    @Test func `what can be pressed or scrolled has a name`() throws {
      try View.withPage(View.large, trace: Self.trace, report: Self.report) { page in
        let nameless: [String] = try page.value(
          """
          [...document.querySelectorAll('button, select, input, [tabindex], [role=button]')]
            .filter(e => !e.getAttribute('aria-label') && !e.labels?.length &&
              !/[a-z0-9]{2}/i.test(e.textContent)).map(e => e.outerHTML)
          """)
        #expect(nameless == [])
        #expect(
          try page.value("views[0].picture.getAttribute('aria-label')") == "Drawing of Outgoing")
      }
    }
  }
}
