import BatonCore
import BatonDiagrams
import BatonHost
import Foundation
import Testing

/// Drawings as code: what is written compiles, and what is compiled is drawn as the drawing was.
@Suite(.timeLimit(.minutes(10))) struct SwiftTextTests {
  /// Where the modules of this build lie.
  private static let modules: URL? = {
    let root = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .deletingLastPathComponent()
    let modules = root.appending(path: ".build/debug/Modules")
    let isThere = FileManager.default.fileExists(
      atPath: modules.appending(path: "BatonCore.swiftmodule").path)
    return isThere ? modules : nil
  }()

  @Test func `what no chart in Swift can have is told, and stands in the source`() {
    var outline = Outline(name: "Long", initial: 0, states: [], transitions: [])
    for number in 0..<17 {
      outline.states.append(Outline.State(name: "s\(number)", parent: nil, kind: .atomic))
      outline.transitions.append(
        Outline.Transition(
          source: number, trigger: number < 16 ? .delay("patience") : .event("go"),
          targets: [(number + 1) % 17]))
    }
    #expect(outline.swiftExcesses == [])
    outline.transitions[16].trigger = .delay("patience")
    outline.transitions[16].guard = (0..<65).map { "g\($0)" }.joined(separator: " && ")
    outline.states[0].entry = Array(repeating: "a", count: 256)
    let told = [
      "a chart in Swift has at most 64 guards, and this one has 65",
      "a chart in Swift has at most 64 guards in one condition, each as often as it stands there, "
        + "and this one has 65",
      "a chart in Swift has at most 16 transitions that wait for a delay, and this one has 17",
      "a chart in Swift has at most 255 actions in one list, and this one has 256",
    ]
    #expect(outline.swiftExcesses == told)
    for line in told { #expect(outline.diagram(.swift).contains("/// Not possible: \(line).\n")) }
  }

  /// Calls `body` with a folder that is removed behind it.
  private func withFolder(_ body: (URL) throws -> Void) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "baton-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    try body(folder)
  }

  /// Compiles sources, which are written into a folder.
  ///
  /// - Returns: The compiler's exit status, and what it said.
  private func compile(
    _ sources: [(name: String, text: String)], in folder: URL, _ arguments: [String]
  ) throws -> (status: Int32, errors: String) {
    for (name, text) in sources {
      try Data(text.utf8).write(to: folder.appending(path: name))
    }
    let modules = try #require(Self.modules)
    let build = modules.deletingLastPathComponent().path
    return try #require(Tool.swiftc).run(
      arguments + [
        "-swift-version", "6", "-I", modules.path, "-I", "\(Self.root)/Sources/CLinux/include",
        "-I", "\(Self.root)/Sources/CLibevent",
        "-Xcc", "-fmodule-map-file=\(build)/BatonCLinux.build/module.modulemap",
      ] + sources.map { folder.appending(path: $0.name).path }, input: "")
  }

  /// The object files of rooms, as the build has left them; one of a file that is gone may be left.
  private func objects(_ rooms: [String]) throws -> [String] {
    let build = try #require(Self.modules).deletingLastPathComponent()
    return try rooms.flatMap { room in
      let sources = FileManager.default
        .enumerator(atPath: "\(Self.root)/Sources/\(room.trimmingPrefix("Baton"))")
      var names = Set((sources?.compactMap { $0 as? NSString } ?? []).map(\.lastPathComponent))
      // What the build writes for resources.
      names.insert("embedded_resources.swift")
      let folder = build.appending(path: "\(room).build")
      return try FileManager.default.contentsOfDirectory(atPath: folder.path)
        .filter { $0.hasSuffix(".o") && names.contains(String($0.dropLast(2))) }
        .map { folder.appending(path: $0).path }
    }
  }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  @Test(.enabled(if: Tool.swiftc != nil && modules != nil, "there are no modules of this build"))
  func `what is written compiles`() throws {
    var outlines = Sample.all
    for index in outlines.indices { outlines[index].name += " \(index)" }
    // A drawing that is read, and not only what our own charts have.
    outlines.append(ChartReading(mermaid: Sample.regions.diagram(.mermaid)).outline)
    let sources = outlines.enumerated().map { ("Chart\($0).swift", $1.diagram(.swift)) }
    try withFolder { folder in
      let result = try compile(sources, in: folder, ["-typecheck", "-parse-as-library"])
      #expect(result.status == 0, "\(result.errors.prefix(4000))")
    }
  }

  @Test(.enabled(if: Tool.swiftc != nil && modules != nil, "there are no modules of this build"))
  func `what is compiled is drawn as the drawing was`() throws {
    var outlines = ProjectCharts.outlines + [Sample.small, Sample.combined]
    // A definition has the transitions of a state together.
    for place in outlines.indices {
      let all = outlines[place].transitions
      outlines[place].transitions = outlines[place].states.indices.flatMap { state in
        all.filter { $0.source == state }
      }
    }
    let texts = outlines.map { $0.diagram(.swift) }
    let types = try texts.map { try #require($0.firstMatch(of: /enum (\w+): Chart/)).1 }
    let tables = types.map { "try Table(\($0).self).outline.diagram(.mermaid)" }
    let main = """
      import BatonCore
      import BatonDiagrams
      import Glibc
      let all = [\(tables.joined(separator: ", "))].joined(separator: "\\u{1}")
      _ = all.withCString { write(2, $0, strlen($0)) }
      """
    let sources = texts.enumerated().map { (name: "Chart\($0).swift", text: $1) }
    let rooms = try objects(["BatonCore", "BatonDiagrams", "BatonCLinux"])
    try withFolder { folder in
      let program = folder.appending(path: "program")
      let result = try compile(
        sources + [("main.swift", main)], in: folder,
        rooms + ["-levent_core", "-o", program.path])
      try #require(result.status == 0, "\(result.errors.prefix(4000))")
      let drawn = try Tool(file: program).run([], input: "").errors
        .components(separatedBy: "\u{1}")
      #expect(drawn.count == outlines.count)
      for (drawing, outline) in zip(drawn, outlines) {
        #expect(drawing == outline.diagram(.mermaid))
      }
    }
  }

  @Test(arguments: [
    ("Chart", "MainChart"), ("", "MainChart"), ("pie chart", "PieChart"), ("state", "StateChart"),
  ])
  func `no chart has the protocol's name`(name: String, type: String) {
    var outline = Sample.small
    outline.name = name
    #expect(outline.diagram(.swift).contains("enum \(type): Chart {"))
  }

  @Test func `a door is written as a chart`() {
    let text = Sample.small.diagram(.swift)
    for line in [
      "enum DoorChart: Chart {", "    chart(initial: .closed) {",
      "      state(.closed, entry: .dimLamp) {",
      "        on(.push, unless: .isLocked, to: .open)", "        on(.knock, do: .answer, .count)",
      "        always(if: .isBroken, to: .end)",
      "      state(.open, initial: .ajar, exit: .ring) {",
      "        done(to: .closed)", "        on(.kick, to: .wide, internal: true)",
      "          ignore(.knock)", "          after(.settleTime, to: .ajar)", "        final(.shut)",
    ] { #expect(text.split(separator: "\n").contains(line[...]), "\(line)") }
  }

  @Test func `combined guards are written as they are`() {
    let text = Sample.combined.diagram(.swift)
    for line in [
      "        on(.go, if: .isA && !.isB || .isC, do: .step, to: .far)",
      "        on(.go, if: !(.isA || .isB) && .isC, to: .away)",
      "        onAny(if: .isA && .isB && !(.isC && .isA))",
      "        on(.back, unless: .isA, to: .near)",
    ] { #expect(text.split(separator: "\n").contains(line[...]), "\(line)") }
    #expect(text.components(separatedBy: "    case is").count == 4)
  }

  @Test func `regions and history are written as they are`() {
    let text = Sample.regions.diagram(.swift)
    for line in [
      "      parallel(.on, entry: .power, exit: .unpower) {",
      "          deepHistory(.wasShown, to: .clock)",
      "          history(.wasLast, do: .rewind, to: .stopped)",
      "        on(.start, do: .greet, to: [.playing, .counter])",
    ] { #expect(text.split(separator: "\n").contains(line[...]), "\(line)") }
  }
}
