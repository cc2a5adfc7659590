import Synchronization
import Testing

@testable import BatonCore

/// Guards that are combined: what they say, in which order they are asked, and how often.
@Suite(.timeLimit(.minutes(10))) struct ConditionTests {
  /// Answers by bits, and who was asked.
  final class Log: Hashable, Sendable {
    let answers: UInt8
    private let asked = Mutex<[UInt8]>([])

    init(_ answers: UInt8) { self.answers = answers }

    static func == (one: Log, other: Log) -> Bool { one === other }
    func hash(into hasher: inout Hasher) { hasher.combine(ObjectIdentifier(self)) }

    func holds(_ code: UInt8) -> Bool {
      asked.withLock { $0.append(code) }
      return answers >> code & 1 == 1
    }

    var order: [UInt8] { asked.withLock { $0 } }
  }

  enum Ask: UInt8, Symbol { case a, b, c, d }
  enum Go: UInt8, Symbol, Message { case go }

  /// A chart without regions, whose conditions a test sets.
  enum Gate: Chart {
    enum State: UInt8, Symbol { case shut, open, ajar }
    typealias Event = Go
    typealias Guard = Ask
    typealias Memory = Log
    static let name: StaticString = "Gate"
    static var definition: Definition<Self> {
      chart(initial: .shut) {
        state(.shut) {
          on(.go, if: .a, to: .open)
          on(.go, if: .d, to: .ajar)
        }
        state(.open)
        state(.ajar)
      }
    }
    static func check(_ guard: Ask, _ memory: Log, _ event: Event?) -> Bool {
      memory.holds(`guard`.rawValue)
    }
  }

  /// The same beside another region.
  enum Gates: Chart {
    enum State: UInt8, Symbol { case both, left, shut, open, ajar, right, dark }
    typealias Event = Go
    typealias Guard = Ask
    typealias Memory = Log
    static let name: StaticString = "Gates"
    static var definition: Definition<Self> {
      chart(initial: .both) {
        parallel(.both) {
          state(.left, initial: .shut) {
            state(.shut) {
              on(.go, if: .a, to: .open)
              on(.go, if: .d, to: .ajar)
            }
            state(.open)
            state(.ajar)
          }
          state(.right, initial: .dark) { state(.dark) }
        }
      }
    }
    static func check(_ guard: Ask, _ memory: Log, _ event: Event?) -> Bool {
      memory.holds(`guard`.rawValue)
    }
  }

  private func formula(_ chance: inout SplitMix, depth: Int) -> Formula<UInt8> {
    switch depth > 3 ? 0 : chance.next() % 4 {
    case 1: formula(&chance, depth: depth + 1).negated
    case 2: formula(&chance, depth: depth + 1).and(formula(&chance, depth: depth + 1))
    case 3: formula(&chance, depth: depth + 1).or(formula(&chance, depth: depth + 1))
    case _: .name(UInt8(chance.next() % 4))
    }
  }

  /// What Swift's own operators would ask and answer; each guard is asked once of a formula.
  private func expected(_ first: Formula<UInt8>, _ answers: UInt8) -> Finding {
    var order: [UInt8] = []
    func ask(_ code: UInt8) -> Bool {
      if !order.contains(code) { order.append(code) }
      return answers >> code & 1 == 1
    }
    if first.holds(ask) { return Finding(state: "open", order: order) }
    let isAjar = answers >> Ask.d.rawValue & 1 == 1
    return Finding(state: isAjar ? "ajar" : "shut", order: order + [Ask.d.rawValue])
  }

  struct Finding: Equatable {
    var state: String
    var order: [UInt8]
  }

  private func run<C: Chart>(
    _ chart: C.Type, _ formula: Formula<UInt8>, _ answers: UInt8, hasLanes: Bool = true,
    observer: (any Observer)? = nil
  ) throws -> Finding where C.Memory == Log, C.Event == Go {
    var plan = Plan(C.definition)
    plan.transitions[0].condition = formula
    let log = Log(answers)
    let table = Table<C>(plan, hasLanes: hasLanes)
    var machine = Machine(table, memory: log, observer: observer)
    var outbox = Outbox<C>()
    try machine.start(at: 0, into: &outbox)
    try machine.send(.go, at: 0, into: &outbox)
    return Finding(state: machine.state.name, order: log.order)
  }

  @Test func `every condition is answered as Swift's operators answer it`() throws {
    var chance = SplitMix(seed: 14)
    var combined = 0
    for _ in 0..<300 {
      let formula = formula(&chance, depth: 0)
      combined += formula.single == nil ? 1 : 0
      for answers in 0..<16 as Range<UInt8> {
        let wanted = expected(formula, answers)
        #expect(try run(Gate.self, formula, answers) == wanted, "\(formula) \(answers)")
        #expect(try run(Gate.self, formula, answers, observer: Blind()) == wanted)
        #expect(try run(Gates.self, formula, answers) == wanted, "\(formula) \(answers)")
        #expect(try run(Gates.self, formula, answers, hasLanes: false) == wanted)
      }
    }
    #expect(combined > 100)
  }

  /// Makes a machine take its other way, and sees nothing.
  private final class Blind: Observer {
    func observed(_ record: TransitionRecord) {}
  }

  @Test func `a record says who was asked`() throws {
    final class Last: Observer, Sendable {
      let record = Mutex<TransitionRecord?>(nil)
      func observed(_ record: TransitionRecord) { self.record.withLock { $0 = record } }
    }
    let last = Last()
    let formula = Formula<UInt8>.name(0).and(.name(1)).or(.name(2))
    _ = try run(Gate.self, formula, 0b0101, observer: last)
    let record = try #require(last.record.withLock { $0 })
    #expect((record.guardsAsked, record.guardsHeld) == (0b111, 0b101))
    _ = try run(Gate.self, formula, 0b0011, observer: last)
    #expect(last.record.withLock { $0?.guardsAsked } == 0b011)
  }

  // MARK: Definitions

  /// Combined guards with everything that can start a transition.
  enum Every: Chart {
    enum State: UInt8, Symbol { case all, left, first, end, right, second, off }
    enum Event: UInt8, Symbol, Message { case go, stop, turn }
    enum Delay: UInt8, Symbol { case soon }
    typealias Guard = Ask
    typealias Memory = Int
    static let name: StaticString = "Every"
    static var mayTurn: Condition<Self> { .c || .d }
    static var definition: Definition<Self> {
      chart(initial: .off) {
        state(.off) {
          on(.go, if: .a && .b, to: [.first, .second])
          on(.go, .stop, if: !.a && !(.b || .c))
          on(.turn, if: !.d, to: .all)
        }
        parallel(.all) {
          onAny(if: .a && mayTurn, to: .off)
          done(if: .a || .b && .c, to: .off)
          state(.left, initial: .first) {
            state(.first) {
              after(.soon, if: (.a || .b) && !(.c && .d), to: .end)
              always(if: mayTurn && !mayTurn, to: .end)
            }
            final(.end)
          }
          state(.right, initial: .second) { state(.second) { on(.stop, if: .a || !.a) } }
        }
      }
    }
    static func check(_ guard: Ask, _ memory: Int, _ event: Event?) -> Bool { true }
    static func nanoseconds(_ delay: Delay, _ memory: Int) -> UInt64 { 1 }
  }

  @Test func `an outline says what is combined`() {
    let outline = Outline(ChartNames(Every.self), Plan(Every.definition))
    #expect(
      outline.transitions.map { "\($0.isNegated ? "not " : "")\($0.guard ?? "-")" } == [
        "a && b", "!a && !(b || c)", "!a && !(b || c)", "not d", "a && (c || d)", "a || b && c",
        "(a || b) && !(c && d)", "(c || d) && !(c || d)", "a || !a",
      ])
    #expect(Plan(Every.definition).mistakes().filter { $0 != .doneWithoutFinal(0) } == [])
  }

  @Test func `a text is read as what it was written for`() throws {
    var chance = SplitMix(seed: 15)
    for _ in 0..<300 {
      let words = formula(&chance, depth: 0).map { ["a", "isB", "In('c d')", "e.f"][Int($0)] }
      let read = try #require(Formula<String>(words.text))
      // Brackets that mean nothing are not written.
      #expect(read.text == words.text)
      for answers in 0..<16 {
        let ask = { (name: String) in answers >> (words.names.firstIndex(of: name) ?? 0) & 1 == 1 }
        #expect(read.holds(ask) == words.holds(ask))
      }
    }
  }

  @Test(arguments: [
    ("not a and b or c", "!a && b || c"), ("((a))", "a"), ("!!a", "a"), (" a&&b ", "a && b"),
    ("!(a or b) && c", "!(a || b) && c"), ("In('x)') && f(1, (2))", "In('x)') && f(1, (2))"),
  ])
  func `other words mean the same`(text: String, ours: String) {
    #expect(Formula<String>(text)?.text == ours)
  }

  @Test(arguments: [
    "x > 1 && y", "a b", "a &&", "", "&& a", "(a", "a)", "In('x", "a ? b : c", "not", "a and or b",
    String(repeating: "(", count: 40) + "a" + String(repeating: ")", count: 40),
  ])
  func `what is no combination of names is not read as one`(text: String) {
    #expect(Formula<String>(text) == nil)
  }

  @Test func `a fingerprint tells conditions apart, and single ones as ever`() {
    func print(_ formula: Formula<UInt8>?) -> Fingerprint {
      var plan = Plan(Gate.definition)
      plan.transitions[0].condition = formula
      return Fingerprint(plan, name: Gate.name)
    }
    let a = Formula<UInt8>.name(0)
    let b = Formula<UInt8>.name(1)
    let all = [nil, a, a.negated, b, a.and(b), b.and(a), a.or(b), a.and(b).negated, a.and(b).or(a)]
    #expect(Set(all.map(print)).count == all.count)
    #expect(a.bytes == [0, 0] && a.negated.bytes == [0, 1])
  }

  @Test func `too many guards in one condition are a mistake`() {
    var plan = Plan(Gate.definition)
    let many = (0..<Limits.terms).reduce(Formula<UInt8>.name(0)) { all, _ in all.and(.name(1)) }
    plan.transitions[0].condition = many
    #expect(plan.mistakes().contains(.tooLarge("conditions")))
    guard case .all(let parts) = many.shape else { return #expect(Bool(false)) }
    plan.transitions[0].condition = .all(Array(parts.dropLast()))
    #expect(!plan.mistakes().contains(.tooLarge("conditions")))
  }
}
