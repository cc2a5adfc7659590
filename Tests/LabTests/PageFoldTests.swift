import BatonCore
import BatonDiagrams
import BatonHost
import BatonLab
import Testing

extension ProcessTests {
  /// Replay, coverage, small screens and sizes of pages with folded states.
  @Suite(
    .enabled(if: Browser.program != nil, "\(Browser.missing)"), .timeLimit(.minutes(15)))
  struct PageFoldTests {
    typealias View = PageViewTests
    typealias Opening = PageOpenTests

    /// Paths of what is marked in the frame.
    private static func marked(_ kind: String, _ page: OpenPage) throws -> [String] {
      try page.value(
        "[...document.querySelectorAll('.picture .\(kind)')].map(e => e.dataset.state ||"
          + " e.dataset.from + ' ' + e.dataset.to)")
    }

    /// A source of a handover, whose compound states are folded.
    static func folded(_ trace: String = "", coverage: String? = nil) -> ChartPage {
      var page = ChartPage(title: "Charts", charts: View.large)
      page.depth = 1
      page.trace = trace
      page.coverage = coverage
      return page
    }

    static let trace = [
      ("idle", "preparing"), ("preparing", "connecting"), ("connecting", "failed"),
    ]
    .enumerated().map { number, move in
      let index = View.large[0].transitions.firstIndex { it in
        View.large[0].states[it.source].name == move.0
          && it.targets.contains {
            View.large[0].states[$0].name == (number == 0 ? "setup" : move.1)
          }
      }
      return "{\"t_ns\":\(number + 1)000,\"machine\":\"Outgoing A\",\"event\":\"x\","
        + "\"outcome\":\"taken\",\"from\":\"\(move.0)\",\"to\":\"\(move.1)\","
        + "\"transition\":\(index ?? -1)}"
    }.joined(separator: "\n")

    @Test func `a step marks the folded state around what is active, and opens nothing`() throws {
      let page = try OpenPage(Self.folded(Self.trace).text())
      defer { page.close() }
      #expect(try Self.marked("active", page) == ["setup"])
      #expect(try Self.marked("taken", page) == ["idle setup"])
      try page.press("ArrowRight")
      #expect(try Self.marked("active", page) == ["setup"])
      #expect(try Self.marked("taken", page) == [])
      try page.run("openState(views[0], 'setup')")
      #expect(try Self.marked("active", page) == ["setup", "setup.connecting"])
      #expect(try Self.marked("taken", page) == ["setup.preparing setup.connecting"])
      try page.press("ArrowRight")
      #expect(try page.value("views[0].sheet.path") == "setup")
      #expect(try Self.marked("active", page) == ["failed"])
      #expect(try Self.marked("taken", page) == ["setup.connecting failed"])
      try page.run("closeState(views[0])")
      #expect(try Self.marked("taken", page) == ["setup failed"])
      #expect(try Self.marked("active", page) == ["failed"])
      try page.run("openState(views[0], 'setup')")
      try page.press("ArrowLeft", withShift: false)
      try page.press("ArrowLeft")
      #expect(try Self.marked("active", page) == ["setup", "setup.preparing"])
      #expect(page.errors == [])
    }

    @Test func `coverage is laid over what is opened as well`() throws {
      let coverage =
        "{\"charts\":[{\"chart\":\"Outgoing\",\"states\":{\"setup\":1,\"idle\":1,"
        + "\"preparing\":1},\"transitions\":{}}]}"
      let page = try OpenPage(Self.folded(coverage: coverage).text())
      defer { page.close() }
      let first = try Self.marked("state.missed", page)
      #expect(first.contains("device") && !first.contains("setup") && !first.contains("idle"))
      try page.run("openState(views[0], 'setup')")
      let inside = try Self.marked("state.missed", page)
      #expect(inside.contains("setup.connecting") && !inside.contains("setup.preparing"))
      #expect(try Self.marked("edge.missed", page).contains("setup.preparing setup.connecting"))
      #expect(page.errors == [])
    }

    @Test func `zoom, pan and the map are those of what is open`() throws {
      try View.withPage([Opening.large], .init(width: 700, height: 600)) { page in
        let first: Double = try page.value("views[0].height")
        try page.run("openState(views[0], 'g0.g0_0.g0_0_0')")
        #expect(try page.value("views[0].height") != first)
        #expect(try View.look(page).hasMap)
        let boxes: Int = try page.value(
          "views[0].map.states.getAttribute('d').split('z').length - 1")
        #expect(try page.value("views[0].svg.querySelectorAll('.state').length") == boxes)
        #expect(try page.value("document.querySelectorAll('.map').length") == 1)
        try page.press("ArrowDown")
        #expect(try View.look(page).top == 60)
        try page.press("+")
        #expect(try View.look(page).scale == 1.25)
        try page.press("f")
        let whole: Bool = try page.value(
          "views[0].svg.getBoundingClientRect().height <= views[0].picture.clientHeight + 1")
        #expect(whole)
      }
    }

    static let screens: [OpenPage.Screen] = [
      .phone, .init(width: 360, height: 640, isTouched: true, isDark: true),
      .init(width: 640, height: 360),
    ]

    @Test(arguments: screens)
    func `on a small screen the way back can be reached, and fingers open`(
      screen: OpenPage.Screen
    ) throws {
      try View.withPage([Opening.large], screen) { page in
        try page.run("centre(document.querySelector('.picture .folded'))")
        try page.draw()
        let place = try View.middle(".picture .folded .title", of: page)
        if screen.isTouched { try page.touch([[place]]) } else { try page.click(place) }
        #expect(try page.value("views[0].sheet.path") == "g0.g0_0")
        #expect(try page.value("document.documentElement.scrollWidth") <= screen.width)
        let trail: [Double] = try page.value(
          "[...document.querySelectorAll('.trail button')].flatMap(e => "
            + "(b => [b.left, innerWidth - b.right, b.top])(e.getBoundingClientRect()))")
        #expect(trail.count == 6 && trail.allSatisfy { $0 >= 0 })
        let height: Double = try page.value("document.querySelector('.trail button').offsetHeight")
        #expect(height >= (screen.isTouched ? 40 : 16))
      }
    }

    @Test func `a page of a thousand states is made, opened and searched in little time`() throws {
      let clock = ContinuousClock()
      var text = ""
      #expect(Opening.large.states.count == 1_000)
      let making = clock.measure {
        text = ChartPage(title: "Large", charts: [Opening.large]).text()
      }
      var whole = ChartPage(title: "Large", charts: [Opening.large])
      whole.depth = .max
      let ratio = Double(text.utf8.count) / Double(whole.text().utf8.count)
      #expect(making < .seconds(60) && text.utf8.count < 2_500_000 && ratio < 1.5)
      // Twice the leaves are no more than twice the page.
      let double = ChartPage(title: "Large", charts: [Opening.nested(28)]).text()
      #expect(double.utf8.count < 2 * text.utf8.count)
      let page = try OpenPage(text)
      defer { page.close() }
      let times: [Double] = try page.value(
        """
        (async () => { const times = [performance.now()];
          for (const act of [() => openState(views[0], 'g1.g1_1'), () => search('l3_3_3_3'),
            () => closeState(views[0])]) {
            const start = performance.now();
            act();
            await new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)));
            times.push(performance.now() - start);
          }
          return times; })()
        """)
      #expect(times.allSatisfy { $0 < 5_000 }, "\(times)")
    }
  }
}
