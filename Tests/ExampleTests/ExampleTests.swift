import Foundation
import Testing

/// The packages below Examples/, and one outside of the tree: built as a stranger builds them, and
/// run. `Scripts/examples.sh` does it and says what is wrong; it can be called by hand as well.
///
/// They are built one after the other, and as long as nothing has changed in a second or two.
@Suite(.serialized, .timeLimit(.minutes(10))) struct ExampleTests {
  /// What a run has to say, beside ending well.
  static let names = [
    "handover", "device", "chart", "tasks", "properties", "commands", "outside", "c-host",
    "cpp-host", "rust-host", "python", "guide", "hosts", "core",
  ]
  /// Those in which datagrams go to a guest.
  private static let withTap = [
    "handover", "c-host", "cpp-host", "rust-host", "guide", "hosts", "core",
  ]
  /// Names that are no folders.
  private static let loose: Set = ["outside", "hosts", "guide", "core"]

  @Test(arguments: names)
  func `an example builds without a warning and does what it says`(name: String) throws {
    if Self.withTap.contains(name), !Self.hasTools {
      try Test.cancel("ip is missing (Debian: iproute2)")
    }
    if name == "python", !FileManager.default.isExecutableFile(atPath: "/usr/bin/python3") {
      try Test.cancel("python3 is missing (Debian: python3)")
    }
    let run = Process()
    run.executableURL = URL(filePath: "/usr/bin/timeout")
    run.arguments = [
      "--kill-after=10", "570",
      Page.root.appending(path: "Scripts/examples.sh").path, name,
    ]
    let output = Pipe()
    run.standardOutput = output
    run.standardError = output
    run.standardInput = FileHandle.nullDevice
    try run.run()
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    run.waitUntilExit()
    if let left = said.firstMatch(of: /left out: (.*)/) { try Test.cancel("\(left.1)") }
    #expect(run.terminationStatus == 0, "Scripts/examples.sh \(name) says:\n\(said.suffix(4000))")
    #expect(said.contains("examples: \(name): "))
    #expect(!said.contains("warning:"), "\(said.suffix(4000))")
  }

  private static let hasTools = ["/usr/sbin/ip", "/sbin/ip", "/usr/bin/ip", "/bin/ip"]
    .contains { FileManager.default.isExecutableFile(atPath: $0) }

  @Test func `every folder of Examples is one that is built here`() throws {
    let folders = try FileManager.default
      .contentsOfDirectory(atPath: Page.root.appending(path: "Examples").path)
      .filter { !$0.hasPrefix(".") && !$0.hasSuffix(".md") }
    #expect(Set(folders) == Set(Self.names).subtracting(Self.loose))
  }

  @Test(arguments: ["source/Source", "target/Target"])
  func `a side of a handover is embedded in 60 lines`(side: String) throws {
    let page = try Page(path: "Examples/handover/Sources/\(side).swift")
    #expect(page.lines.count - 1 <= 60)
  }

  @Test func `examples use nothing but what is public, and say at the top what they show`() {
    let sources = Page.sources(below: "Examples")
    #expect(sources.count >= 10)
    for (path, text) in sources {
      #expect(!text.contains("@testable") && !text.contains("package import"), "\(path)")
    }
    for name in ["handover", "device", "chart", "tasks", "properties", "commands"] {
      let heads = sources.filter { $0.path.hasPrefix(name) && $0.text.hasPrefix("// ") }
      #expect(heads.contains { !$0.path.hasSuffix("Package.swift") }, "\(name)")
    }
    let others = [
      "c-host/host.c", "c-host/port.c", "rust-host/host/src/port.rs", "cpp-host/host.cpp",
      "cpp-host/baton.hpp", "rust-host/host/src/main.rs",
      "rust-host/baton/src/lib.rs", "python/watch.py",
    ]
    for path in others {
      let text = (try? Page(path: "Examples/\(path)"))?.lines.prefix(2).joined() ?? ""
      #expect(text.contains("What it shows: "), "\(path)")
    }
  }
}
