import BatonCore
import BatonLab
import Foundation
import Testing

extension ProcessTests {
  /// Whoever ends a rehearsal early finds its report so far, and nothing else.
  @Suite(.timeLimit(.minutes(15))) struct InterruptionTests {
    @Test(arguments: [Signal.terminate, Signal.interrupt, Signal.hangUp])
    func `a demo that is interrupted leaves its report only`(signal: CInt) async throws {
      try await Stage.run { stage in
        let (folder, report) = ("\(stage.folder)/tmp", "\(stage.folder)/report")
        try FileManager.default.createDirectory(
          atPath: folder, withIntermediateDirectories: false)
        let demo = try ChildProcess(
          stage.lab.loop, "/usr/bin/env",
          ["TMPDIR=\(folder)", Program.path, "demo", "--handovers", "10000", "--json", report])
        try stage.wait("the third handover") { demo.lines.contains { $0.hasPrefix("handover 3:") } }
        let hosts = try Self.processes(in: folder)
        #expect(hosts.count == 2)
        demo.signal(signal)
        try stage.wait("the end") { demo.hasEnded }
        #expect(demo.exitStatus == .exited(128 + signal))
        #expect(try Self.processes(in: folder) == [])
        #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
        let result = try JSONDecoder().decode(
          DemoReport.self, from: try Data(contentsOf: URL(filePath: report)))
        #expect(result.handovers.count >= 3 && result.interruption == signal)
        #expect(result.probe.isClean && result.probe.sent > 0)
        for path in [folder, report] { try FileManager.default.removeItem(atPath: path) }
      }
    }

    @Test(arguments: [Signal.terminate, Signal.hangUp])
    func `a soak that is interrupted leaves nothing`(signal: CInt) async throws {
      for words in [["--pair", "1000000"], ["--real"]] {
        try await Stage.run { stage in
          let folder = "\(stage.folder)/tmp"
          try FileManager.default.createDirectory(
            atPath: folder, withIntermediateDirectories: false)
          let soak = try ChildProcess(
            stage.lab.loop, "/usr/bin/env", ["TMPDIR=\(folder)", Program.path, "soak"] + words)
          let tick = Ticker(stage.lab.loop)
          try stage.wait("two hosts") { (try? Self.processes(in: folder).count) == 2 }
          soak.signal(signal)
          try stage.wait("the end") { soak.hasEnded }
          tick.stop()
          #expect(soak.exitStatus == .exited(128 + signal))
          #expect(try Self.processes(in: folder) == [])
          #expect(try FileManager.default.contentsOfDirectory(atPath: folder) == [])
          try FileManager.default.removeItem(atPath: folder)
        }
      }
    }

    /// The processes that were given a path in this folder.
    private static func processes(in folder: String) throws -> [String] {
      try FileManager.default.contentsOfDirectory(atPath: "/proc").filter { entry in
        guard Int(entry) != nil,
          let line = FileManager.default.contents(
            atPath: "/proc/\(entry)/cmdline")
        else { return false }
        let words = line.split(separator: 0).map { String(decoding: $0, as: UTF8.self) }
        return words.contains("host") && words.contains { $0.hasPrefix(folder) }
      }
    }
  }
}
