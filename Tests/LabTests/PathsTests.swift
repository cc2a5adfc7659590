import Foundation
import Testing

extension ProcessTests {
  /// `baton paths`, for charts of the project and for files.
  @Suite(.timeLimit(.minutes(15))) struct PathsTests {
    @Test(arguments: ["Custody", "Guest", "Relay"])
    func `lists ways through a chart of the project`(chart: String) throws {
      let text = try Program.run(["paths", chart])
      #expect(text.status == 0, "\(text.errors)")
      #expect(text.output.hasPrefix("\(chart): "))
      #expect(text.output.contains("\n1. state "))
      let outcome = try Program.run(["paths", "--format", "json", chart])
      let list = try outcome.json()
      #expect(
        Set(list.keys) == ["chart", "initial", "transitions", "paths", "unreachable"])
      let first = try #require((list["paths"] as? [[String: Any]])?.first)
      #expect(Set(first.keys) == ["states", "transitions", "pairs", "steps"])
      let step = try #require((first["steps"] as? [[String: Any]])?.first)
      #expect(Set(step.keys) == ["event", "guards", "transitions", "effects", "states"])
    }

    @Test func `lists ways through a chart that stands in a file`() throws {
      let folder = FileManager.default.temporaryDirectory.appending(path: "baton-\(UUID())")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let drawn = try Program.run(["charts", "Ring", "--format", "scxml"])
      let file = folder.appending(path: "ring.scxml")
      try Data(drawn.output.utf8).write(to: file)
      let read = try Program.run(["paths", file.path, "--format", "json"])
      #expect(read.status == 0, "\(read.errors)")
      let own = try Program.run(["paths", "Ring", "--without-code", "--format", "json"])
      #expect(read.output == own.output)

      let broken = folder.appending(path: "broken.scxml")
      try Data("<scxml xmlns=\"http://www.w3.org/2005/07/scxml\"><state id=\"a\">".utf8)
        .write(to: broken)
      let refused = try Program.run(["paths", broken.path])
      #expect(refused.status == 2 && refused.output == "")
      #expect(refused.errors.hasPrefix("baton paths: \(broken.path):"), "\(refused.errors)")
    }

    @Test(arguments: [
      (["paths", "Nonsense"], 64, "no chart is named Nonsense: there are Outgoing, "),
      (["paths", "absent.mmd"], 2, "baton paths: absent.mmd"),
      (["paths", "a.txt/b.doc"], 2, "its ending says what it holds"),
      (["paths", "Guest", "--limit", "0"], 64, "--limit 0 is not possible"),
      (["paths", "Guest", "--limit", "2"], 2, "baton paths: Guest: more than 2 states"),
      (["paths", "Guest", "--format", "poster"], 64, "poster"),
      (
        ["paths", "Guest", "--output", "/dev/null/a"], 1, "/dev/null/a: open: Not a directory"
      ),
      (["check", "Nonsense"], 64, "no chart is named Nonsense"),
    ])
    func `says what is wrong`(words: [String], status: Int, reason: String) throws {
      let outcome = try Program.run(words)
      #expect(Int(outcome.status) == status && outcome.errors.contains(reason), "\(outcome.errors)")
      #expect(outcome.output == "")
    }

    @Test func `checks a chart of the project by its name`() throws {
      let outcome = try Program.run(["check", "Custody", "--cases", "20"])
      #expect(outcome.status == 0, "\(outcome.output)\(outcome.errors)")
      #expect(outcome.output.contains("transitions, nothing found\nCustody: 20 cases, "))
    }
  }
}
