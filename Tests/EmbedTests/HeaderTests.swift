import BatonCore
import Foundation
import Testing

/// The header as compilers of hosts see it.
@Suite(.timeLimit(.minutes(15))) struct HeaderTests {
  static let root = URL(filePath: #filePath)
    .deletingLastPathComponent().deletingLastPathComponent().deletingLastPathComponent()
  static let strict = ["-Wall", "-Wextra", "-Wpedantic", "-Wshadow", "-Werror", "-fsyntax-only"]

  @Test(arguments: [
    ["/usr/bin/gcc", "-x", "c", "-std=c11"],
    ["/usr/bin/g++", "-x", "c++", "-std=c++17", "-Wold-style-cast"],
  ])
  func `a compiler takes the header alone, without a word`(compiler: [String]) throws {
    guard FileManager.default.isExecutableFile(atPath: compiler[0]) else {
      try Test.cancel("\(compiler[0]) is missing")
    }
    let header = Self.root.appending(path: "Sources/CBaton/include/baton.h").path
    #expect(try Self.run(compiler + Self.strict + [header]) == "")
    let use = FileManager.default.temporaryDirectory.appending(path: "baton-\(UUID()).c")
    try "void begin(baton_refusal *why); void begin(baton_refusal *why) { BATON_INIT(*why); }\n"
      .write(to: use, atomically: true, encoding: .utf8)
    defer { try? FileManager.default.removeItem(at: use) }
    #expect(try Self.run(compiler + Self.strict + ["-include", header, use.path]) == "")
  }

  @Test func `what may not move is asserted where C compiles it`() throws {
    let text = try String(
      contentsOf: Self.root.appending(path: "Sources/CBaton/baton.c"), encoding: .utf8)
    #expect(text.contains("_Static_assert(sizeof(baton_value)"))
  }

  @Test func `the header knows every cause by its number, and no other`() throws {
    let text = try String(
      contentsOf: Self.root.appending(path: "Sources/CBaton/include/baton/base.h"), encoding: .utf8)
    let given = text.matches(of: /BATON_CAUSE_([A-Z_]+) = (\d+)/).map {
      "\($0.2) \($0.1.lowercased().replacing("_", with: ""))"
    }
    let known = (0...255).compactMap { Refusal.Cause(rawValue: $0) }.map {
      "\($0.rawValue) \("\($0)".lowercased())"
    }
    #expect(given == known && known.count > 30)
  }

  @Test func `each part of the header can be included by itself, and twice`() throws {
    let folder = Self.root.appending(path: "Sources/CBaton/include/baton")
    let parts = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    #expect(parts.count == 9)
    for part in parts {
      let path = folder.appending(path: part).path
      let said = try Self.run(
        ["/usr/bin/gcc", "-x", "c", "-std=c11"] + Self.strict + ["-include", path, path])
      // A header that is compiled as the main file has a guard that is no use.
      #expect(said == "", "\(part)")
    }
  }

  /// Runs a program, and answers what it says.
  static func run(_ words: [String]) throws -> String {
    let process = Process()
    process.executableURL = URL(filePath: "/usr/bin/timeout")
    process.arguments = ["60"] + words
    let output = Pipe()
    process.standardOutput = output
    process.standardError = output
    process.standardInput = FileHandle.nullDevice
    try process.run()
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    process.waitUntilExit()
    return process.terminationStatus == 0 ? said : "status \(process.terminationStatus): \(said)"
  }
}
