import BatonCore
import BatonQMP
import Testing

/// What a table of commands makes of arguments, and tells of itself.
@Suite(.timeLimit(.minutes(15))) struct CommandTests {
  private final class Target {
    var name = ""
  }

  private static let table = CommandTable<Target>(
    [
      .act("name", [Member("name", .text), Member("count", .integer, isOptional: true)]) {
        target, call in target.name = call.arguments["name"]?.text ?? ""
      },
      .act("list", [Member("all", .list(.object([Member("kind", .choice(["a", "b"]))])))]) {
        _, _ in
      },
      .act(
        "narrow",
        [
          Member("byte", .narrow(bits: 8), isOptional: true),
          Member("text", .textOrNull, isOptional: true),
        ]
      ) { _, _ in },
      .act("fail") { _, _ in throw QMPError.noDevice("zzz") },
      Command("ask", returns: .object([Member("bool", .bool), Member("number", .number)])) {
        _, _ in ["bool": true, "number": 1]
      },
    ], events: [EventShape("TOLD", [Member("any", .any)])])

  private static func run(
    _ name: String, _ arguments: [String: JSONValue] = [:], _ target: Target = Target()
  ) -> Result<JSONValue, QMPError>? {
    var answer: Answer?
    table.carryOut(CommandCall(Request(name, arguments)) { answer = $0 }, for: target)
    return answer?.result
  }

  static let refused: [(String, JSONValue, String)] = [
    ("name", [:], "Parameter 'name' is missing"),
    ("name", ["name": 1], "Invalid parameter type for 'name', expected: string"),
    (
      "name", ["name": "a", "count": true],
      "Invalid parameter type for 'count', expected: integer"
    ),
    ("name", ["name": "a", "more": 1], "Parameter 'more' is unexpected"),
    ("list", ["all": [:]], "Invalid parameter type for 'all', expected: array"),
    ("list", ["all": [["kind": "a"], [:]]], "Parameter 'all[1].kind' is missing"),
    ("list", ["all": [["kind": "c"]]], "Parameter 'kind' does not accept value 'c'"),
    ("narrow", ["byte": 256], "Parameter 'byte' expects uint8_t"),
    ("narrow", ["byte": -1], "Parameter 'byte' expects uint8_t"),
    ("narrow", ["byte": "1"], "Parameter 'byte' expects uint64"),
    ("narrow", ["text": 1], "Invalid parameter type for 'text', expected: StrOrNull"),
    ("fail", [:], "Device 'zzz' not found"),
    ("no-such", [:], "The command no-such has not been found"),
  ]

  @Test(arguments: refused)
  func `a command that does not fit is refused in QEMU's words`(
    name: String, arguments: JSONValue, text: String
  ) {
    guard case .failure(let error) = Self.run(name, arguments.members ?? [:]) else {
      Issue.record("not refused")
      return
    }
    #expect(error.text == text)
    #expect((error.kind == .commandNotFound) == (name == "no-such"))
    #expect((error.kind == .deviceNotFound) == (name == "fail"))
  }

  @Test func `a command that fits is carried out`() {
    let target = Target()
    #expect(Self.run("narrow", ["byte": 255, "text": .null], target) == .success([:]))
    #expect(Self.run("narrow", ["text": "a"], target) == .success([:]))
    #expect(Self.run("name", ["name": "a"], target) == .success([:]))
    #expect(target.name == "a")
  }

  @Test func `the table tells its commands, and the schema has each with its types`() throws {
    let told = try #require(try Self.run("query-commands")?.get().elements)
    let names = told.compactMap { $0["name"]?.text }
    #expect(names == Self.table.commands.map(\.name) && names.contains("query-qmp-schema"))
    let schema = try #require(try Self.run("query-qmp-schema")?.get().elements)
    let known = Set(schema.compactMap { $0["name"]?.text })
    #expect(known.isSuperset(of: names) && known.contains("TOLD") && known.count == schema.count)
    for entry in schema {
      let used = ["arg-type", "ret-type", "element-type"].compactMap { entry[$0]?.text }
      let members = (entry["members"]?.elements ?? []).compactMap { $0["type"]?.text }
      #expect(known.isSuperset(of: used + members), "\(entry)")
    }
  }
}
