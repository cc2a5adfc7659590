import Foundation
import Testing

/// docs/EMBEDDING-C.md, of which each command and each program is run as it is written there;
/// `make deb DEB_ARGS=--test` does the same in a Debian without Swift.
@Suite(.timeLimit(.minutes(15))) struct GuideTests {
  @Test func `the guide for hosts in C does what it says`() throws {
    let run = Process()
    run.executableURL = URL(filePath: "/usr/bin/timeout")
    run.arguments = [
      "--kill-after=10", "570", Page.root.appending(path: "Scripts/guide-c.sh").path,
    ]
    let output = Pipe()
    run.standardOutput = output
    run.standardError = output
    run.standardInput = FileHandle.nullDevice
    try run.run()
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    run.waitUntilExit()
    #expect(run.terminationStatus == 0, "\(said.suffix(4000))")
    #expect(said.contains("guide: all of it does what it says"))
    #expect(!said.contains("warning:"), "\(said.suffix(4000))")
  }

  @Test func `what is installed is there, and has a place each`() throws {
    let run = Process()
    run.executableURL = URL(filePath: "/usr/bin/timeout")
    run.arguments = ["60", Page.root.appending(path: "Scripts/install.sh").path, "list"]
    run.environment = ["PREFIX": "/usr", "PATH": "/usr/bin:/bin"]
    let output = Pipe()
    run.standardOutput = output
    try run.run()
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    run.waitUntilExit()
    let paths = said.split(separator: "\n")
    #expect(run.terminationStatus == 0 && paths.count > 20)
    #expect(Set(paths).count == paths.count && paths.allSatisfy { $0.hasPrefix("/usr/") })
    let headers = try FileManager.default.contentsOfDirectory(
      atPath: Page.root.appending(path: "Sources/CBaton/include/baton").path)
    for header in headers { #expect(paths.contains("/usr/include/baton/\(header)")) }
  }
}
