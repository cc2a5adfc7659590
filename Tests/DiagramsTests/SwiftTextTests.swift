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

  /// Compiles sources in a folder of their own; `body` is given it, and what the compiler said.
  private func compile(
    _ sources: [(name: String, text: String)],
    _ arguments: (_ modules: URL, _ folder: URL) throws -> [String],
    _ body: (_ folder: URL, _ status: Int32, _ errors: String) throws -> Void
  ) throws {
    let folder = FileManager.default.temporaryDirectory.appending(path: "baton-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    for (name, text) in sources {
      try Data(text.utf8).write(to: folder.appending(path: name))
    }
    let modules = try #require(Self.modules)
    let build = modules.deletingLastPathComponent().path
    let result = try #require(Tool.swiftc).run(
      try arguments(modules, folder) + [
        "-swift-version", "6", "-I", modules.path, "-I", "\(Self.root)/Sources/CLinux/include",
        "-I", "\(Self.root)/Sources/CLibevent",
        "-Xcc", "-fmodule-map-file=\(build)/BatonCLinux.build/module.modulemap",
      ] + sources.map { folder.appending(path: $0.name).path }, input: "")
    try body(folder, result.status, result.errors)
  }

  /// The object files of rooms, as the build has left them.
  private func objects(_ rooms: [String], _ modules: URL) throws -> [String] {
    try rooms.flatMap { room in
      let folder = modules.deletingLastPathComponent().appending(path: "\(room).build")
      return try FileManager.default.contentsOfDirectory(atPath: folder.path)
        .filter { $0.hasSuffix(".o") }.map { folder.appending(path: $0).path }
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
    try compile(sources, { _, _ in ["-typecheck", "-parse-as-library"] }) { _, status, errors in
      #expect(status == 0, "\(errors.prefix(4000))")
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
    try compile(sources + [("main.swift", main)]) { modules, folder in
      try objects(["BatonCore", "BatonDiagrams", "BatonCLinux"], modules)
        + ["-levent_core", "-o", folder.appending(path: "program").path]
    } _: { folder, status, errors in
      try #require(status == 0, "\(errors.prefix(4000))")
      let program = Tool(file: folder.appending(path: "program"))
      let drawn = try program.run([], input: "").errors.components(separatedBy: "\u{1}")
      #expect(drawn.count == outlines.count)
      for (drawing, outline) in zip(drawn, outlines) {
        #expect(drawing == outline.diagram(.mermaid))
      }
    }
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
