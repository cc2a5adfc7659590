import BatonCore
import BatonTesting
import Testing

/// A chart that runs inside a state of another, explored and tested as one.
@Suite(.timeLimit(.minutes(10))) struct InvokingTests {
  /// What is called, at most twice while nobody hangs up.
  enum Phone: Chart {
    enum State: UInt8, Symbol { case idle, calling, broken }
    enum Event: UInt8, Symbol, Message { case dial, hangUp, fall }
    struct Memory: Hashable { var calls = 0 }
    enum Action: UInt8, Symbol { case count }
    static let name: StaticString = "Phone"
    static var definition: Definition<Self> {
      chart(initial: .idle) {
        state(.idle) {
          on(.dial, do: .count, to: .calling)
          ignore(.hangUp, .fall)
        }
        state(.calling) {
          done(to: .idle)
          on(.hangUp, to: .idle)
          on(.fall, to: .broken)
          refuse(.dial)
        }
        state(.broken) { ignore(.dial, .hangUp, .fall) }
      }
    }
    static func run(
      _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Phone>
    ) { memory.calls = (memory.calls + 1) % 3 }
  }

  /// One call, in which both may speak.
  enum Call: Chart {
    enum State: UInt8, Symbol { case ringing, talk, over }
    enum Event: UInt8, Symbol, Message { case answer, speak, end }
    enum Action: UInt8, Symbol { case count }
    struct Memory: Hashable { var words = 0 }
    static let name: StaticString = "call"
    static var definition: Definition<Self> {
      chart(initial: .ringing) {
        state(.ringing) {
          on(.answer, to: .talk)
          refuse(.speak, .end)
        }
        state(.talk) {
          on(.speak, do: .count)
          on(.end, to: .over)
          ignore(.answer)
        }
        final(.over)
      }
    }
    static func run(
      _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Call>
    ) { memory.words = (memory.words + 1) % 4 }
  }

  enum Calling: TestedInvocation {
    typealias Parent = Phone
    typealias Child = Call
    static var state: Phone.State { .calling }
    static func begin(_ parent: Phone.Memory, _ event: Phone.Event?) -> Call.Memory { .init() }

    static var test: ChartTest<Invoking<Calling>> {
      var test = ChartTest(
        Invoking<Calling>.self,
        memory: .init(Phone.Memory()),
        events: [.parent(.dial), .parent(.hangUp)] + Call.Event.allCases.map { .child($0) })
      test.invariants = [
        ("no words before a call", { $0.memory.child == nil || $0.isActive(.parent(.calling)) })
      ]
      return test
    }
  }

  @Test func theProductIsExplored() throws {
    let result = try Calling.test.explore()
    // Three counts of calls: idle, ringing, and talk with four counts of words.
    #expect(result.exploration.states == 3 * (1 + 1 + 4))
    #expect(result.exploration.violations.isEmpty)
  }

  @Test func anInvariantSeesBothMemories() throws {
    var test = Calling.test
    test.invariants = [
      (
        "the third word is never said in a second call",
        {
          $0.memory.parent.calls != 2 || $0.memory.child?.words != 3
        }
      )
    ]
    let failure = #expect(throws: ChartFailure.self) { try test.explore() }
    let ways = failure?.violation?.steps.map { "\($0.action)" } ?? []
    #expect(ways.count == 8, "dial, hang up, dial, answer, and three words: \(ways)")
  }
}
