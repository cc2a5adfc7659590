import BatonCore
import BatonSCXML
import Foundation
import Testing

/// What SCXML allows once, or not beside something else, and documents have all the same: they run,
/// and are told what counts.
@Suite(.timeLimit(.minutes(10))) struct SurplusTests {
  private static let head =
    "<scxml xmlns='http://www.w3.org/2005/07/scxml' version='1.0' datamodel='mini'>\n"

  private static func entry(_ content: String) -> String {
    "<state id='a'><onentry>\n\(content)</onentry></state>"
  }

  /// A body, the line of what is told, its text, and whether it is told when the document runs.
  private static let bodies: [(String, Int, String, Bool)] = [
    (
      "<state id='a'><initial><transition target='b'/></initial>\n"
        + "<initial><transition target='c'/></initial><state id='b'/><state id='c'/></state>",
      3, "state a has more than one initial: the first one counts", true
    ),
    (
      "<state id='a'><initial><transition target='b'/>\n<transition target='c'/></initial>"
        + "<state id='b'/><state id='c'/></state>",
      3, "initial has more than one transition: the first one counts", true
    ),
    (
      "\n<state id='a' initial='c'><initial><transition target='b'/></initial><state id='b'/>"
        + "<state id='c'/></state>",
      3, "state a has the element initial and the attribute initial: the first one counts", true
    ),
    (
      "<state id='a'><initial>\n<transition event='e' target='b'/></initial>"
        + "<state id='b'/></state>",
      3, "the transition of initial has the attribute event, which means nothing", true
    ),
    (
      "<state id='a'><state id='b'/><history id='h'>\n<transition cond='true' target='b'/>"
        + "</history></state>",
      3, "the transition of history h has the attribute cond, which means nothing", true
    ),
    (
      "<state id='a'>\n<initial/><state id='b'/></state>",
      3, "initial has no transition: it means nothing", true
    ),
    (
      "<state id='a'><state id='b'/><history id='h'><transition target='b'/>\n"
        + "<transition target='b'/></history></state>",
      3, "history h has more than one transition: the first one counts", true
    ),
    (
      "<final id='a'><donedata/>\n<donedata/></final>", 3,
      "final a has more than one donedata: the first one counts", true
    ),
    (
      "<final id='a'>\n<donedata><content>x</content><param name='p' expr='1'/></donedata></final>",
      3, "donedata has the element content and the element param: the first one counts", true
    ),
    (
      entry("<send event='e' id='x'><param name='p' expr='1'/><content>x</content></send>"), 3,
      "send x has the element content and the element param: the first one counts", true
    ),
    (
      entry("<send event='e' namelist='d'><content>x</content></send>"), 3,
      "send has the element content and the attribute namelist: the first one counts", true
    ),
    (
      "<state id='a'>\n<invoke src='file:x'><content><scxml/></content></invoke></state>", 3,
      "invoke has the attribute src and the element content: the first one counts", true
    ),
    (
      "<state id='a'/><datamodel>\n<data id='d' expr='1' src='file:x'/></datamodel>", 3,
      "data d has the attribute src and the attribute expr: the first one counts", true
    ),
    (
      "<state id='a'/><datamodel>\n<data id='d' expr='1'>2</data></datamodel>", 3,
      "data d has the attribute expr and something inside: the first one counts", true
    ),
    (
      "<datamodel><data id='d' expr='1'/></datamodel><state id='a'><datamodel>\n"
        + "<data id='d' expr='2'/></datamodel></state>", 3,
      "two data have the id d, the first one on line 2: they are one variable", false
    ),
    (
      "<script>a = 1</script>\n<script>b = 1</script><state id='a'/>", 3,
      "scxml has more than one script: all of them count", false
    ),
    (entry("<cancel/>"), 3, "cancel has neither sendid nor sendidexpr", false),
    (
      "\n<state id='a'>\n<onentry/> hello\n you </state>", 3,
      "state a has text inside, which means nothing: hello you", true
    ),
    (entry("<if cond='true'>x</if>"), 3, "if has text inside, which means nothing: x", true),
  ]

  @Test(arguments: bodies)
  func `it is told with its line, and the document runs`(
    body: String, line: Int, text: String, isLost: Bool
  ) throws {
    let document = Data("\(Self.head)\(body)</scxml>".utf8)
    let found = try ChartReading(scxml: document, file: "a").all.filter { $0.kind != .gap }
    #expect(found.map(\.text) == [text] && found.map(\.line) == [line], "\(found)")
    let notes = try Document(document, file: "a").notes
    #expect(notes.contains("a:\(line): \(text)") == isLost, "\(notes)")
  }

  @Test func `a version is looked for, and not needed`() throws {
    let text = "<scxml xmlns='http://www.w3.org/2005/07/scxml'><parallel id='a'/></scxml>"
    let found = try ChartReading(scxml: Data(text.utf8), file: "a").findings
    #expect(found.map(\.text) == ["scxml has no version"])
    #expect(try Document(Data(text.utf8), file: "a").notes == [])
  }

  @Test func `an invocation may have content and parameters, and data anything inside`() throws {
    let body = """
      <datamodel><data id='d'><initial/>text<initial/></data></datamodel>
      <state id='a'><invoke><content><scxml version='1.0'><final id='b'/></scxml></content>
      <param name='p' expr='1'/></invoke></state>
      """
    let document = Data("\(Self.head)\(body)</scxml>".utf8)
    #expect(try ChartReading(scxml: document, file: "a").findings.map(\.text) == [])
  }

  @Test func `an initial transition without a target is a mistake with its line`() throws {
    let body = "<state id='a'><initial>\n<transition/></initial><state id='b'/></state>"
    let document = Data("\(Self.head)\(body)</scxml>".utf8)
    let found = try ChartReading(scxml: document, file: "a").findings
    let mistakes = found.filter { $0.kind == .mistake }
    #expect(mistakes.map(\.text) == ["a does not say what is entered first"])
    #expect(mistakes.map(\.line) == [3])
    let error = #expect(throws: LoadError.self) { try Document(document, file: "a") }
    #expect(error?.description == "a:3: a does not say what is entered first")
  }
}
