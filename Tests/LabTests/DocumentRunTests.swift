import Foundation
import Testing

extension ProcessTests {
  /// Times of the virtual clock that `baton scxml run` is given.
  @Suite(.timeLimit(.minutes(15))) struct DocumentRunTests {
    private static let document = """
      <scxml xmlns='http://www.w3.org/2005/07/scxml'>
        <state id='a'>
          <onentry><send event='late' delay='20s'/></onentry>
          <transition event='late' target='b'/>
        </state>
        <state id='b'><transition event='*' target='c'/></state>
        <final id='c'/>
      </scxml>
      """

    private static let greeting = """
      one event each line, such as coin or coin {"value": 2}; +2s and advance to 5s: the clock; \
      help; quit or Ctrl-D: the end of the input
      """

    /// Runs the document, with a script beside it and lines on the standard input.
    private func run(
      _ arguments: [String], document: String = Self.document, script: String = "",
      lines: [String] = []
    ) throws -> Program.Outcome {
      let folder = FileManager.default.temporaryDirectory.appending(path: "baton-\(UUID())")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      defer { try? FileManager.default.removeItem(at: folder) }
      let texts = ["a.scxml": document, "a.json": script, "in": lines.joined(separator: "\n")]
      for (name, text) in texts { try Data(text.utf8).write(to: folder.appending(path: name)) }
      let words = arguments.map { $0.replacing("FOLDER", with: folder.path) }
      let shell = ["/bin/sh", "-c", "exec \"$@\" <\(folder.path)/in", "sh"]
      return try Program.run(words, launcher: shell)
    }

    @Test(arguments: [
      "+99999999999999s", "+-1s", "+", "+ 1e3s", "+2h", "+1.2.3s", "+nan", "advance to",
      "advance to -5s", "advance to 1000000000s", "advance  to\tnoon",
    ])
    func `a time that cannot be is refused in one line, and the run goes on`(line: String) throws {
      let outcome = try run(
        ["scxml", "run", "-i", "FOLDER/a.scxml"], lines: ["+15s", line, "advance to 20s", "+0.5s"])
      let words = line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      #expect(
        outcome.errors == """
          baton scxml: \(words) is not possible: +2s, +100ms and advance to 5s are, \
          below a billion of either

          """)
      #expect(
        outcome.output == """
          \(Self.greeting)
          waits in a after 0.0 s
          waits in a after 15.0 s
          waits in b after 20.0 s
          waits in b after 20.5 s
          waits in b after 20.5 s

          """)
    }

    @Test func `a clock that would begin anew is refused`() throws {
      let lines = Array(repeating: "+999999999s", count: 20)
      let outcome = try run(["scxml", "run", "-i", "FOLDER/a.scxml"], lines: lines)
      #expect(outcome.errors.split(separator: "\n").count == 2, "\(outcome.errors)")
      #expect(outcome.output.hasSuffix("waits in b after 17999999982.0 s\n"), "\(outcome.output)")
    }

    @Test func `a time that is past is told, and the one that it is is not`() throws {
      let outcome = try run(
        ["scxml", "run", "-i", "FOLDER/a.scxml"],
        lines: ["+5s", "advance  to 1s", "advance to 5s", "advance to 20s"])
      #expect(outcome.errors == "baton scxml: advance to 1s is past: it is 5.0 s already\n")
      #expect(
        outcome.output == """
          \(Self.greeting)
          waits in a after 0.0 s
          waits in a after 5.0 s
          waits in a after 5.0 s
          waits in b after 20.0 s
          waits in b after 20.0 s

          """)
    }

    @Test func `an event that is taken and one that nothing expects differ`() throws {
      let outcome = try run(
        ["scxml", "run", "-i", "FOLDER/a.scxml"], lines: ["x", "late \t ", "help ", "quit", "late"])
      #expect(outcome.errors == "" && outcome.status == 0)
      #expect(
        outcome.output == """
          \(Self.greeting)
          waits in a after 0.0 s
          nothing takes x, expected: late
          waits in a after 0.0 s
          takes late
          waits in b after 0.0 s
          \(Self.greeting)
          expected now: *
          ended in c after 20.0 s

          """)
    }

    @Test func `an event whose condition fails is not taken, whatever comes of the error`() throws {
      let document = """
        <scxml xmlns='http://www.w3.org/2005/07/scxml' datamodel='mini'>
          <state id='a'>
            <transition event='x' cond='nobody == 1' target='c'/>
            <transition event='error.execution' target='b'/>
          </state>
          <state id='b'><transition event='help' target='c'/></state>
          <final id='c'/>
        </scxml>
        """
      let outcome = try run(
        ["scxml", "run", "-i", "FOLDER/a.scxml"], document: document, lines: ["x", "help"])
      #expect(
        outcome.output == """
          \(Self.greeting)
          waits in a after 0.0 s
          nothing takes x: no condition of its transitions holds
          waits in b after 0.0 s
          takes help
          ended in c after 0.0 s

          """)
    }

    @Test(arguments: [
      ("", "is empty"), (" x", "has a blank"), ("x {\"a\":1}", "has a blank"),
      ("x\t", "has a blank"),
    ])
    func `what can be no name of an event is not sent`(name: String, what: String) throws {
      let outcome = try run(["scxml", "run", "FOLDER/a.scxml", "--send", "y", "--send", name])
      #expect(outcome.status == 64 && outcome.output == "")
      #expect(
        outcome.errors.hasPrefix("Error: --send '\(name)' is no name of an event: it \(what); "),
        "\(outcome.errors)")
    }

    @Test func `an event whose name begins like a time is an event`() throws {
      let outcome = try run(
        ["scxml", "run", "-i", "FOLDER/a.scxml"], lines: ["+20s", "advance {\"to\": 5}"])
      #expect(outcome.errors == "" && outcome.output.hasSuffix("ended in c after 20.0 s\n"))
    }

    @Test(arguments: [
      ("initialConfiguration", "initialConfigurations", ""),
      ("\"name\"", "\"nme\"", "events/0/event/"),
      ("\"event\"", "\"evnt\"", "events/0/"), ("\"after\"", "\"afterwards\"", "events/0/"),
      ("nextConfiguration", "nextConfigurations", "events/0/"),
    ])
    func `a key of a script that there is not is refused with its place`(
      key: String, other: String, place: String
    ) throws {
      let script = """
        {"initialConfiguration": ["a"], "legacySemantics": {"evnt": 1}, "events": [
          {"event": {"name": "x", "data": {"evnt": 1}}, "after": 1, "nextConfiguration": ["a"]}]}
        """
      let words = ["scxml", "run", "FOLDER/a.scxml", "--script", "FOLDER/a.json"]
      let good = try run(words, script: script)
      #expect(good.status == 0, "\(good.errors)")
      let wrong = script.replacing(key, with: other, maxReplacements: 1)
      let outcome = try run(words, script: wrong)
      let name = other.filter { $0 != "\"" }
      #expect(outcome.status == 1 && outcome.output == "")
      #expect(
        outcome.errors.contains("a.json: \(place)\(name): there is no such key; there are "),
        "\(outcome.errors)")
      #expect(outcome.errors.contains(key.filter { $0 != "\"" }), "\(outcome.errors)")
      let test = try run(["scxml", "test", "FOLDER"], script: wrong)
      #expect(test.status == 1 && test.output.contains("\(place)\(name): there is no such key"))
    }

    @Test(arguments: [
      (["scxml", "run", "FOLDER/a.scxml", "--script", "FOLDER/a.json"], "-5", 1),
      (["scxml", "run", "FOLDER/a.scxml", "--script", "FOLDER/a.json"], "1e10", 1),
      (["scxml", "test", "FOLDER"], "-5", 1), (["scxml", "test", "FOLDER"], "0.5", 0),
    ])
    func `a script that waits a time that cannot be is refused with its place`(
      arguments: [String], after: String, status: Int
    ) throws {
      let script = """
        {"initialConfiguration": ["a"], "events": [
          {"event": {"name": "x"}, "after": 100, "nextConfiguration": ["a"]},
          {"event": {"name": "late"}, "after": \(after), "nextConfiguration": ["b"]}]}
        """
      let outcome = try run(arguments, script: script)
      #expect(Int(outcome.status) == status, "\(outcome.errors)\(outcome.output)")
      let number = Double(after) ?? 0
      let problem = "a.json: events/1/after: \(number) is not possible: 0 to 1000000000 are\n"
      // Of a folder's tests it is one that does not pass; the others are run.
      let told = arguments[1] == "test" ? outcome.output : outcome.errors
      #expect(status == 0 ? outcome.errors == "" : told.contains(problem))
    }
  }
}
