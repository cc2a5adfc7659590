import Foundation
import Testing

/// What `make install` installs; that it can be used shows `make deb DEB_ARGS=--test`.
@Suite(.timeLimit(.minutes(15))) struct InstallTests {
  @Test func `what is installed is there, and has a place each`() throws {
    let paths = try list()
    #expect(paths.count > 20)
    #expect(Set(paths).count == paths.count && paths.allSatisfy { $0.hasPrefix("/usr/") })
    let headers = try FileManager.default.contentsOfDirectory(
      atPath: Page.root.appending(path: "Sources/CBaton/include/baton").path)
    for header in headers { #expect(paths.contains("/usr/include/baton/\(header)")) }
  }

  @Test func `the small library comes and goes without touching the rest`() throws {
    let (all, core) = try (list(), list(["CORE": "1"]))
    #expect(Set(core).isDisjoint(with: all))
    #expect(core.contains("/usr/lib/pkgconfig/baton-core.pc"))
    #expect(core.contains("/usr/include/baton-core/baton.h"))
  }

  private func list(_ variables: [String: String] = [:]) throws -> [String] {
    let run = Process()
    run.executableURL = URL(filePath: "/usr/bin/timeout")
    run.arguments = ["60", Page.root.appending(path: "Scripts/install.sh").path, "list"]
    run.environment = variables.merging(["PREFIX": "/usr", "PATH": "/usr/bin:/bin"]) { $1 }
    let output = Pipe()
    run.standardOutput = output
    try run.run()
    let said = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
    run.waitUntilExit()
    #expect(run.terminationStatus == 0)
    return said.split(separator: "\n").map { String($0) }
  }
}
