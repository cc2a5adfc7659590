import BatonSCXML
import Foundation
import Testing

/// System variables, and what they hold, are the processor's alone (SCXML 5.10).
@Suite(.timeLimit(.minutes(10))) struct SystemVariableTests {
  private static let isThere: Comment = "built without the trait ECMAScript"

  /// What `_event` and the others hold after something was tried, and the errors of it.
  private func values(
    after content: String, _ model: String = "ecmascript"
  ) throws -> (errors: Int, values: [Value?]) {
    let names = ["event", "io", "x", "id", "name"]
    let data = names.map { "<data id='\($0)'/>" }.joined()
    let copies = names.map { name in
      let variable = ["io": "_ioprocessors", "id": "_sessionid"][name] ?? "_\(name)"
      return "<assign location='\(name)' expr='\(variable)'/>"
    }
    let document = try Document(
      Data(
        """
        <scxml xmlns='http://www.w3.org/2005/07/scxml' version='1.0' name='n'
          datamodel='\(model)'><datamodel>\(data)<data id='v'/></datamodel>
        <state id='a'><transition event='e' target='b'>\(content)</transition></state>
        <state id='b'><onentry>\(copies.joined())</onentry></state></scxml>
        """.utf8), file: "body")
    let processor = Processor()
    var errors = 0
    processor.report = { if case .error = $0 { errors += 1 } }
    let session = processor.start(document)
    try processor.run(until: session)
    let inside: Value = .record(["p": .record(["q": .int(1)]), "l": .list([.int(7)])])
    session.send(Event("e", data: inside))
    try processor.run(until: session)
    return (errors, names.map { session.value(of: $0) })
  }

  private func expectSame(_ content: String, _ errors: Int, _ model: String) throws {
    let before = try values(after: "", model)
    #expect(before.errors == 0 && !before.values.contains(nil))
    let after = try values(after: content, model)
    #expect(after.values == before.values, "\(content)")
    #expect(after.errors == errors, "\(content)")
  }

  @Test(arguments: [
    "_ioprocessors.scxml.location", "_event.data.p.q", "_event.data", "_event.name", "_event.new",
    "_event.data.p.new", "_x.y", "_sessionid", "_name", "_ioprocessors", "_ioprocessors.new",
  ])
  func `assigning to what lies in a system variable is an error`(location: String) throws {
    for model in ConformanceTests.models {
      try expectSame("<assign location='\(location)' expr='5'/>", 1, model)
      try expectSame("<send event='e' idlocation='\(location)'/>", 1, model)
      let list = "<foreach array='[1]' item='\(location)'/>"
      try expectSame(list, 1, model)
    }
  }

  @Test(
    .enabled(if: ECMAScript.isBuilt, isThere),
    arguments: [
      "_event.data = 3", "_event.name = 'q'", "_ioprocessors.scxml = 4", "_x.y = 1",
      "delete _x.y", "_event = 1", "_event.data.l.push(1)",
      "(function () { 'use strict'; _event.data.p.q = 2; })()",
      "(function () { 'use strict'; delete _event.name; })()",
    ])
  func `a script is told`(script: String) throws {
    try expectSame("<script>\(script)</script>", 1, "ecmascript")
  }

  @Test(
    .enabled(if: ECMAScript.isBuilt, isThere),
    arguments: [
      "delete _name", "delete _event.name", "_event.new = 1", "_event.data.p.q = 2",
      "_event.data.l[0] = 2", "_ioprocessors.scxml.location = 5", "delete _event.data.p",
      "var d = _event.data; d.p.q = 2",
    ])
  func `what the language does not tell changes nothing either`(script: String) throws {
    try expectSame("<script>\(script)</script>", 0, "ecmascript")
  }

  @Test(.enabled(if: ECMAScript.isBuilt, isThere))
  func `what a variable takes from one is its own`() throws {
    let content = """
      <assign location='v' expr='_event.data'/><assign location='v.p.q' expr='2'/>
      <assign location='v.l[0]' expr='8'/><assign location='v.l[1]' expr='9'/>
      <if cond='v.p.q !== 2 || v.l[0] !== 8 || v.l.length !== 2'><raise/></if>
      <foreach array='[_event.data.p]' item='v'><assign location='v.q' expr='3'/></foreach>
      <if cond='v.q !== 3 || _event.data.p.q !== 1'><raise/></if>
      """
    try expectSame(content, 0, "ecmascript")
  }

  @Test(.enabled(if: ECMAScript.isBuilt, isThere))
  func `an event's data is read as other values are`() throws {
    let content = """
      <if cond='!_event.hasOwnProperty("data") || !_event.data.hasOwnProperty("p")'><raise/></if>
      <if cond='Math.max.apply(null, _event.data.l) !== 7'><raise/></if>
      <if cond='JSON.stringify(_event.data) !== "{\\"l\\":[7],\\"p\\":{\\"q\\":1}}"'><raise/></if>
      <if cond='Object.keys(_event).length !== 7 || !Array.isArray(_event.data.l)'><raise/></if>
      <if cond='_event.data.l.concat([1]).length !== 2'><raise/></if>
      """
    try expectSame(content, 0, "ecmascript")
  }

  @Test(arguments: ["_event", "_sessionid", "_x"])
  func `data cannot be declared under such a name`(name: String) throws {
    for model in ConformanceTests.models {
      let document = try Document(
        Data(
          """
          <scxml version='1.0' datamodel='\(model)'><datamodel><data id='\(name)' expr='5'/>
          </datamodel><state id='a'/></scxml>
          """.utf8), file: "body")
      let processor = Processor()
      var errors: [String] = []
      processor.report = { if case .error(_, let text) = $0 { errors.append(text) } }
      let session = processor.start(document)
      try processor.run(until: session)
      #expect(errors.count == 1 && session.value(of: name) != .int(5), "\(model) \(errors)")
    }
  }
}
