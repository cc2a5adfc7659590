import BatonCore
import BatonDiagrams
import BatonSCXML
import Foundation
import Testing

/// Documents as others write them, drawn and checked.
@Suite(.timeLimit(.minutes(15))) struct ForeignTests {
  private func outline(_ document: String) throws -> Outline {
    try Outline(scxml: Data(document.utf8), file: "foreign")
  }

  private func findings(_ document: String) throws -> [Finding] {
    try ChartReading(scxml: Data(document.utf8), file: "foreign").all.filter { $0.kind != .note }
  }

  @Test(arguments: ForeignDocument.all)
  func `a document of others is drawn in every format`(document: ForeignDocument) throws {
    let outline = try outline(document.text)
    #expect(outline.states.count == document.states)
    #expect(outline.transitions.count == document.transitions)
    for format in DiagramFormat.allCases { #expect(!outline.diagram(format).isEmpty) }
  }

  @Test(arguments: ForeignDocument.all)
  func `a document of others is written as one and read back`(document: ForeignDocument) throws {
    let outline = try outline(document.text)
    #expect(try self.outline(outline.diagram(.scxml)) == outline)
  }

  @Test func `states without ids keep their transitions`() throws {
    let outline = try outline(ForeignDocument.nameless.text)
    #expect(outline.transitions.map(\.source) == [0, 1, 2])
    for format in [DiagramFormat.mermaid, .plantuml, .dot, .scxml] {
      let text = outline.diagram(format)
      for event in ["go", "on", "back"] { #expect(text.contains(event), "\(format.name)") }
    }
  }

  @Test(arguments: DiagramFormat.allCases.filter { $0.name != "html" })
  func `all content is shown`(format: DiagramFormat) throws {
    let text = try outline(ForeignDocument.content.text).diagram(format)
    let plain = ForeignDocument.words.filter { !text.contains($0) }
    #expect(plain == [])
  }

  @Test func `what a document says is shown as its text`() throws {
    let outline = try outline(ForeignDocument.content.text)
    #expect(outline.declarations == ["data total = 3", "script var started = now();"])
    #expect(
      outline.states[0].entry == [
        "data local = <item key=a>leaf</>", "total = total + 1", "raise ready",
        "send ping to there by basic after 2s as s1 with total, amount = 7",
        "cancel s1", "log note: total",
        "if total > 2 { raise big } else if total == 2 { raise even } else { raise small }",
        "foreach one, place in many { log one }", "script beep();",
        "<play sound=horn>", "invoke scxml sub.scxml as child autoforward finalize { total = 0 }",
      ])
    #expect(outline.transitions[0].guard == "total > 1 && In('other')")
    #expect(outline.states[1].entry == ["donedata with answer = 42"])
  }

  @Test func `text beside elements is shown as well`() throws {
    let send = "<send event='e'><content>hello <b>you</b>, and <i/></content></send>"
    let outline = try outline(
      ForeignDocument.head + "<state id='a'><onentry>\(send)</onentry></state></scxml>")
    #expect(outline.states[0].entry == ["send e with hello <b>you</> , and <i>"])
  }

  @Test func `several initial states, and one that lies deep, are kept`() throws {
    let outline = try outline(ForeignDocument.initials.text)
    let names = ([outline.initial] + outline.furtherInitials).map { outline.states[$0].name }
    #expect(names == ["a2", "b2"])
    let arrows = outline.diagram(.plantuml).split(separator: "\n").filter {
      $0.hasPrefix("[*] --> ")
    }
    #expect(arrows == ["[*] --> s_a2", "[*] --> s_b2"])
    // One dot for both, and that of each region's own default.
    #expect(outline.diagram(.svg).components(separatedBy: "class=\"initial\"").count == 4)
  }

  @Test func `a document without a name has no empty title`() throws {
    let text = try outline(ForeignDocument.nameless.text).diagram(.plantuml)
    #expect(!text.contains("title"))
  }

  // MARK: Findings

  @Test(arguments: [
    (
      "<state id='a'>\n<onentri/>\n</state>", 3,
      "there is no element onentri; did you mean onentry?"
    ),
    (
      "<state id='a'>\n<transition event='e' cnd='false' target='a'/></state>", 3,
      "transition has no attribute cnd; did you mean cond?"
    ),
    ("<stat id='b'/><state id='a'/>", 2, "there is no element stat; did you mean state?"),
    ("<state id='a'><log lable='x'/></state>", 2, "log does not belong into state"),
    ("<state id='a'><onexit><raise/></onexit></state>", 2, "raise has no event"),
    (
      "<state id='one'><transition event='e' target='on'/></state>", 2,
      "no state has the id on; did you mean one?"
    ),
    ("<state id='a'/>\n<state id='a'/>", 3, "two states have the id a"),
    (
      "<state id='a' initial='b'><state id='c'/></state><state id='b'/>", 2,
      "initial b does not lie in a"
    ),
    ("<state id='a'/>\n<state id='b'/>", 3, "state b is unreachable"),
    ("<state id='a'/>", 2, "state a has no way out"),
    ("<parallel id='a'/>", 2, "state a has no way out"),
    (
      "<state id='a'><transition event='e' target='a'/>\n<transition event='e.f'/></state>",
      3, "a: the transition on event e.f is never taken, one without guard is before it"
    ),
    (
      "<state id='a'><transition target='b'/></state>"
        + "<state id='b'><transition target='a'/></state>",
      2, "a: eventless transitions without guard form a circle"
    ),
  ])
  func `it is found, with its line`(body: String, line: Int, text: String) throws {
    let found = try findings(ForeignDocument.head + "\n" + body + "</scxml>")
    #expect(found.contains { $0.line == line && $0.text == text }, "\(found)")
  }

  @Test(arguments: [
    ("\n<history id='h'/>", 1, "scxml holds no state"),
    (
      "<state id='a'>\n<history id='h'/></state><state id='b'/>", 3,
      "history h has no transition, and no state beside it"
    ),
    (
      "<parallel id='a'>\n<history id='h'/></parallel>", 3,
      "history h has no transition, and no state beside it"
    ),
    (
      "<state id='a'><state id='b'/><history id='h'>\n<transition/></history></state>", 3,
      "history h does not say what is entered first"
    ),
  ])
  func `a history that means nothing is a mistake, and is not drawn`(
    body: String, line: Int, text: String
  ) throws {
    let document = ForeignDocument.head + "\n" + body + "</scxml>"
    let found = try findings(document).filter { $0.kind == .mistake }
    #expect(found.map(\.line) == [line] && found.map(\.text) == [text], "\(found)")
    #expect(throws: LoadError.self) { try outline(document) }
  }

  @Test(arguments: [
    ("<state id='a'><transition event='e' target='a b'/></state><state id='b'/>", 2, "a and b"),
    (
      "<state id='p'><state id='a'/>\n<state id='b'/></state><state id='c'>"
        + "<transition event='e' target='b a'/></state>", 3, "a and b"
    ),
    (
      "<parallel id='p'><state id='r'><state id='a'/><state id='b'/></state><state id='s'/>"
        + "</parallel>\n<state id='c'><transition event='e' target='p a b'/></state>", 3, "a and b"
    ),
    ("<state id='p' initial='a b'><state id='a'/><state id='b'/></state>", 2, "a and b"),
    (
      "<state id='p'><initial>\n<transition target='h b'/></initial><history id='h'/>"
        + "<state id='b'/></state>", 3, "h and b"
    ),
  ])
  func `states that lie beside each other are no targets of one transition`(
    body: String, line: Int, which: String
  ) throws {
    let document = ForeignDocument.head + "\n" + body + "</scxml>"
    let found = try findings(document).filter { $0.kind == .mistake }
    #expect(found.map(\.line) == [line], "\(found)")
    #expect(found.map(\.text) == ["\(which) can't be active together"])
    #expect(throws: LoadError.self) { try Document(Data(document.utf8), file: "a.scxml") }
  }

  @Test
  func `the chart's initial states are looked at as well, regions and what holds them are not`()
    throws
  {
    let states =
      "<state id='a'/><parallel id='p'><state id='r'><state id='b'/></state>"
      + "<state id='s'/><state id='t'/></parallel></scxml>"
    let two = "<scxml xmlns='http://www.w3.org/2005/07/scxml' version='1.0' initial='a b'>"
    #expect(try findings(two + states).contains { $0.text == "a and b can't be active together" })
    #expect(throws: LoadError.self) { try Document(Data((two + states).utf8), file: "a.scxml") }
    for legal in ["b s", "t s b", "p", "p b t", "r b s", "b b"] {
      let text = two.replacingOccurrences(of: "a b", with: legal) + states
      #expect(try findings(text).allSatisfy { $0.kind != .mistake }, "\(legal)")
      _ = try Document(Data(text.utf8), file: "a.scxml")
    }
  }

  @Test(arguments: [
    ("binding='soon'", "scxml has the binding soon: early and late are"),
    ("binding='late'", nil), ("binding='early'", nil),
  ])
  func `an attribute's values are looked at`(attribute: String, text: String?) throws {
    let document =
      "<scxml xmlns='http://www.w3.org/2005/07/scxml' version='1.0' \(attribute)>"
      + "<parallel id='a'/></scxml>"
    let found = try findings(document).map(\.text).filter { $0.contains("binding") }
    #expect(found == [text].compactMap { $0 })
  }

  @Test func `a misspelt name is told where there is no state at all`() {
    let text =
      "<scxml xmlns='http://www.w3.org/2005/07/scxml' version='1.0'>\n<State id='a'/></scxml>"
    let error = #expect(throws: LoadError.self) { try findings(text) }
    #expect(
      error?.problem
        == "scxml holds no state; line 2: there is no element State; did you mean state?")
  }

  @Test(arguments: [
    ("<state id='a'/><history id='h'/>", ["a"]),
    ("<state id='b'/><state id='c'/><history id='h' type='deep'/>", ["b"]),
  ])
  func `a history without a transition means what is initial beside it, explored as well`(
    inside: String, names: [String]
  ) throws {
    let outline = try outline(
      ForeignDocument.head + "<state id='p'>\(inside)</state><state id='z'>"
        + "<transition event='o' target='h'/></state></scxml>")
    let (structure, numbers) = try Structure.made(of: outline)
    let place = try #require(outline.states.firstIndex { $0.name == "h" })
    let way = try #require(structure.states[place + 1].initial)
    #expect(numbers[way] == nil)
    #expect(
      structure.transitions[way].targets.map { outline.states[$0 - 1].name } == names)
  }

  @Test func `a parallel state without regions may have a way out`() throws {
    let body = "<parallel id='a'><transition event='e' target='a'/></parallel></scxml>"
    #expect(try findings(ForeignDocument.head + body) == [])
  }

  @Test(arguments: ForeignDocument.clean)
  func `nothing is found in a clean document`(document: ForeignDocument) throws {
    #expect(try findings(document.text) == [])
  }

  @Test func `what is no chart is refused`() {
    for text in ["", "<a/>", "<scxml/>", ForeignDocument.head, "{}"] {
      #expect(throws: LoadError.self) { try outline(text) }
    }
  }
}

