import Foundation
import Testing

@testable import BatonSCXML

@Suite(.timeLimit(.minutes(10))) struct ExpressionTests {
  private static let environment: Environment = {
    var environment = Environment()
    environment.declare("n", .int(3))
    environment.declare("t", .string("ab"))
    environment.declare("l", .list([.int(1)]))
    environment.declare("r", .record(["x": .int(1), "y": .unbound]))
    environment.declare("u")
    environment.setSystem("_event", .unbound)
    return environment
  }()

  private func evaluate(_ text: String) -> Result<Value, ExpressionError> {
    Result { () throws(ExpressionError) in
      try Self.environment.evaluate(Code(text)) { $0 == "here" }
    }
  }

  @Test(arguments: [
    ("1 + 2 - 4", Value.int(-1)), ("'a' + \"b\"", .string("ab")),
    ("[1] + l", .list([.int(1), .int(1)])),
    ("n == 3 && !(n < 3)", .bool(true)), ("n >= 4 || n <= 3", .bool(true)),
    ("t != 'ab'", .bool(false)),
    ("r.x", .int(1)), ("isBound(u)", .bool(false)), ("isBound(r.y)", .bool(false)),
    ("exists(r.y)", .bool(true)), ("exists(r.z)", .bool(false)), ("exists(nowhere)", .bool(false)),
    ("In('here')", .bool(true)), ("In('there')", .bool(false)), ("startsWith(t, 'a')", .bool(true)),
    ("-5", .int(-5)), ("[]", .list([])), ("true && false || true", .bool(true)),
    ("false && nowhere", .bool(false)),
  ])
  func `an expression has a value`(text: String, value: Value) {
    #expect((try? evaluate(text).get()) == value)
  }

  @Test(arguments: [
    ("nowhere", "not declared"), ("r.z", "no field z"), ("n.x", "no field x"), ("1 +", "the end"),
    ("'a", "does not end"), ("!", "the end"), ("1 2", "2 is not expected"),
    ("n + t", "means nothing"),
    ("n && true", "neither true nor false"), ("foo(1)", "no function foo"),
    ("In(1)", "id of a state"),
    ("9223372036854775807 + 1", "too large"), ("99999999999999999999", "no number"),
    ("#", "not expected"),
    (String(repeating: "(", count: 100), "nested deeper than 64"),
    ("startsWith(1, 2)", "two strings"),
    ("1 > 2 == false", "== is not expected"),
  ])
  func `what has no value says why`(text: String, reason: String) {
    guard case .failure(let error) = evaluate(text) else {
      Issue.record("\(text) has a value")
      return
    }
    #expect(error.description.contains(reason), "\(error)")
  }

  @Test(arguments: [
    (["n"], Value.int(4), nil as String?), (["r", "x"], .int(2), nil),
    (["r", "new"], .int(2), nil),
    (["nowhere"], .int(1), "not declared"), (["n", "x"], .int(1), "no field x"),
    (["_event"], .int(1), "system variable"),
  ])
  func `an assignment changes what is there`(path: [String], value: Value, refusal: String?) {
    var environment = Self.environment
    do throws(ExpressionError) {
      try environment.assign(path, value)
      #expect(refusal == nil)
      #expect((try? environment.value(at: path)) == value)
    } catch {
      #expect(error.description.contains(refusal ?? "nothing"), "\(error)")
      #expect(environment.values == Self.environment.values)
    }
  }

  @Test(arguments: [
    ("1.5s", 1_500_000_000 as UInt64?), ("200ms", 200_000_000), ("0s", 0), ("1", nil), ("-1s", nil),
    ("xs", nil), ("1e30s", nil),
  ])
  func `a delay is a number with its unit`(text: String, nanos: UInt64?) {
    #expect((try? Session.nanoseconds(text)) == nanos)
  }
}

