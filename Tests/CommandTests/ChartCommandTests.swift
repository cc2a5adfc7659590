import ArgumentParser
import BatonCore
import BatonDiagrams
import BatonTesting
import BatonTraces
import Foundation
import Testing

@testable import BatonCommand

/// The commands of a program with charts of its own, run as the program runs them.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ChartCommandTests {
  init() {
    let charts: [any Chart.Type] = [Lamp.self, Wrong.self, Gate.self]
    ChartShelf.fill(charts.map { ChartEntry(of: $0) })
  }

  /// What a command ends with.
  private func status(_ arguments: String...) -> Int32 { status(arguments) }

  private func status(_ arguments: [String]) -> Int32 {
    do {
      var command = try RootCommand.parseAsRoot(arguments)
      try command.run()
      return 0
    } catch {
      return RootCommand.exitCode(for: error).rawValue
    }
  }

  private func inFolder<R>(_ body: (String) throws -> R) throws -> R {
    let folder = FileManager.default.temporaryDirectory.appending(path: "baton-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    return try body(folder.path)
  }

  @Test func `a chart knows what it can be asked`() throws {
    let lamp = ChartEntry(of: Lamp.self)
    #expect(lamp.name == "Lamp" && lamp.tested == nil)
    #expect(lamp.mistakes() == [] && lamp.doubts() == [])
    #expect(lamp.outline().transitions.count == 3)
    let gate = try #require(ChartShelf.entry("Gate"))
    #expect(
      gate.doubts() == [
        "state shut does not mention event close", "state broken has no way out",
      ])
    #expect(try gate.tested?.walk().0.violations.map(\.name) == ["nobody kicks it"])
  }

  @Test func `a transition that leaves all regions is told`() {
    #expect(
      ChartEntry(of: Lights.self).doubts() == [
        "a transition of region left to bright leaves all regions of both; one that is internal "
          + "does not"
      ])
  }

  @Test func `a chart with mistakes is told, and neither drawn nor walked`() throws {
    let wrong = try #require(ChartShelf.entry("Wrong"))
    let mistakes = wrong.mistakes()
    #expect(
      mistakes == [
        "CommandTests/Lamp.swift:33: state there is never declared",
        "CommandTests/Lamp.swift:33: unknown target there of a transition in here",
      ])
    #expect(status("check", "Wrong") == 2)
    for command in ["charts", "explore", "paths", "mutate"] {
      #expect(status(command, "Wrong") == 2, "\(command)")
    }
    // All charts are checked, and the worst of them counts.
    #expect(status("check", "--cases", "5") == 2)
  }

  @Test func `commands end with what they have found`() {
    #expect(status("check", "Lamp") == 0)
    #expect(status("check", "Gate", "--cases", "20") == 1)
    #expect(status("explore", "Lamp") == 0)
    #expect(status("explore", "Gate") == 1)
    #expect(status("explore", "Gate", "--without-code") == 1)
    #expect(status("mutate", "Gate") == 1)
    #expect(status("mutate", "Lamp") == 64)
    #expect(status("paths", "Gate") == 0)
    #expect(status("paths", "Gate", "--limit", "1") == 2)
    #expect(status("paths", "Gate", "--limit", "0") == 64)
    #expect(status("paths", "Nobody") == 64)
    #expect(status("paths", "nobody.mmd") == 2)
  }

  @Test func `a walk without code has a page, a graph and a coverage`() throws {
    try inFolder { folder in
      #expect(status("charts", "Lamp", "--format", "mermaid", "--output", folder) == 0)
      for chart in ["Lamp", "\(folder)/Lamp.mmd"] {
        let files = ["html", "promela", "coverage"].map { ["--\($0)", "\(folder)/\($0)"] }
        #expect(status(["explore", chart] + files.flatMap { $0 }) == 0)
        let texts = try files.map { try String(contentsOfFile: $0[1], encoding: .utf8) }
        #expect(texts[0].contains("chart-Lamp"))
        #expect(texts[1].contains("d_step { s == 0 -> s = "))
        let used = try JSONDecoder().decode(CoverageFile.self, from: Data(texts[2].utf8)).charts
        #expect(used.map(\.chart) == ["Lamp"])
        #expect(used[0].states == ["dark": 2, "lit": 2], "\(used[0])")
        #expect(used[0].transitions == ["0": 1, "1": 1, "2": 1], "\(used[0])")
        #expect(used[0].events == ["dark press": 1, "lit press": 1, "lit after patience": 1])
        let page = ["charts", chart, "--format", "html", "--coverage", "\(folder)/coverage"]
        #expect(status(page) == 0)
      }
    }
  }

  @Test func `a coverage of other names is refused with those that there are`() throws {
    let lamp = Table<Lamp>.trusted().outline
    let names = CoverageNames(drawn: [lamp], others: [Table<Gate>.trusted().outline])
    func mistake(_ charts: String) throws -> String? {
      let text = Data("{\"charts\": [\(charts)]}".utf8)
      return names.mistake(in: try JSONDecoder().decode(CoverageFile.self, from: text).charts)
    }
    let good = #"{"chart": "Lamp", "states": {"lit": 1}, "transitions": {"2": 1}}"#
    #expect(try mistake(good) == nil)
    #expect(try mistake(good + #", {"chart": "Gate", "states": {"open": 1}}"#) == nil)
    #expect(try mistake("") == "says nothing of Lamp: of charts there is none")
    #expect(try mistake(#"{"chart": "Gate"}"#) == "says nothing of Lamp: of charts there is Gate")
    #expect(try mistake(#"{"chart": "Lmap"}"#) == "no chart is named Lmap: there is Lamp")
    #expect(
      try mistake(#"{"chart": "Lamp", "states": {"lit": 1, "nosuch": 3}}"#)
        == "chart Lamp has no state nosuch: there are dark, lit")
    #expect(
      try mistake(#"{"chart": "Lamp", "transitions": {"3": 3}}"#)
        == "chart Lamp has no transition 3: there are 0 to 2")
    try inFolder { folder in
      let file = "\(folder)/c.json"
      try Data(#"{"charts": [{"chart": "Lamp", "states": {"lti": 1}}]}"#.utf8)
        .write(to: URL(filePath: file))
      #expect(status("charts", "Lamp", "--format", "html", "--coverage", file) == 1)
    }
  }

  @Test func `ways are written as text`() throws {
    let list = try ChartPaths(of: Table<Lamp>.trusted().outline, limit: 100)
    #expect(
      PathsText(list).text == """
        Lamp: 2 ways of 6 steps, 3 transitions, 4 pairs; begins in dark
        1. state lit; transition dark press → lit; transition lit press → dark; \
        dark press → lit, then lit press → dark; lit press → dark, then dark press → lit
             press → lit
             press → dark
             press → lit
        2. transition lit after patience → dark; \
        dark press → lit, then lit after patience → dark; \
        lit after patience → dark, then dark press → lit
             press → lit
             after patience → dark
             press → lit

        """)
  }

  @Test func `ways are written as JSON, of charts and of files`() throws {
    try inFolder { folder in
      let file = "\(folder)/ways.json"
      #expect(status("paths", "Gate", "--format", "json", "--output", file) == 0)
      let decoder = JSONDecoder()
      let gate = try decoder.decode(
        ChartPaths.self, from: Data(contentsOf: URL(filePath: file)))
      #expect(try gate == Gate.test.paths())
      #expect(status("charts", "Lamp", "--format", "all", "--output", folder) == 0)
      #expect(
        status("paths", "Lamp", "--without-code", "--format", "json", "--output", file) == 0)
      let lamp = try decoder.decode(
        ChartPaths.self, from: Data(contentsOf: URL(filePath: file)))
      #expect(lamp.unreachable == [] && lamp.paths.flatMap(\.transitions).count == 3)
      for name in ["Lamp.scxml", "Lamp.mmd", "Lamp.puml"] {
        #expect(
          status("paths", "\(folder)/\(name)", "--format", "json", "--output", file) == 0)
        let read = try decoder.decode(
          ChartPaths.self, from: Data(contentsOf: URL(filePath: file)))
        #expect(read == lamp, "\(name)")
      }
      #expect(status("paths", "Lamp", "--output", folder) == 1)
    }
  }

  @Test func `what a chart did is told with its own actions and states`() throws {
    let steps = StepText(ChartShelf.outlines)
    let lines = try TraceLine.all(in: Data(lampTrace.utf8))
    #expect(lines.map(\.machine) == ["Lamp hall", "Lamp hall"])
    #expect(
      steps.text(lines[1], 2, since: lines[0].time, after: lines[0]) == """
        2. +2.5 µs  Lamp hall  press  lit → dark
            left      lit
            entered   dark
            memory    1 → 2
        """)
    #expect(
      steps.head(lines[0], 1, since: lines[1].time) == "1. -2.5 µs  Lamp hall  press  dark → lit")
  }

  @Test func `what regions did is told of each, with all that was active before`() throws {
    let steps = StepText([Table<Lights>.trusted().outline])
    let lines = try TraceLine.all(in: Data(lightsTrace.utf8))
    #expect(lines[1].isOfOneStep(with: lines[2]) && !lines[0].isOfOneStep(with: lines[1]))
    let texts = lines[1...].map { steps.text($0, 2, since: 0, after: lines[0]) }
    #expect(texts[0].contains("    left      dark\n    entered   bright"), "\(texts[0])")
    #expect(texts[1].contains("    left      cold\n    entered   warm"), "\(texts[1])")
    let perfetto = try JSONSerialization.jsonObject(with: PerfettoTrace(lines).data())
    let events = (perfetto as? [String: Any])?["traceEvents"] as? [[String: Any]] ?? []
    let slices = events.filter { $0["ph"] as? String == "X" }.map { $0["name"] as? String }
    #expect(slices == ["dark, cold", "bright, warm"])
  }

  @Test func `traces are replayed, written and watched`() throws {
    try inFolder { folder in
      let (trace, page) = ("\(folder)/t", "\(folder)/t.html")
      try Data(lampTrace.utf8).write(to: URL(filePath: trace))
      #expect(status("replay", trace) == 0)
      #expect(status("replay", trace, "--machine", "Gate") == 64)
      #expect(status("trace", trace) == 64)
      #expect(status("trace", trace, "--page", page, "--perfetto", "\(folder)/t.json") == 0)
      let text = try String(contentsOf: URL(filePath: page), encoding: .utf8)
      for word in ["Lamp", "Gate", "Lamp hall"] { #expect(text.contains(word), "\(word)") }
      // A pipe ends with its other end.
      #expect(mkfifo("\(folder)/f", 0o600) == 0)
      Thread.detachNewThread { try? Data(lampTrace.utf8).write(to: URL(filePath: "\(folder)/f")) }
      #expect(status("watch", "--short", "\(folder)/f") == 0)
      #expect(status("watch", "\(folder)/none") == 1)
      #expect(status("watch", folder) == 1)
      #expect(status("watch", "--short", "--port", "8080", trace) == 64)
      try Data().write(to: URL(filePath: trace))
      #expect(status("replay", trace) == 1)
      try Data("{}\n".utf8).write(to: URL(filePath: trace))
      for command in ["replay", "watch"] { #expect(status(command, trace) == 1, "\(command)") }
    }
  }

  @Test func `a note of what cannot be a chart in Swift is no finding`() throws {
    try inFolder { folder in
      let states = (0..<17).map { number in
        """
        <state id='s\(number)'><transition event='after.\(number)' baton:delay='5 s'
          target='s\((number + 1) % 17)'/></state>
        """
      }
      let text = """
        <scxml xmlns='http://www.w3.org/2005/07/scxml' version='1.0' datamodel='mini'
          xmlns:baton='https://baton.example/chart'>\(states.joined())</scxml>
        """
      let file = "\(folder)/a.scxml"
      try Data(text.utf8).write(to: URL(filePath: file))
      let outline = try ChartFile.read(file).outline
      #expect(outline.swiftExcesses.count == 1)
      #expect(status("check", file) == 0)
    }
  }

  @Test func `two charts of one name trap`() async {
    await #expect(processExitsWith: .failure) {
      ChartShelf.fill([ChartEntry(of: Lamp.self), ChartEntry(of: Lamp.self)])
    }
  }
}

/// What a lamp did, as a trace has it.
private let lampTrace = """
  {"t_ns":7000,"machine":"Lamp hall","event":"press","from":"dark","to":"lit","outcome":"taken",\
  "transition":0,"memory":{"memory":"1"}}
  {"t_ns":9500,"machine":"Lamp hall","event":"press","from":"lit","to":"dark","outcome":"taken",\
  "transition":1,"memory":{"memory":"2"}}

  """

/// What two lights did at once.
private let lightsTrace = """
  {"t_ns":0,"machine":"Lights a","event":"x","from":"both","to":"both","outcome":"ignored",\
  "configuration":["dark","cold"]}
  {"t_ns":5,"machine":"Lights a","event":"heat","from":"dark","to":"bright","outcome":"taken",\
  "transition":1,"configuration":["bright","warm"]}
  {"t_ns":5,"machine":"Lights a","event":"heat","from":"right","to":"warm","outcome":"taken",\
  "transition":2,"configuration":["bright","warm"]}

  """