/// A document in somebody's style, written for these tests.
struct ForeignDocument: Sendable {
  let text: String
  let states: Int
  let transitions: Int

  static let head =
    "<scxml xmlns='http://www.w3.org/2005/07/scxml' version='1.0' datamodel='ecmascript'>"

  static let all = [nameless, content, initials, media, robot, call]
  static let clean = [initials, media, call]

  static let nameless = ForeignDocument(
    text: head + """
      <state><transition event="go" target="x"/>
        <state><transition event="on" target="x"/></state></state>
      <state id="x"><transition event="back" target="x"/></state></scxml>
      """, states: 3, transitions: 3)

  /// Words of `content` that need no escaping anywhere.
  static let words = [
    "total", "local", "leaf", "ready", "ping", "there", "basic", "amount", "cancel", "note", "many",
    "beep", "horn", "invoke", "child", "finalize", "donedata", "answer", "started", "other",
  ]

  static let content = ForeignDocument(
    text: head + """
      <datamodel><data id="total" expr="3"/></datamodel>
      <script>var started = now();</script>
      <state id="work">
        <datamodel><data id="local"><item key="a">leaf</item></data></datamodel>
        <onentry>
          <assign location="total" expr="total + 1"/>
          <raise event="ready"/>
          <send event="ping" target="there" type="basic" delay="2s" id="s1" namelist="total">
            <param name="amount" expr="7"/></send>
          <cancel sendid="s1"/>
          <log label="note:" expr="total"/>
          <if cond="total &gt; 2"><raise event="big"/><elseif cond="total == 2"/>
            <raise event="even"/><else/><raise event="small"/></if>
          <foreach array="many" item="one" index="place"><log expr="one"/></foreach>
          <script>beep();</script>
          <my:play xmlns:my="urn:my" sound="horn"/>
        </onentry>
        <invoke type="scxml" src="sub.scxml" id="child" autoforward="true">
          <finalize><assign location="total" expr="0"/></finalize></invoke>
        <transition event="stop" cond="total &gt; 1 &amp;&amp; In('other')" target="end"/>
      </state>
      <final id="end"><donedata><param name="answer" expr="42"/></donedata></final></scxml>
      """, states: 2, transitions: 1)

