import BatonCore
import BatonQMP
import Foundation
import Testing

/// What one client is answered, in QEMU's words.
@Suite(.timeLimit(.minutes(15))) struct MonitorTests {
  private static func error(_ text: String, _ kind: String = "GenericError") -> JSONValue {
    ["error": ["class": .text(kind), "desc": .text(text)]]
  }

  @Test func `a client is greeted, negotiates, and commands`() throws {
    let world = try World()
    let client = try world.connect()
    let greeting = try #require(try world.message(to: client)?["QMP"])
    #expect(greeting["capabilities"] == [])
    #expect(greeting["version"]?["qemu"]?["major"]?.integer != nil)
    let expected = Self.error(
      "Expecting capabilities negotiation with 'qmp_capabilities'", "CommandNotFound")
    try world.send(#"{"execute":"query-status"}"#, on: client)
    #expect(try world.message(to: client) == expected)
    try world.send(
      #"{"execute":"qmp_capabilities","arguments":{"enable":["oob"]}}"#, on: client)
    #expect(try world.message(to: client) == Self.error("Capability oob not available"))
    try world.send(#"{"execute":"qmp_capabilities"}"#, on: client)
    #expect(try world.message(to: client) == ["return": [:]])
    try world.send(#"{"execute":"qmp_capabilities"}"#, on: client)
    let complete = "Capabilities negotiation is already complete, command ignored"
    #expect(try world.message(to: client) == Self.error(complete, "CommandNotFound"))
    #expect(world.echo.calls.isEmpty)
  }

  static let faults = [
    ("[1]", "QMP input must be a JSON object"), ("42 ", "QMP input must be a JSON object"),
    ("{}", "QMP input lacks member 'execute'"),
    (#"{"execute":1}"#, "QMP input member 'execute' must be a string"),
    (#"{"execute":"x","arguments":[]}"#, "QMP input member 'arguments' must be an object"),
    (#"{"execute":"x","more":1}"#, "QMP input member 'more' is unexpected"),
    (#"{"exec-oob":"x"}"#, "QMP input member 'exec-oob' is unexpected"),
    ("hello\n", "JSON parse error, invalid keyword 'hello'"),
    ("}", "JSON parse error, expecting value"),
    (String(repeating: "[", count: 129), "JSON nesting depth limit exceeded"),
    ("[1" + String(repeating: ",1", count: 512) + "]", "JSON token count limit exceeded"),
    (
      #"{"execute":"x","arguments":{"a":[1"# + String(repeating: ",1", count: 512)
        + #",{"execute":"y"}]}}"#, "JSON token count limit exceeded"
    ),
    (#"{"execute":"x",}"#, "JSON parse error, expecting value"),
    (#"{"execute":"x","id":[1, ]}"#, "JSON parse error, expecting value"),
  ]

  @Test(arguments: faults)
  func `what is no command is answered, and the next one is carried out`(
    text: String, answer: String
  ) throws {
    let world = try World()
    let client = try world.commander()
    try world.send(text + #"{"execute":"x"}"#, on: client)
    #expect(try world.messages(2, to: client) == [Self.error(answer), ["return": [:]]])
  }

  static let ids = ["1", "\"a\"", "null", "true", "1.5", "[1,{\"b\":[]}]", "{\"a\":1}"]

  @Test(arguments: ids)
  func `an id of any kind comes back`(id: String) throws {
    let world = try World()
    let client = try world.commander()
    try world.send("{\"execute\":\"x\",\"id\":\(id)}{\"x\":1,\"id\":\(id)}", on: client)
    let answers = try world.messages(2, to: client)
    let expected = JSONValue(parsing: id.utf8)
    #expect(answers.map { $0["id"] } == [expected, expected])
  }

  @Test func `an object may stand on several lines, and several on one`() throws {
    let world = try World()
    let client = try world.commander()
    let text = "{\"execute\":\n\"a\",\n\"arguments\": {\"t\": \"}{\\\"\"}\n}{\"execute\":\"b\"}"
    for byte in text.utf8 {
      try world.send(String(decoding: [byte], as: UTF8.self), on: client)
      _ = world.loop.poll()
    }
    try world.send(#" {"execute":"c"} {"execute":"d"}"#, on: client)
    world.turn { world.echo.calls.count == 4 }
    #expect(world.echo.calls.map(\.request.name) == ["a", "b", "c", "d"])
    #expect(world.echo.calls[0].arguments == ["t": "}{\""])
  }

  @Test func `strings may stand in single quotes`() throws {
    let world = try World()
    let client = try world.commander()
    try world.send(#"{'execute': "it's", 'arguments': {'a"\'': '\\', "b": 'c'}}"#, on: client)
    world.turn { world.echo.calls.count == 1 }
    #expect(world.echo.calls[0].request == Request("it's", [#"a"'"#: #"\"#, "b": "c"]))
  }

  @Test func `an event goes to all who have negotiated, with its time`() throws {
    let world = try World()
    let greeted = try world.connect()
    _ = try world.message(to: greeted)
    let all = [try world.commander(), try world.commander()]
    world.server.broadcast(News("STOP", ["a": 1], microseconds: 7_000_009))
    for client in all {
      #expect(
        try world.message(to: client) == [
          "event": "STOP", "data": ["a": 1], "timestamp": ["seconds": 7, "microseconds": 9],
        ])
    }
    // Who has not hears of the next thing that is answered.
    try world.send(#"{"execute":"qmp_capabilities"}"#, on: greeted)
    #expect(try world.message(to: greeted) == ["return": [:]])
  }

  @Test func `what a command caused is told before its answer`() throws {
    let world = try World()
    let client = try world.commander()
    world.echo.before = News("STOP")
    try world.send(#"{"execute":"stop"}"#, on: client)
    let said = try world.messages(2, to: client)
    #expect(said.first?["event"] == "STOP" && said.last == ["return": [:]])
  }

  @Test func `a command that takes long holds up its own client alone`() throws {
    let world = try World()
    let (slow, other) = (try world.commander(), try world.commander())
    world.echo.keepsSilent = true
    try world.send(#"{"execute":"a"}{"execute":"b"}"#, on: slow)
    world.turn { world.echo.calls.count == 1 }
    world.echo.keepsSilent = false
    try world.send(#"{"execute":"c"}"#, on: other)
    #expect(try world.message(to: other) == ["return": [:]])
    #expect(world.echo.calls.map(\.request.name) == ["a", "c"])
    world.server.broadcast(News("RESUME"))
    #expect(try world.message(to: slow)?["event"] == "RESUME")
    world.echo.calls[0].answer(.failure(QMPError("no", .deviceNotFound)))
    #expect(
      try world.messages(2, to: slow) == [Self.error("no", "DeviceNotFound"), ["return": [:]]])
    #expect(world.echo.calls.map(\.request.name) == ["a", "c", "b"])
  }

  @Test func `an answer to who has gone is nobody's`() throws {
    let world = try World()
    world.echo.keepsSilent = true
    let client = try world.commander()
    try world.send(#"{"execute":"a"}"#, on: client)
    world.turn { world.echo.calls.count == 1 }
    try world.kernel.shutdown(client)
    world.echo.keepsSilent = false
    let other = try world.commander()
    world.echo.calls[0].answer(.success([:]))
    try world.send(#"{"execute":"b"}"#, on: other)
    #expect(try world.message(to: other) == ["return": [:]])
    #expect(world.echo.warnings == [])
  }
}
