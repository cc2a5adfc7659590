import Foundation
import Testing

@testable import BatonSCXML

/// Documents that never come to rest.
@Suite(.timeLimit(.minutes(10))) struct EndlessTests {
  private func session(_ inside: String) throws -> (processor: Processor, session: Session) {
    let text = "<scxml datamodel=\"null\">\(inside)</scxml>"
    let processor = Processor()
    return (processor, processor.start(try Document(Data(text.utf8), file: "endless.scxml")))
  }

  private static let circle = """
    <state id="a"><onentry><send event="go"/></onentry><transition event="go" target="a"/></state>
    """

  @Test func `events to oneself without a delay are given up soon, with file and limit`() throws {
    let it = try session(Self.circle)
    #expect {
      try it.processor.run(until: it.session)
    } throws: { error in
      "\(error)" == """
        endless.scxml: session1 sends and takes events without a delay for ever: more than 20000 \
        macrosteps at 0.0 s, the last one of go
        """
    }
  }

  @Test func `a script ends with such a document as well`() throws {
    let text = "<scxml datamodel=\"null\">\(Self.circle)</scxml>"
    let document = try Document(Data(text.utf8), file: "endless.scxml")
    let script = #"{"initialConfiguration": ["b"], "events": []}"#
    let vector = try JSONDecoder().decode(VectorScript.self, from: Data(script.utf8))
    #expect(throws: ProcessorError.self) { try vector.run(document) }
  }

  @Test func `delays let the clock go on, and each rest begins the count anew`() throws {
    let it = try session(
      """
      <state id="a"><onentry><send event="go" delay="1ms"/></onentry>
      <transition event="go" target="a"/></state>
      """)
    let more = UInt64(Processor.turnsMax + 1_000)
    try it.processor.run(until: it.session, limit: more * 1_000_000)
    #expect(it.processor.now == more * 1_000_000)
  }
}