@Suite(.timeLimit(.minutes(10))) struct LoadingTests {
  private func problem(_ text: String) -> String? {
    do throws(LoadError) {
      _ = try Document(Data(text.utf8), file: "a.scxml")
      return nil
    } catch {
      return error.description
    }
  }

  @Test(arguments: [
    ("<scxml", "is no XML"), (" \n\n ", "is no XML: there is no element"),
    ("<html/>", "is html and not scxml"), ("<scxml/>", "holds no state"),
    ("<scxml>\n<state id='a'/>\n<state id='a'/></scxml>", "a.scxml:3: two states have the id a"),
    ("<scxml initial='b'><state id='a'/></scxml>", "no state has the id b"),
    (
      "<scxml><state id='a'>\n<transition target='x'/></state></scxml>",
      "a.scxml:2: no state has the id x"
    ),
    ("<scxml><state id='a'><history id='h'/></state></scxml>", "history h has no transition"),
    ("<scxml>\n<history id='h'/></scxml>", "a.scxml:1: scxml holds no state"),
    (
      "<scxml><parallel id='a'>\n<history id='h'/></parallel></scxml>",
      "a.scxml:2: history h has no transition"
    ),
    (
      "<scxml><state id='a'><state id='b'/><history id='h'>\n<transition/>"
        + "</history></state></scxml>",
      "a.scxml:2: history h does not say what is entered first"
    ),
    (
      "<scxml><state id='a' initial='a'><state id='b'/></state></scxml>",
      "what a enters by default is a, which does not lie there"
    ),
    (
      "<scxml><state id='a'><state id='b'/><history id='h'>\n<transition target='a'/>"
        + "</history></state></scxml>",
      "a.scxml:2: what h enters by default is a, which does not lie there"
    ),
    (
      "<scxml><state id='a'><state id='b'/><history id='h'><transition target='h'/>"
        + "</history></state></scxml>",
      "the default of history h leads back to itself"
    ),
    ("<scxml><script src='no.js'/><state id='a'/></scxml>", "no.js: the document has no folder"),
    (String(repeating: "<state>", count: 300), "nest deeper than 256"),
  ])
  func `a document that cannot be loaded says where and why`(text: String, reason: String) throws {
    let found = try #require(problem(text))
    #expect(found.contains(reason), "\(found)")
  }

  /// What others write, and what is said of it.
  @Test(arguments: [
    ("<state id='a'><onentry><raise/></onentry></state>", "raise has no event"),
    ("<state id='a'><onentry><foreach array='x'/></onentry></state>", "foreach has no item"),
    ("<datamodel><data expr='1'/></datamodel><state id='a'/>", "data has no id: it is left out"),
    ("<state id='a'><onentry><my:log expr='1'/></onentry></state>", "element log of urn:my"),
    ("<my:state id='x'/><state id='a'><viewinfo/></state>", "element viewinfo does not run"),
    ("<state id='a'><invoke type='qt:x'/></state>", "invoke of type qt:x"),
    ("<state id='a'><onentry><send type='x'/></onentry></state>", "send of type x"),
    (
      """
      <state id='a'><state id='b'><transition event='e' target='h'/></state>
      <history id='h'/></state>
      """, "history has no transition"
    ),
  ])
  func `a document of others loads, and says what does not run`(
    text: String, note: String
  ) throws {
    let text = "<scxml xmlns='http://www.w3.org/2005/07/scxml' xmlns:my='urn:my'>\n\(text)</scxml>"
    let document = try Document(Data(text.utf8), file: "a.scxml")
    #expect(document.notes.contains { $0.hasPrefix("a.scxml:") && $0.contains(note) })
    let processor = Processor()
    let session = processor.start(document)
    try processor.run(until: session)
    #expect(session.configuration.first == "a")
    session.send(Event("e"))
    try processor.run(until: session)
    #expect(session.configuration.first == "a")
  }

  @Test(arguments: [("lua", "the data model lua"), ("xpath", "the data model xpath")])
  func `a document of another data model runs as far as it goes`(
    model: String, note: String
  ) throws {
    let text = """
      <scxml datamodel='\(model)'><datamodel><data id='x' expr='1'/></datamodel>
      <state id='a'><transition event='t' cond='x ~= 1' target='c'/>
      <transition event='t' target='b'/></state><state id='b'/><state id='c'/></scxml>
      """
    let document = try Document(Data(text.utf8), file: "a.scxml")
    #expect(document.notes.count == 1 && document.notes[0].hasPrefix("a.scxml:1: \(note)"))
    let processor = Processor()
    var errors: [String] = []
    processor.report = { if case .error(_, let text) = $0 { errors.append(text) } }
    let session = processor.start(document)
    session.send(Event("t"))
    try processor.run(until: session)
    #expect(session.configuration == ["b"])
    #expect(
      errors.map { String($0.prefix(20)) } == ["a.scxml:1: expr \"1\":", "a.scxml:2: cond \"x ~"])
  }

  @Test(arguments: ["mini"] + (ECMAScript.isBuilt ? ["ecmascript"] : []))
  func `a condition that has no value is told with its line`(model: String) throws {
    let text = """
      <scxml datamodel='\(model)'><state id='a'>
      <transition cond='no.thing' target='a'/></state></scxml>
      """
    let processor = Processor()
    let session = processor.start(try Document(Data(text.utf8), file: "a.scxml"))
    do throws(ProcessorError) {
      try processor.run(until: session)
      Issue.record("it comes to rest")
    } catch {
      #expect(error.description.contains("longer than 10000 microsteps"))
      #expect(error.description.contains("a.scxml:2: cond \"no.thing\": "), "\(error)")
    }
  }

  @Test func `an expression that cannot be read is no reason`() {
    #expect(problem("<scxml><state id='a'><transition cond='!'/></state></scxml>") == nil)
  }

  @Test func `a document that does not come to rest is given up`() throws {
    let text = "<scxml><state id='a'><transition target='a'/></state></scxml>"
    let processor = Processor()
    let session = processor.start(try Document(Data(text.utf8), file: "a"))
    #expect(throws: ProcessorError.self) { try processor.run(until: session) }
  }

  @Test func `the clock goes on only when nothing else is left`() throws {
    let text = """
      <scxml><state id='a'><onentry><send event='x' delay='30s'/></onentry>
      <transition event='x' target='b'/></state><final id='b'/></scxml>
      """
    let processor = Processor()
    let session = processor.start(try Document(Data(text.utf8), file: "a"))
    try processor.run(until: session, limit: 29_000_000_000)
    #expect(!session.isEnded && session.configuration == ["a"])
    try processor.run(until: session)
    #expect(session.finalState == "b" && processor.now == 30_000_000_000)
  }
}
