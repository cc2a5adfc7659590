import BatonCore
import BatonDiagrams
import Testing

/// A chart inside a state of another: drawn open and folded, and as a document that runs.
@Suite(.timeLimit(.minutes(10))) struct InvokedDrawingTests {
  enum Phone: Chart {
    enum State: UInt8, Symbol { case idle, calling }
    enum Event: UInt8, Symbol, Message { case dial, hangUp, lost }
    struct Memory: Hashable {}
    static let name: StaticString = "Phone"
    static var definition: Definition<Self> {
      chart(initial: .idle) {
        state(.idle) { on(.dial, to: .calling) }
        state(.calling) {
          done(to: .idle)
          on(.hangUp, .lost, to: .idle)
        }
      }
    }
  }

  enum Call: Chart {
    enum State: UInt8, Symbol { case ringing, talk, over }
    enum Event: UInt8, Symbol, Message { case answer, end }
    enum Guard: UInt8, Symbol { case isFree }
    enum Delay: UInt8, Symbol { case patience }
    struct Memory: Hashable {}
    static let name: StaticString = "call"
    static var definition: Definition<Self> {
      chart(initial: .ringing) {
        state(.ringing) {
          on(.answer, if: .isFree, to: .talk)
          refuse(.end)
          after(.patience, to: .over)
        }
        state(.talk) { on(.end, to: .over) }
        final(.over)
      }
    }
    static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool { true }
    static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 { 1 }
  }

  enum Calling: Invocation {
    typealias Parent = Phone
    typealias Child = Call
    static var state: Phone.State { .calling }
    static func begin(_ parent: Phone.Memory, _ event: Phone.Event?) -> Call.Memory { .init() }
    static func refused(_ kind: Call.Event.Kind) -> Phone.Event? { .lost }
  }

  private static var outline: Outline { Table<Invoking<Calling>>.trusted().outline }

  @Test func theChildIsInsideItsState() {
    let open = Self.outline.diagram(.mermaid)
    #expect(open.contains("call.ringing"))
    #expect(open.contains("invoke call"))
    #expect(open.contains("lost when call.end is refused"))
  }

  @Test func aFoldedStateSaysWhatItRuns() {
    let folded = Self.outline.overview(folding: ["calling"])
    #expect(folded.states.map(\.name) == ["idle", "calling"])
    let picture = folded.diagram(.mermaid)
    #expect(picture.contains("s_calling : 3 states inside"))
    #expect(picture.contains("s_calling : invoke call"))
    #expect(!picture.contains("call.ringing"))
  }

  @Test func itsGuardsAndDelaysAreVariablesOfADocument() {
    let text = Self.outline.diagram(.scxml)
    #expect(text.contains("<data id=\"call_isFree\" expr=\"1\" baton:name=\"call.isFree\"/>"))
    let patience = "<data id=\"call_patience\" expr=\"&#39;1s&#39;\" baton:name=\"call.patience\"/>"
    #expect(text.contains(patience))
    #expect(text.contains("cond=\"call_isFree == 1\" baton:guard=\"call.isFree\""))
    #expect(text.contains("delayexpr=\"call_patience\""))
  }
}