  static let initials = ForeignDocument(
    text: """
      <scxml xmlns='http://www.w3.org/2005/07/scxml' version='1.0' initial='a2 b2'>
      <parallel id='p'>
      <state id='a' initial='a1'><state id='a1'><transition event='e' target='a2'/></state>
      <state id='a2'><transition event='e' target='a1'/></state></state>
      <state id='b'><initial><transition target='b1'><log expr='1'/></transition></initial>
      <state id='b1'><transition event='e' target='b2'/></state>
      <state id='b2'><transition event='f' type='internal' target='a1 b1'/></state></state>
      </parallel></scxml>
      """, states: 7, transitions: 4)

  /// As tools for Qt write them.
  static let media = ForeignDocument(
    text: """
      <?xml version="1.0" encoding="UTF-8"?>
      <scxml xmlns="http://www.w3.org/2005/07/scxml" version="1.0" binding="early"
        xmlns:qt="http://www.qt.io/2015/02/scxml-ext" name="Player" qt:editorversion="4.6.1"
        initial="off" datamodel="ecmascript">
        <qt:editorinfo initialGeometry="150;50;-20;-20;40;40"/>
        <state id="off"><qt:editorinfo scenegeometry="1;2;3;4"/>
          <transition type="internal" event="tap" target="on"><qt:editorinfo endTargetFactors="1"/>
          </transition></state>
        <state id="on" initial="playing">
          <state id="playing"><onentry><send event="playbackStarted"><param name="media"
            expr="_event.data.media"/></send></onentry>
            <transition event="pause" target="paused"/></state>
          <state id="paused"><transition event="resume" target="was"/></state>
          <history id="was" type="shallow"><transition target="playing"/></history>
          <transition event="tap" cond="isValidMedia()" target="off"/>
        </state>
      </scxml>
      """, states: 5, transitions: 5)

