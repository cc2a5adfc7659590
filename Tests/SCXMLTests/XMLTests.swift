import BatonCore
import BatonSCXML
import Foundation
import Testing

/// What is no XML, told in words, and XML in other encodings than UTF-8.
@Suite(.timeLimit(.minutes(15))) struct XMLTests {
  private static let head = "<scxml xmlns='http://www.w3.org/2005/07/scxml' initial='a'>"
  private static let laughs = """
    <!DOCTYPE scxml [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">
    <!ENTITY c "&b;&b;&b;&b;&b;&b;&b;&b;&b;&b;"><!ENTITY d "&c;&c;&c;&c;&c;&c;&c;&c;&c;&c;">
    <!ENTITY e "&d;&d;&d;&d;&d;&d;&d;&d;&d;&d;"><!ENTITY f "&e;&e;&e;&e;&e;&e;&e;&e;&e;&e;">
    <!ENTITY g "&f;&f;&f;&f;&f;&f;&f;&f;&f;&f;"><!ENTITY h "&g;&g;&g;&g;&g;&g;&g;&g;&g;&g;">]>
    <scxml xmlns='http://www.w3.org/2005/07/scxml'><final id='a'><donedata><content>&h;</content>
    </donedata></final></scxml>
    """

  /// A document with declarations of its own.
  private static func declaring(_ text: String) -> String {
    "<!DOCTYPE scxml [\(text)]>\(head)<state id='a'>&n;</state></scxml>"
  }

  static let broken: [(text: String, line: Int, words: String)] = [
    (head + "\n<state id='a'>\n<transition cond=\"x < 1\"/></state></scxml>", 3, "&lt; means it"),
    (head + "\n<state id='a'>\n</stat></scxml>", 3, "another one than its start tag"),
    (head + "\n<state id='a'>\n", 3, "the document ends inside of"),
    (head + "\n<state id='a'/>\n", 3, "the document ends inside of"),
    (head + "\n<state id='&nobody;'/></scxml>", 2, "an entity is not defined"),
    (head + "\n<state id='a'/></scxml>\n<scxml/>", 3, "behind the document's element"),
    (head + "\n<state id='a'/></scxml>\nwords", 3, "behind the document's element"),
    (head + "\n<x:state id='a'/></scxml>", 2, "a prefix is not declared"),
    (head + "\n<state id='a' x:y='1'/></scxml>", 2, "a prefix is not declared"),
    (head + "\n<state id='a' id='b'/></scxml>", 2, "an attribute stands there twice"),
    (head + "\n<state id=a/></scxml>", 2, "has no quotes"),
    (head + "\n<!-- a -- b --><state id='a'/></scxml>", 2, "two hyphens"),
    ("", 0, "there is no element"), ("words", 1, "there is no element"),
    (laughs, 5, "grows too large"),
    (declaring("<!ENTITY n SYSTEM '<?'>"), 1, "place of an entity is no URI"),
    (head + "<state id='a' xmlns:x=''/></scxml>", 1, "a namespace is none"),
    ("<?xml version='1.0' standalone='1'?>" + head + "<state id='a'/></scxml>", 1, "neither yes"),
    ("<!DOCTYPE scxml SYSTEM 'x'>" + head + "<state id='a'>&b;</state></scxml>", 1, "not defined"),
    (declaring("\n<!ATTLIST state a CDATA #IMPLIED>"), 2, "declaration of ATTLIST is not read"),
    (declaring("\n\n<!NOTATION n SYSTEM 'x'>"), 3, "declaration of NOTATION is not read"),
    (declaring("<!ENTITY n\n SYSTEM '<!--' NDATA y>"), 1, "entity of data (NDATA) is not read"),
    (declaring("<!ENTITY % p '&#60;?q?>'>%p;"), 1, "parameter entity (%) is not read"),
    (declaring("<!ENTITY SYSTEM '<?q?>'>"), 1, "with a processing instruction is not read"),
    (declaring("<!ENTITY n '<?q?>'>"), 1, "an entity with a processing instruction is not read"),
    (declaring("<!ENTITY n '&#x3c;&#63;q?>'>"), 1, "entity with a processing instruction is not"),
    ("<?xml version='1.0' encoding='KOI8-R'?>" + head + "<state id='a'/></scxml>", 1, "KOI8-R"),
  ]

  @Test(arguments: broken)
  func `what is no XML is told in words`(text: String, line: Int, words: String) throws {
    let error = try #require(throws: LoadError.self) {
      try ChartReading(scxml: Data(text.utf8), file: "f")
    }
    #expect(error.line == line && error.problem.contains(words), "\(error)")
    #expect(!error.problem.contains("error ") && !error.problem.contains("Domain"), "\(error)")
    let other = #expect(throws: LoadError.self) { try Document(Data(text.utf8), file: "f") }
    #expect(other == error)
  }

  @Test(arguments: [
    "<?p?>\(head)<state id='a'/></scxml><?q?>", "\(head)<?p?><state id='a'><?q?></state></scxml>",
    "<!DOCTYPE scxml SYSTEM \"<!--\" [<?p?>]>\(head)<state id='a'/></scxml>",
    "<!DOCTYPE scxml [<!-- <!ATTLIST --><!ELEMENT state ANY>]>\(head)<state id='a'/></scxml>",
    "\(head)<!----><!-- <?p?> <!NOTATION --><state id='a'/></scxml>",
    "<?xml version='1.9'?><?p q?>\(head)<state id='a'/></scxml>",
    declaring("<!ENTITY n SYSTEM 'x'>"),
    declaring("<!ENTITY NDATA 'x'><!ENTITY n ''>"),
    declaring("<!ENTITY n PUBLIC 'n' \"x'y\"><?p?>"), declaring("<!ENTITY n '&#60;onentry/>'>"),
  ])
  func `instructions and declarations change nothing`(text: String) throws {
    let outline = try ChartReading(scxml: Data(text.utf8), file: "f").outline
    #expect(outline.states.map(\.name) == ["a"])
    #expect(throws: Never.self) { try Document(Data(text.utf8), file: "f") }
  }

  @Test func `an instruction within CDATA is text, as it was written`() throws {
    let text = Self.head + "<final id='a'><donedata><content><![CDATA[<?p?>]]></content>"
    let document = try Document(Data((text + "</donedata></final></scxml>").utf8), file: "f")
    #expect("\(document)".contains("<?p?>"))
  }

  @Test func `other encodings are read`() throws {
    func text(_ encoding: String) -> String {
      "<?xml version='1.0' encoding='\(encoding)'?>\n" + Self.head
        + "\n<state id='a'><transition event='grün' target='a'/></state></scxml>"
    }
    let sixteen = Array(text("UTF-16").utf16)
    let little = Data([0xFF, 0xFE] + sixteen.flatMap { [UInt8($0 & 0xFF), UInt8($0 >> 8)] })
    let big = Data([0xFE, 0xFF] + sixteen.flatMap { [UInt8($0 >> 8), UInt8($0 & 0xFF)] })
    let latin = try #require(text("ISO-8859-1").data(using: .isoLatin1))
    let marked = Data([0xEF, 0xBB, 0xBF]) + Data(text("utf-8").utf8)
    for data in [little, big, latin, marked, Data(text("UTF-8").utf8)] {
      let outline = try ChartReading(scxml: data, file: "f").outline
      #expect(outline.transitions.map(\.trigger) == [.event("grün")])
      #expect(throws: Never.self) { try Document(data, file: "f") }
    }
  }

  @Test(arguments: [
    ("<history id='h'><transition target='h'/></history>", ["h"]),
    (
      "<history id='h'><transition target='i'/></history>"
        + "<history id='i'><transition target='h'/></history>", ["h", "i"]
    ),
    ("<history id='h'><transition target='b'/></history>", []),
  ])
  func `a history that leads back to itself is a mistake`(
    histories: String, names: [String]
  ) throws {
    let text =
      Self.head + "\n<state id='a' initial='b'>\n\(histories)"
      + "<state id='b'><transition event='e' target='h'/></state></state></scxml>"
    let found = try ChartReading(scxml: Data(text.utf8), file: "f").findings
    let mistakes = found.filter { $0.kind == .mistake }
    #expect(
      mistakes.map(\.text)
        == names.map { "the default of history \($0) leads back to itself" })
    #expect(mistakes.allSatisfy { $0.line == 3 })
  }

  @Test func `a delay that is too long says what is possible`() throws {
    let text =
      Self.head + "<state id='a'><onentry><send event='e' delay='9000000000s'/></onentry>"
      + "</state></scxml>"
    let processor = Processor()
    var errors: [String] = []
    processor.report = { if case .error(_, let text) = $0 { errors.append(text) } }
    let session = processor.start(try Document(Data(text.utf8), file: "f"))
    try processor.run(until: session)
    #expect(errors.count == 1)
    #expect(errors[0].contains("9000000000s is too long: up to 8999999999s"), "\(errors)")
  }
}
