import BatonCore
import BatonDiagrams
import BatonSCXML
import Foundation
import Testing

/// Ids and names that look alike and are written with other code points are two, as in XML.
@Suite(.timeLimit(.minutes(10))) struct NameTests {
  private static let head = "<scxml xmlns='http://www.w3.org/2005/07/scxml' version='1.0'"
  private static let one = "&#xe9;"
  private static let two = "e&#x301;"

  private func session(_ body: String, _ model: String) throws -> (Processor, Session) {
    let text = "\(Self.head) datamodel='\(model)'>\(body)</scxml>"
    let processor = Processor()
    return (processor, processor.start(try Document(Data(text.utf8), file: "a")))
  }

  /// Where a document ends, by its code points; nil when it waits.
  private func end(_ body: String, _ model: String, sending events: [String] = []) throws -> String?
  {
    let (processor, session) = try session(body, model)
    try processor.run(until: session, limit: 0)
    for event in events {
      session.send(Event(event))
      try processor.run(until: session, limit: 0)
    }
    try processor.run(until: session)
    return session.finalState.map {
      $0.unicodeScalars.map { String($0.value) }.joined(separator: " ")
    }
  }

  @Test(arguments: ConformanceTests.models)
  func `states, events and sends that look alike are told apart`(model: String) throws {
    let states = """
      <state id='s'><transition event='go' target='\(Self.two)'/>
        <transition event='x.\(Self.two)' target='\(Self.two)'/>
        <transition event='x.\(Self.one)' target='\(Self.one)'/></state>
      <final id='\(Self.one)'/><final id='\(Self.two)'/>
      """
    #expect(try end(states, model, sending: ["go"]) == "101 769")
    #expect(try end(states, model, sending: ["x.e\u{301}"]) == "101 769")
    #expect(try end(states, model, sending: ["x.\u{e9}"]) == "233")
    #expect(try end(states, model, sending: ["x.\u{e9}.y"]) == "233")
    #expect(try end(states, model, sending: ["x.\u{e9}y"]) == nil)
    let sends = """
      <state id='s'><onentry><send id='\(Self.one)' event='a' delay='1s'/>
        <send id='\(Self.two)' event='b' delay='2s'/><cancel sendid='\(Self.two)'/></onentry>
        <transition event='a'><if cond="In('\(Self.one)')"><raise event='no'/></if></transition>
        <transition event='b' target='\(Self.two)'/><transition event='no' target='\(Self.two)'/>
      </state><state id='\(Self.one)'/><final id='\(Self.two)'/>
      """
    #expect(try end(sends, model) == nil)
  }

  @Test(arguments: ConformanceTests.models)
  func `variables that look alike are told apart`(model: String) throws {
    let body = """
      <datamodel><data id='\(Self.one)' expr='1'/><data id='\(Self.two)' expr='2'/></datamodel>
      <state id='s'/>
      """
    let (processor, session) = try session(body, model)
    try processor.run(until: session)
    #expect(session.value(of: "\u{e9}") == .int(1) && session.value(of: "e\u{301}") == .int(2))
  }

  @Test func `they are drawn and read as two`() throws {
    let text = """
      \(Self.head)><state id='\(Self.one)'><transition event='e' target='\(Self.two)'/></state>
      <state id='\(Self.two)'><transition event='e' target='\(Self.one)'/></state></scxml>
      """
    let reading = try ChartReading(scxml: Data(text.utf8), file: "a")
    #expect(reading.all.map(\.text) == [])
    #expect(reading.outline.states.count == 2)
    let data = Data(reading.outline.diagram(.scxml).utf8)
    let again = try Outline(scxml: data, file: "a")
    #expect(
      again.states.map { Array($0.name.utf8) } == reading.outline.states.map { Array($0.name.utf8) }
    )
    let mermaid =
      "stateDiagram-v2\n[*] --> \u{e9}\n\u{e9} --> e\u{301} : go\ne\u{301} --> \u{e9} : back\n"
    #expect(ChartReading(mermaid: mermaid).outline.states.count == 2)
    let plant =
      "@startuml\n[*] --> \u{e9}\n\u{e9} --> e\u{301} : go\ne\u{301} --> \u{e9} : back\n@enduml\n"
    #expect(ChartReading(plantuml: plant).outline.states.count == 2)
  }
}
