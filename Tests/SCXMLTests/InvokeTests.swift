import BatonSCXML
import Foundation
import Testing

/// What a session and those that it invokes hear of each other (SCXML 6.4).
@Suite(.timeLimit(.minutes(10))) struct InvokeTests {
  /// A document that runs, and all that it logs; the events are sent when it is at rest.
  static func logs(
    _ body: String, _ model: String, sending events: [String] = []
  ) throws -> [String] {
    let head = "<scxml xmlns='http://www.w3.org/2005/07/scxml' version='1.0'"
    let document = try Document(
      Data("\(head) datamodel='\(model)'>\(body)</scxml>".utf8), file: "body")
    let processor = Processor()
    var logs: [String] = []
    processor.report = {
      if case .log(_, let text) = $0 { logs.append(text) }
      if case .error(_, let text) = $0 { logs.append("error \(text)") }
    }
    let session = processor.start(document)
    try processor.run(until: session, limit: 0)
    for event in events {
      session.send(Event(event))
      try processor.run(until: session, limit: processor.now)
    }
    try processor.run(until: session)
    return logs
  }

  private static func cancelled(_ exit: String, then: String = "") -> String {
    """
    <state id='s'><invoke id='i'><content><scxml version='1.0'><state id='c'>
      <onentry><send target='#_parent' event='ready'/></onentry>
      <onexit>\(exit)<log label='left'/></onexit></state></scxml></content></invoke>
      <transition event='ready'><log label='ready' expr='_event.invokeid'/></transition>
      <transition event='leave' target='t'/></state>
    <state id='t'><onentry>\(then)</onentry>
      <transition event='*'><log label='t' expr='_event.name'/></transition></state>
    """
  }

  @Test(arguments: ConformanceTests.models)
  func `nothing comes from a session that was cancelled`(model: String) throws {
    let exits = [
      "<send target='#_parent' event='never'/>",
      "<send target='#_parent' event='never' delay='1s'/>",
      "<send targetexpr=\"'#_scxml_session1'\" event='never'/>",
    ]
    for exit in exits {
      let body = Self.cancelled(exit)
      #expect(
        try Self.logs(body, model, sending: ["leave"]) == ["ready: i", "left"], "\(exit)")
    }
    let late = Self.cancelled(exits[0], then: "<send event='own' delay='2s'/>")
    #expect(try Self.logs(late, model, sending: ["leave"]) == ["ready: i", "left", "t: own"])
  }

  @Test(arguments: ConformanceTests.models)
  func `an invocation is known by the origin of an event as well`(model: String) throws {
    let body = """
      <datamodel><data id='n' expr='0'/></datamodel>
      <state id='s'><invoke id='i'><content><scxml version='1.0'><state id='c'>
        <onentry><send target='#_parent' event='ready'/></onentry>
        <transition event='ask'><send targetexpr='_event.origin' event='answer'/></transition>
        </state></scxml></content>
        <finalize><assign location='n' expr='n + 1'/></finalize></invoke>
        <transition event='ready'><send target='#_i' event='ask'/></transition>
        <transition event='answer'><log label='answer' expr='_event.invokeid'/>
          <log label='finalized' expr='n'/></transition></state>
      """
    #expect(try Self.logs(body, model) == ["answer: i", "finalized: 2"])
  }

  private static let parameters = """
    <param name='a' expr='1'/>
    <param name='b' expr='zz'/>
    <param name='c' location='zz.y'/>
    <param name='d' expr='4'/>
    """

  @Test(arguments: ConformanceTests.models)
  func `a parameter without a value is left out with an error, and the others stay`(
    model: String
  ) throws {
    let receiver = """
      <log expr='_event.data.a'/><log expr='_event.data.d'/><log expr='_event.data.b'/>
      """
    let bodies = [
      """
      <state id='s'><state id='w'><transition target='f'/></state>
      <final id='f'><donedata>\(Self.parameters)</donedata></final>
      <transition event='done.state.s'>\(receiver)</transition></state>
      """,
      """
      <state id='s'><onentry><send event='e'>\(Self.parameters)</send></onentry>
      <transition event='e'>\(receiver)</transition></state>
      """,
      """
      <state id='s'><invoke><content><scxml version='1.0' datamodel='\(model)'>
      <datamodel><data id='a'/><data id='b' expr='2'/><data id='d'/></datamodel><state>
      <onentry><log expr='a'/><log expr='d'/><log expr='b + nowhere'/></onentry></state></scxml>
      </content>\(Self.parameters)</invoke></state>
      """,
    ]
    for body in bodies {
      let logs = try Self.logs(body, model).map { String($0.split(separator: "/").last ?? "") }
      #expect(logs.count >= 4, "\(body) \(logs)")
      let errors = logs.filter { $0.hasPrefix("error") }
      #expect(errors.contains { $0.contains("expr \"zz\"") }, "\(errors)")
      #expect(errors.contains { $0.contains("location \"zz.y\"") }, "\(errors)")
      #expect(logs.filter { !$0.hasPrefix("error") }.prefix(2) == ["1", "4"], "\(logs)")
    }
  }

  @Test(arguments: ConformanceTests.models)
  func `parameters that all have no value are no data`(model: String) throws {
    let body = """
      <state id='s'><onentry><send event='e'><param name='b' expr='zz'/></send></onentry>
      <transition event='e'><log label='e' expr='_event.name'/></transition>
      <transition event='error.*'><log expr='_event.name'/></transition></state>
      """
    let logs = try Self.logs(body, model)
    #expect(logs.dropFirst() == ["error.execution", "e: e"], "\(logs)")
  }

  @Test(
    arguments: [
      ("hello <b>you</b>", "hello <b>you</b>"),
      ("<b/> &amp; <c d='1'>e</c>", "<b/> &amp; <c d=\"1\">e</c>"),
      (
        "a<x:b xmlns:x='urn:x' x:c='&lt;'/>",
        "a<b xmlns=\"urn:x\" xmlns:n0=\"urn:x\" n0:c=\"&lt;\"/>"
      ),
      ("<b xml:lang='de'/><c/>", "<b xml:lang=\"de\"/><c/>"), ("one &amp; two", "one & two"),
    ], ConformanceTests.models)
  func `content of text and elements is text, all of it`(
    content: (String, String), model: String
  ) throws {
    let body = """
      <datamodel><data id='d'>\(content.0)</data></datamodel>
      <state id='s'><onentry><send event='e'><content>\(content.0)</content></send></onentry>
      <transition event='e'><log expr='_event.data'/><log expr='d'/></transition></state>
      """
    #expect(try Self.logs(body, model) == [content.1, content.1])
  }

  @Test(arguments: ConformanceTests.models)
  func `text around a document that is invoked means nothing`(model: String) throws {
    let body = """
      <state id='s'><invoke><content>see <scxml version='1.0'><state><onentry><log label='in'/>
      </onentry></state></scxml></content></invoke></state>
      """
    #expect(try Self.logs(body, model) == ["in"])
  }
}
