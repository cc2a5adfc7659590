@testable import BatonCore

/// A chart whose definition is a sketch, given at run time.
enum RandomChart: Chart {
  /// The sketch that the chart is made from, while a table of it is made.
  @TaskLocal static var sketch = Sketch.none

  struct State: Symbol, CustomStringConvertible {
    let rawValue: UInt8
    static var allCases: [State] {
      RandomChart.sketch.states.indices.map { State(rawValue: UInt8($0)) }
    }
    var description: String { "s\(rawValue)" }
  }

  enum Event: UInt8, Symbol, Message { case a, b, c, d, failed }
  enum Guard: UInt8, Symbol { case zero, one, two }
  enum Delay: UInt8, Symbol { case soon, later }

  /// What a number of an action means: entries, exits, and the contents of transitions.
  struct Action: Symbol {
    let rawValue: UInt8
    static var allCases: [Action] { (0..<200).map { Action(rawValue: $0) } }

    static func entry(_ state: Int) -> Action { Action(rawValue: UInt8(state)) }
    static func exit(_ state: Int) -> Action { Action(rawValue: UInt8(16 + state)) }
    static func take(_ transition: Int) -> Action { Action(rawValue: UInt8(32 + transition)) }
    /// Raises the event behind the one that `take` raises, unless that failed.
    static func second(_ transition: Int) -> Action { Action(rawValue: UInt8(112 + transition)) }
  }

  struct Memory: Hashable, Sendable {
    var log: [Oracle.Entry] = []
    var count = 0
    var raised: [Int?] = []
    var fails: [Bool] = []
  }

  static let name: StaticString = "Random"

  static var definition: Definition<Self> {
    let sketch = Self.sketch
    return Definition(
      initial: State(rawValue: UInt8(sketch.initial)),
      lines: Line.joined(sketch.children(of: nil).map { node($0, sketch) }))
  }

  private static func node(_ state: Int, _ sketch: Sketch) -> Node<Self> {
    let it = sketch.states[state]
    let own = sketch.transitions.indices.filter { sketch.transitions[$0].source == state }
    let kind: Plan.Kind =
      switch it.kind {
      case .ordinary: .ordinary
      case .parallel: .parallel
      case .final: .final
      case .history(let isDeep): .history(isDeep: isDeep)
      }
    let isHistory = sketch.isHistory(state)
    return Node(
      state: State(rawValue: UInt8(state)), kind,
      initial: it.initial.map { State(rawValue: UInt8($0)) },
      entry: isHistory ? [] : [.entry(state)], exit: isHistory ? [] : [.exit(state)],
      sketch.children(of: state).map { node($0, sketch) } + own.map { transition($0, sketch) }
        + verdict(state, sketch))
  }

  private static func verdict(_ state: Int, _ sketch: Sketch) -> [Node<Self>] {
    guard let it = sketch.verdicts[state], let kind = Event(rawValue: UInt8(it.event)) else {
      return []
    }
    return switch it.verdict {
    case .deferred: [Node([.deferred([kind.code])])]
    case .ignored: [Node([.ignored([kind.code])])]
    case .refused: [Node([.refused([kind.code])])]
    }
  }

  private static func transition(_ number: Int, _ sketch: Sketch) -> Node<Self> {
    let it = sketch.transitions[number]
    let trigger: Plan.Trigger =
      switch it.trigger {
      case .event(let event): .event(UInt16(event))
      case .any: .any
      case .done: .done
      case .eventless: .eventless
      case .delay: .delay(UInt16(number % 2))
      }
    let condition = it.condition.map { Plan.Condition(guard: UInt8($0), isNegated: false) }
    return Node(
      Line.transitions(
        [trigger], condition, codes([Action.take(number), .second(number)]),
        it.targets.map { UInt16($0) }, it.isInternal))
  }

  static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
    (memory.count + Int(`guard`.rawValue)) % 3 == 0
  }

  static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 {
    delay == .soon ? 2 : 5 + UInt64(memory.count % 2)
  }

  static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    let number = Int(action.rawValue)
    func event(_ raw: Int) -> Event? { Event(rawValue: UInt8(raw % Sketch.eventCount)) }
    switch number {
    case 0..<16: memory.log.append(.enter(number))
    case 16..<32: memory.log.append(.exit(number - 16))
    case 32..<112:
      memory.log.append(.take(number - 32))
      if let raised = memory.raised[number - 32], let event = event(raised) {
        if memory.fails[number - 32] { outbox.fail(event) } else { outbox.raise(event) }
      }
    case _:
      if let raised = memory.raised[number - 112], let next = event(raised + 1) {
        outbox.raise(next)
      }
      return
    }
    memory.count += 1
  }
}

extension Sketch {
  static let none = Sketch()
}
