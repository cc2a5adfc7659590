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

  private func check(_ sources: [String]) throws -> (status: Int32, errors: String) {
    let folder = FileManager.default.temporaryDirectory.appending(path: "baton-\(UUID())")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: folder) }
    let files = try sources.enumerated().map { number, source in
      let file = folder.appending(path: "Chart\(number).swift")
      try Data(source.utf8).write(to: file)
      return file.path
    }
    let modules = try #require(Self.modules)
    let root = modules.deletingLastPathComponent()
    let tool = try #require(Tool.swiftc)
    return try tool.run(
      [
        "-typecheck", "-parse-as-library", "-swift-version", "6", "-I", modules.path,
        "-I", "\(Self.root)/Sources/CLinux/include", "-I", "\(Self.root)/Sources/CLibevent",
        "-Xcc", "-fmodule-map-file=\(root.path)/BatonCLinux.build/module.modulemap",
      ] + files, input: "")
  }

  private static let root = URL(filePath: #filePath).deletingLastPathComponent()
    .deletingLastPathComponent().deletingLastPathComponent().path

  @Test(.enabled(if: Tool.swiftc != nil && modules != nil, "there are no modules of this build"))
  func `what is written compiles`() throws {
    var outlines = ProjectCharts.outlines + Sample.all
    for index in outlines.indices { outlines[index].name += " \(index)" }
    // A drawing that is read, and not only what our own charts have.
    outlines.append(ChartReading(mermaid: Sample.regions.diagram(.mermaid)).outline)
    let result = try check(outlines.map { $0.diagram(.swift) })
    #expect(result.status == 0, "\(result.errors.prefix(4000))")
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
