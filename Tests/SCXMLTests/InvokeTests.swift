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
}