  /// As robots' behaviours are written, with actions of the author's own.
  static let robot = ForeignDocument(
    text: """
      <scxml version="1.0" datamodel="python" initial="Patrol" xmlns:rl="urn:robot">
        <state id="Patrol" src="patrol.xml">
          <onentry><rl:move x="1.0" y="2.0"/></onentry>
          <transition event="obstacle.*" target="Avoid"/>
          <transition event="battery.low" cond="level &lt; 0.2" target="Dock"/>
        </state>
        <state id="Avoid"><onentry><send event="timeout" delayexpr="str(t) + 's'"/></onentry>
          <transition event="timeout" target="Patrol"/></state>
        <parallel id="Dock"><state id="Arm"><transition event="done.state.Dock"/></state>
          <state id="Base"><final id="Home"/></state></parallel>
      </scxml>
      """, states: 6, transitions: 4)

  /// As call control is written.
  static let call = ForeignDocument(
    text: """
      <scxml:scxml xmlns:scxml="http://www.w3.org/2005/07/scxml" xmlns:cc="urn:call" version="1.0"
        datamodel="xpath" initial="idle">
        <scxml:datamodel><scxml:data id="line"><cc:line state="free"/></scxml:data>
        </scxml:datamodel>
        <scxml:state id="idle"><scxml:transition event="call.incoming call.transfer" target="ring"/>
        </scxml:state>
        <scxml:state id="ring"><scxml:onentry><cc:accept/></scxml:onentry>
          <scxml:transition event="*" cond="$line/@state = 'busy'" target="idle"/>
          <scxml:transition event="done.invoke.dialog error.communication" target="gone"/>
          <scxml:invoke id="dialog" type="vxml3" src="ask.vxml"/></scxml:state>
        <scxml:final id="gone"/>
      </scxml:scxml>
      """, states: 3, transitions: 5)
}
