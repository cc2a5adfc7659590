import BatonCore
import BatonSCXML
import Foundation
import Testing

/// What a check tells of words that SCXML knows and that do not run.
@Suite(.timeLimit(.minutes(10))) struct MeaningTests {
  private func found(_ body: String, datamodel: String = "mini") throws -> [String] {
    let text = """
      <scxml xmlns='http://www.w3.org/2005/07/scxml' version='1.0' datamodel='\(datamodel)'>
      \(body)</scxml>
      """
    return try ChartReading(scxml: Data(text.utf8), file: "a").all.filter { $0.kind != .gap }
      .map { $0.text(file: "a") }
  }

  @Test(arguments: ["5 s", "abc", "-1s", "1e400s", "", "9e9s"])
  func `a delay that is none is told with its line`(delay: String) throws {
    let found = try found(
      """
      <state id='a'><onentry>
      <if cond='true'><send event='e' delay='\(delay)'/></if></onentry></state>
      """
    )
    #expect(found.count == 1)
    let start = "a:3: warning: send is error.execution when it is reached: "
    #expect(found.first?.hasPrefix(start) == true, "\(found)")
  }

  @Test(arguments: ["5s", "1.5s", "200ms", ".5s", "0s"])
  func `a delay is no finding`(delay: String) throws {
    #expect(
      try found("<state id='a'><onentry><send event='e' delay='\(delay)'/></onentry></state>") == []
    )
  }

  @Test func `a data model and types of others are told`() throws {
    #expect(
      try found("<state id='a'/>", datamodel: "python") == [
        "a:1: note: the data model python does not run here: ecmascript, mini and null do"
      ])
    let misspelt = try found("<state id='a'/>", datamodel: "ecmascrpit")
    #expect(misspelt.first?.hasPrefix("a:1: warning: ") == true)
    #expect(misspelt.first?.hasSuffix("; did you mean ecmascript?") == true, "\(misspelt)")
    for name in ["mini", "null"] { #expect(try found("<state id='a'/>", datamodel: name) == []) }
    let types = try found(
      """
      <state id='a'><onentry><send event='e' type='mail'/></onentry>
      <invoke type='http://x.example/' src='file:b'/><invoke type='scxml' src='file:b'/></state>
      """)
    #expect(types.count == 2)
    #expect(types.first?.hasPrefix("a:2: note: send of type mail is error.execution") == true)
    #expect(types.last?.hasPrefix("a:3: note: invoke of type http://x.example/ is ") == true)
    #expect(
      types.last?.hasSuffix(
        ": there are http://www.w3.org/TR/scxml, "
          + "http://www.w3.org/TR/scxml/, scxml") == true, "\(types)")
  }

  @Test func `a document inside is checked with its lines, and those inside it`() throws {
    let found = try found(
      """
      <state id='a'><invoke><content>
      <scxml version='1.0' datamodel='mini'><state id='b'>
      <transition event='e' target='nowhere'/><onentri/>
      <invoke><content><scxml version='1.0'>
      </scxml></content></invoke>
      </state></scxml></content></invoke></state>
      """)
    #expect(
      found == [
        "a:4: warning: in the document inside: no state has the id nowhere",
        "a:4: warning: in the document inside: there is no element onentri; did you mean onentry?",
        "a:5: warning: in the document inside: in the document inside: scxml holds no state",
      ])
  }

  @Test func `content that is no document, and one that does not count, is left alone`() throws {
    let inner = "<content><scxml><stat/></scxml></content>"
    #expect(
      try found("<state id='a'><onentry><send event='e'>\(inner)</send></onentry></state>") == [])
    #expect(
      try found("<state id='a'><invoke src='file:x'>\(inner)</invoke></state>").map {
        $0.contains("the first one counts")
      } == [true])
  }
}
