import BatonCore
import BatonDiagrams
import BatonHost
import BatonLab
import Foundation
import Testing

extension ProcessTests {
  /// The page of a real run, in a real browser.
  @Suite(.timeLimit(.minutes(15))) struct PageTests {
    /// A page with a run, and its trace.
    struct Run: Sendable {
      let page: String
      let trace: Data
    }

    /// One run for all tests.
    static let shared = Result {
      let folder = FileManager.default.temporaryDirectory.appending(path: "baton-\(UUID())")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let page = folder.appending(path: "run.html")
      let trace = folder.appending(path: "trace.jsonl")
      let outcome = try Program.run([
        "demo", "--handovers", "1", "--report", page.path, "--trace", trace.path,
      ])
      try #require(outcome.status == 0, "\(outcome.output) \(outcome.errors)")
      return Run(
        page: try String(contentsOf: page, encoding: .utf8), trace: try Data(contentsOf: trace))
    }

    @Test(.enabled(if: Browser.program != nil, "\(Browser.missing)"))
    func `loads without errors, and the last step shows both sides completed`() throws {
      let page = try Self.shared.get().page
      let result = try Browser.run(
        page, link: "#step=last",
        """
        const last = machine => trace.filter(r => r.machine === machine).pop().to;
        return {states: JSON.parse(document.body.dataset.states), count: trace.length,
          step: Number(document.body.dataset.step), source: last('Outgoing A'),
          target: last('Incoming B'),
          active: [...document.querySelectorAll('#chart-Incoming .active, #chart-Outgoing .active')]
            .map(e => e.dataset.state)};
        """)
      #expect(result.errors == [])
      let states = try #require(result.value["states"] as? [String: String])
      #expect(states["Outgoing A"] == "completed" && states["Incoming B"] == "completed")
      #expect(result.value["active"] as? [String] == ["completed", "completed"])
      #expect(result.value["step"] as? Int == (result.value["count"] as? Int).map { $0 - 1 })
    }

    @Test(.enabled(if: Browser.program != nil, "\(Browser.missing)"))
    func `stepping moves the highlight and tells what happened`() throws {
      let page = try Self.shared.get().page
      let result = try Browser.run(
        page,
        """
        const isTaking = r => r.machine === 'Incoming B' && r.to === 'taken' && r.from !== 'taken';
        const at = trace.findIndex(isTaking);
        show(at - 1);
        const all = (selector, of) => [...document.querySelectorAll(selector)].map(of);
        const active = () => all('#chart-Incoming .active', e => e.dataset.state);
        const before = active();
        document.getElementById('next').click();
        const after = active(), text = document.getElementById('step').textContent;
        const taken = document.querySelectorAll('#chart-Incoming .edge.taken').length;
        document.getElementById('back').click();
        return {before, after, text, taken, back: active(), hash: location.hash,
          word: all('#sequence .word + text', e => e.textContent),
          dots: document.querySelectorAll('#timeline .dot').length};
        """)
      #expect(result.errors == [])
      #expect(result.value["before"] as? [String] == ["active", "active.ready"])
      #expect(result.value["after"] as? [String] == ["taken"])
      #expect(result.value["back"] as? [String] == ["active", "active.ready"])
      #expect(result.value["taken"] as? Int == 1)
      let text = try #require(result.value["text"] as? String)
      for word in ["owner at Incoming B", "isTaken ✓", "isCancelled ✗", "ready, active", "apply"] {
        #expect(text.contains(word), "\(text)")
      }
      #expect(result.value["word"] as? [String] == ["held", "offered", "taken", "running"])
      #expect(result.value["dots"] as? Int ?? 0 > 100)
      #expect((result.value["hash"] as? String)?.hasPrefix("#step=") == true)
    }

    @Test(.enabled(if: Browser.program != nil, "\(Browser.missing)"))
    func `searches, follows links, and shows what was never reached`() throws {
      var page = ChartPage(title: "Charts", charts: ProjectCharts.outlines)
      page.coverage = """
        {"charts":[{"chart":"Guest","states":{"running":3},"transitions":{"0":1}}]}
        """
      let result = try Browser.run(
        page.text(), link: "#state=device.switching.saving",
        """
        const linked = [...document.querySelectorAll('.found')].map(e => e.dataset.state);
        search('postmigrate');
        return {linked, found: document.querySelectorAll('.state.found').length,
          missed: [...document.querySelectorAll('#chart-Guest .state.missed')]
            .map(e => e.dataset.state),
          others: document.querySelectorAll('#chart-Tap .missed').length,
          replay: document.getElementById('replay').hidden};
        """)
      #expect(result.errors == [])
      #expect(result.value["linked"] as? [String] == ["device.switching.saving"])
      #expect(result.value["found"] as? Int == 1)
      let missed = try #require(result.value["missed"] as? [String])
      #expect(missed.count == 6 && !missed.contains("running"))
      #expect(result.value["others"] as? Int == 0)
      #expect(result.value["replay"] as? Bool == true)
    }

    @Test func `takes nothing from elsewhere and is readable without scripts`() throws {
      for outline in ProjectCharts.outlines {
        let page = outline.diagram(.html)
        #expect(page.utf8.count < 200_000, "\(outline.name)")
        let outside = ["src=\"", "@import", "url(", "<link rel=\"stylesheet\""]
        #expect(outside.filter(page.contains) == [])
        let names = outline.states.map { ">\($0.name)</text>" }
        #expect(names.filter { !page.contains($0) } == [])
      }
    }

    @Test func `a name that looks like markup stays a name`() {
      var page = ChartPage(title: "</title><script>x</script>", charts: [])
      page.trace = "{\"machine\":\"</script><script>x\",\"event\":\"<!--\"}"
      #expect(!page.text().contains("<script>x"))
      #expect(!page.text().contains("<!--"))
    }

    @Test(.enabled(if: Browser.program != nil, "\(Browser.missing)"))
    func `of a chart with regions all active states are marked, and a history never is`() throws {
      var page = ChartPage(title: "Console", charts: [try Table(Console.self).outline])
      page.trace = try Console.trace([.back, .up, .off, .back])
      // A record for each transition: two go up.
      let result = try Browser.run(
        page.text(),
        """
        const marked = step => { show(step);
          return [...document.querySelectorAll('#chart-Console .active')]
            .map(e => e.querySelector('text').textContent.trim()).sort(); };
        return {count: trace.length, back: marked(0), up: marked(2), off: marked(3),
          again: marked(4), told: document.getElementById('step').textContent};
        """)
      #expect(result.errors == [])
      #expect(result.value["count"] as? Int == 5)
      #expect(result.value["back"] as? [String] == ["dark", "mute", "on", "picture", "sound"])
      #expect(result.value["up"] as? [String] == ["bright", "loud", "on", "picture", "sound"])
      #expect(result.value["off"] as? [String] == ["off"])
      #expect(result.value["again"] as? [String] == ["dark", "loud", "on", "picture", "sound"])
      #expect((result.value["told"] as? String)?.contains("loud, dark") == true)
    }

    // MARK: The same trace elsewhere

    @Test func `a terminal shows the same steps`() throws {
      try withTrace { file in
        let outcome = try Program.run(["replay", file.path, "--machine", "Incoming B"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        for word in ["ready → taken", "isTaken ✓", "left      ready, active", "owner(Optional("] {
          #expect(outcome.output.contains(word), "\(outcome.output)")
        }
        let wrong = try Program.run(["replay", file.path, "--machine", "Nobody"])
        #expect(wrong.status == 64 && wrong.errors.contains("Incoming B"))
        let far = try Program.run(["replay", file.path, "--step", "100000"])
        #expect(far.status == 64 && far.errors.contains("--step 100000 is not possible"))
      }
    }

    @Test func `Perfetto gets a track for each machine and an arrow for the handover`() throws {
      try withTrace { file in
        let outcome = try Program.run(["trace", file.path, "--perfetto", "-"])
        #expect(outcome.status == 0, "\(outcome.errors)")
        let events = try #require(outcome.json()["traceEvents"] as? [[String: Any]])
        let tracks = events.filter { $0["name"] as? String == "thread_name" }
          .compactMap { ($0["args"] as? [String: String])?["name"] }
        #expect(Set(tracks).isSuperset(of: ["Outgoing A", "Incoming B", "Tap A net0", "Guest B"]))
        #expect(events.filter { $0["ph"] as? String == "s" }.count == 1)
        #expect(events.filter { $0["ph"] as? String == "f" }.count == 1)
        let slices = events.filter { $0["ph"] as? String == "X" }
        #expect(slices.allSatisfy { ($0["dur"] as? Double ?? -1) >= 0 })
        #expect(slices.contains { $0["name"] as? String == "completed" })
      }
    }

    @Test func `a file that is no trace says which line is wrong`() throws {
      let file = FileManager.default.temporaryDirectory.appending(path: "baton-\(UUID())")
      try Data("{\"t_ns\":1}\n".utf8).write(to: file)
      defer { try? FileManager.default.removeItem(at: file) }
      let outcome = try Program.run(["replay", file.path])
      #expect(outcome.status == 1 && outcome.errors.contains(":1: is no line of a trace"))
    }

    private func withTrace(_ body: (URL) throws -> Void) throws {
      let file = FileManager.default.temporaryDirectory.appending(path: "baton-\(UUID())")
      try Self.shared.get().trace.write(to: file)
      defer { try? FileManager.default.removeItem(at: file) }
      try body(file)
    }
  }
}
