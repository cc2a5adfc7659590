import BatonCore
import BatonDiagrams
import BatonHost
import BatonSCXML
import Foundation
import Testing

/// Every chart of the project as a document that we and others read.
@Suite(.timeLimit(.minutes(10))) struct ExportTests {
  private func document(_ outline: Outline) -> Data { Data(outline.diagram(.scxml).utf8) }

  @Test(arguments: ProjectCharts.outlines)
  func `a chart is read back to the same definition`(outline: Outline) throws {
    let read = try Outline(scxml: document(outline), file: outline.name)
    #expect(read.states == outline.states)
    #expect(read.transitions == outline.transitions)
    #expect(read == outline)
  }

  /// Regions, history, several targets, deferral: what no chart of the project has.
  @Test func `a chart with regions is read back to the same definition`() throws {
    let outline = try Table(Recorder.self).outline
    #expect(outline.states.contains { $0.kind == .parallel })
    #expect(try Outline(scxml: document(outline), file: "Recorder") == outline)
  }

  /// Combined guards: as what they are, and as conditions that any engine evaluates.
  @Test(arguments: [
    ("isA && !isB", "(isA == 1) && !(isB == 1)"), ("isA || isB && isC", nil),
    ("!(isA || isB)", "!((isA == 1) || (isB == 1))"), ("isA && In('next')", nil),
  ])
  func `combined guards are read back and can be evaluated`(text: String, cond: String?) throws {
    var outline = Outline(name: "Combined", initial: 0, states: [], transitions: [])
    for name in ["first", "next"] {
      outline.states.append(Outline.State(name: name, parent: nil, kind: .atomic))
    }
    outline.transitions = [
      Outline.Transition(source: 0, trigger: .event("go"), guard: text, targets: [1]),
      Outline.Transition(
        source: 0, trigger: .event("go"), guard: "isD", isNegated: true, targets: [1]),
    ]
    #expect(try Outline(scxml: document(outline), file: "Combined") == outline)
    if let cond {
      let written = String(decoding: document(outline), as: UTF8.self)
      #expect(written.contains("cond=\"\(cond.replacing("&", with: "&amp;"))\""), "\(written)")
    }
    let processor = Processor()
    let session = processor.start(try Document(document(outline), file: "Combined"))
    // All variables are 1, and no other state is active.
    session.send(Event("go"))
    try processor.run(until: session, limit: 0)
    #expect(session.configuration == [text == "isA || isB && isC" ? "next" : "first"])
  }

  /// The delay has a variable of its own: a guard that holds is no time.
  @Test(arguments: ["patience", "no patience", "patience_delay"])
  func `a guard and a delay of one name are two variables`(name: String) throws {
    var outline = Outline(name: "Twins", initial: 0, states: [], transitions: [])
    for name in ["first", "next", "last"] {
      outline.states.append(Outline.State(name: name, parent: nil, kind: .atomic))
    }
    outline.transitions = [
      Outline.Transition(source: 0, trigger: .event("go"), guard: name, targets: [1]),
      Outline.Transition(source: 1, trigger: .delay(name), targets: [2]),
      Outline.Transition(source: 2, trigger: .event("go"), guard: "patience_delay", targets: [0]),
    ]
    #expect(try Outline(scxml: document(outline), file: "Twins") == outline)
    let written = outline.diagram(.scxml)
    #expect(written == outline.diagram(.scxml))
    #expect(
      written.split(separator: "\n").count { $0.contains("<data ") }
        == (name == "patience_delay" ? 2 : 3))
    let processor = Processor()
    let session = processor.start(try Document(document(outline), file: "Twins"))
    session.send(Event("go"))
    try processor.run(until: session, limit: 0)
    #expect(session.configuration == ["next"])
    try processor.run(until: session, limit: 1_000_000_000)
    #expect(session.configuration == ["last"], "\(written)")
  }

  @Test(arguments: ProjectCharts.outlines)
  func `a chart runs as a document`(outline: Outline) throws {
    let processor = Processor()
    let session = processor.start(try Document(document(outline), file: outline.name))
    try processor.run(until: session, limit: 0)
    #expect(session.configuration.contains(outline.states[outline.initial].name))
  }

  @Test(arguments: ProjectCharts.outlines)
  func `a delay that several transitions wait for runs once`(outline: Outline) {
    let sends = outline.diagram(.scxml).split(separator: "\n").filter { $0.contains("<send ") }
    #expect(Set(sends).count == sends.count)
  }

  @Test func `a delay is cancelled when its state is left`() throws {
    let outline = try Table(Recorder.self).outline
    let processor = Processor()
    let session = processor.start(try Document(document(outline), file: "Recorder"))
    for name in ["start", "stop"] { session.send(Event(name)) }
    try processor.run(until: session, limit: 10_000_000_000)
    #expect(session.configuration == ["off"])
    session.send(Event("start"))
    try processor.run(until: session, limit: 20_000_000_000)
    #expect(session.configuration.contains("dark"))
  }

  @Test(
    .enabled(if: Peer.python != nil, "python-statemachine is not there: run Scripts/peers.sh"),
    arguments: ProjectCharts.outlines)
  func `python-statemachine reads it`(outline: Outline) throws {
    let python = try #require(Peer.python)
    let output = try Peer.run(python, Peer.script, document(outline))
    let lines = output.split(separator: "\n").map(String.init)
    #expect(Set(lines.dropFirst()) == Set(outline.states.map(\.name)))
    #expect(lines.first == active(outline.initial, outline).joined(separator: " "))
  }

  /// What is entered with a state, in document order.
  private func active(_ state: Int, _ outline: Outline) -> [String] {
    let it = outline.states[state]
    let regions = outline.states.indices.filter { outline.states[$0].parent == state }
    let children = it.kind == .parallel ? regions : it.initial.map { [$0] } ?? []
    return [it.name] + children.flatMap { active($0, outline) }
  }
}

/// Another engine that reads SCXML.
enum Peer {
  static let python: String? = {
    let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent().appending(path: ".build/peers/bin/python").path
    return FileManager.default.isExecutableFile(atPath: file) ? file : nil
  }()

  /// Prints the active state and then all states.
  ///
  /// The engine waits for the delays of the initial state before it answers, and prints what the
  /// document logs: so the whole document is read, and it is started without its delays. `prepare`
  /// is a word of its own for machines, which no event may be called.
  static let script = """
    import contextlib, io, re, sys
    from statemachine.io.scxml.processor import SCXMLProcessor
    text = re.sub(r'(event="[^"]*)\\bprepare\\b', r'\\1prepare_', sys.stdin.read())
    SCXMLProcessor().parse_scxml("whole", text)
    processor = SCXMLProcessor()
    processor.parse_scxml("chart", re.sub("<send [^>]*delayexpr=[^>]*/>", "", text))
    with contextlib.redirect_stdout(io.StringIO()):
        machine = processor.start()
    print(" ".join(machine.configuration_values))
    print("\\n".join(machine.states_map))
    """

  static func run(_ program: String, _ script: String, _ input: Data) throws -> String {
    let process = Process()
    let (stdin, stdout) = (Pipe(), Pipe())
    process.executableURL = URL(filePath: "/usr/bin/timeout")
    process.arguments = ["--signal=KILL", "120", program, "-c", script]
    process.standardInput = stdin
    process.standardOutput = stdout
    try process.run()
    try stdin.fileHandleForWriting.write(contentsOf: input)
    try stdin.fileHandleForWriting.close()
    let data = try stdout.fileHandleForReading.readToEnd() ?? Data()
    process.waitUntilExit()
    return String(decoding: data, as: UTF8.self)
  }
}
