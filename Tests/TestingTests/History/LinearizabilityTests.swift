import BatonCore
import BatonTesting
import Foundation
import Testing

/// A register that is read and written.
private struct Register: SequentialModel {
  enum Input: Hashable, Codable {
    case read
    case write(Int)
  }
  var initial: Int { 0 }
  func states(after input: Input, in state: Int, answering output: Int?) -> [Int] {
    switch input {
    case .read: output == nil || output == state ? [state] : []
    case .write(let value): [value]
    }
  }
}

/// A queue, first in, first out; nothing comes out of an empty one.
private struct Queue: SequentialModel {
  enum Input {
    case put(String)
    case take
  }
  var initial: [String] { [] }
  func states(after input: Input, in state: [String], answering output: String?) -> [[String]] {
    switch input {
    case .put(let item): return [state + [item]]
    case .take:
      guard let first = state.first else { return output == nil ? [state] : [] }
      return output == nil || output == first ? [Array(state.dropFirst())] : []
    }
  }
}

/// A coin that falls as it likes, and says how only when it is asked.
private struct Coin: SequentialModel {
  enum Input { case toss, look }
  var initial: Bool { false }
  func states(after input: Input, in state: Bool, answering output: Bool?) -> [Bool] {
    switch input {
    case .toss: [false, true]
    case .look: output == nil || output == state ? [state] : []
    }
  }
}

@Suite(.timeLimit(.minutes(10))) struct LinearizabilityTests {
  /// A history by operations: client, input, output, call, answer.
  private static func history<Input, Output>(
    _ operations: [(Int, Input, Output?, UInt64, UInt64?)]
  ) throws -> History<Input, Output> {
    var history = History<Input, Output>()
    for (client, input, output, called, answered) in operations {
      let place = history.call(input, by: client, at: called)
      if let output, let answered { try history.answer(place, output, at: answered) }
    }
    return history
  }

  /// The four histories of a queue with which Herlihy and Wing (1990) explain what it is.
  @Test func `the histories of the definition are told apart`() throws {
    typealias Step = (Int, Queue.Input, String?, UInt64, UInt64?)
    let first: [Step] = [
      (0, .put("x"), "", 0, 3), (1, .put("y"), "", 1, 2), (1, .take, "x", 4, 6),
      (0, .take, "y", 5, 7), (0, .put("z"), "", 8, nil),
    ]
    let second: [Step] = [
      (0, .put("x"), "", 0, 1), (1, .put("y"), "", 2, 4), (0, .take, "y", 3, 5),
    ]
    let third: [Step] = [(0, .put("x"), "", 0, nil), (1, .take, "x", 1, 2)]
    let fourth: [Step] = [
      (0, .put("x"), "", 0, 2), (1, .put("y"), "", 1, 3), (0, .take, "y", 4, 6),
      (1, .take, "y", 5, 7),
    ]
    let outcomes = try [first, second, third, fourth].map {
      Linearizability(Queue()).check(try Self.history($0)).outcome
    }
    #expect(outcomes == [.linearizable, .violated, .linearizable, .violated])
  }

  @Test func `a stale read is told with what cannot be next`() throws {
    let history: History<Register.Input, Int> = try Self.history([
      (0, .write(1), 0, 0, 10), (1, .read, 1, 5, 6), (2, .read, 0, 7, 12),
    ])
    let result = Linearizability(Register()).check(history)
    #expect(result.outcome == .violated && result.order == [0, 1] && result.blocked == [2])
    #expect(
      result.text(of: history) == """
        not linearizable; so far all is well:
          client 0, 0–10: write(1) → 0
          client 1, 5–6: read → 1
        and none of these can be next:
          client 2, 7–12: read → 0
        """)
    // Beside one another they may have come in either order.
    let beside: History<Register.Input, Int> = try Self.history([
      (0, .write(1), 0, 0, 10), (1, .read, 1, 5, 9), (2, .read, 0, 7, 12),
    ])
    #expect(Linearizability(Register()).check(beside).order == [2, 0, 1])
  }

  @Test func `what was not answered was done, or not`() throws {
    for (seen, outcome) in [
      (0, Linearization.Outcome.linearizable), (1, .linearizable), (2, .violated),
    ] {
      let history: History<Register.Input, Int> = try Self.history([
        (0, .write(1), nil, 0, nil), (1, .read, seen, 5, 6), (1, .read, seen, 7, 8),
      ])
      #expect(Linearizability(Register()).check(history).outcome == outcome)
    }
  }

  @Test func `an object that may do one thing or another is allowed both`() throws {
    let both: History<Coin.Input, Bool> = try Self.history([
      (0, .toss, true, 0, 1), (0, .look, true, 2, 3), (0, .toss, true, 4, 5),
      (0, .look, false, 6, 7),
    ])
    #expect(Linearizability(Coin()).check(both).outcome == .linearizable)
    let torn: History<Coin.Input, Bool> = try Self.history([
      (0, .toss, true, 0, 1), (0, .look, true, 2, 3), (1, .look, false, 4, 5),
    ])
    #expect(Linearizability(Coin()).check(torn).outcome == .violated)
  }

  /// All orders, one after the other: what the search must agree with.
  private static func isLinearizable(_ history: History<Register.Input, Int>) -> Bool {
    let all = history.operations
    func goesOn(_ left: Set<Int>, _ state: Int) -> Bool {
      if left.allSatisfy({ all[$0].answered == nil }) { return true }
      return left.contains { next in
        let isFirst = left.allSatisfy { (all[$0].answered ?? .max) >= all[next].called }
        let states = Register().states(
          after: all[next].input, in: state, answering: all[next].output)
        return isFirst && states.contains { goesOn(left.subtracting([next]), $0) }
      }
    }
    return goesOn(Set(all.indices), 0)
  }

  @Test func `the search finds what all orders find`() throws {
    var random = SystemRandomNumberGenerator()
    var counts: [Linearization.Outcome: Int] = [:]
    for _ in 0..<3_000 {
      var history = History<Register.Input, Int>()
      for client in 0..<Int.random(in: 1...6, using: &random) {
        let called = UInt64.random(in: 0...9, using: &random)
        let input: Register.Input =
          Bool.random(using: &random) ? .read : .write(.random(in: 1...2, using: &random))
        let place = history.call(input, by: client, at: called)
        guard Int.random(in: 0..<5, using: &random) > 0 else { continue }
        let output = input == .read ? Int.random(in: 0...2, using: &random) : 0
        try history.answer(place, output, at: .random(in: called...12, using: &random))
      }
      let result = Linearizability(Register()).check(history)
      counts[result.outcome, default: 0] += 1
      let isRight = (result.outcome == .linearizable) == Self.isLinearizable(history)
      #expect(isRight, "\(result.text(of: history))")
      // The order is one: in time, and with the answers that were recorded.
      var states = Set([0])
      for (rank, place) in result.order.enumerated() {
        let operation = history.operations[place]
        states = Set(
          states.flatMap {
            Register().states(after: operation.input, in: $0, answering: operation.output)
          })
        for later in result.order[(rank + 1)...] {
          #expect(history.operations[later].answered ?? .max >= operation.called)
        }
      }
      #expect(!states.isEmpty)
    }
    #expect(counts[.linearizable, default: 0] > 300 && counts[.violated, default: 0] > 300)
  }

  @Test func `a long history is checked by its parts, and a search has a limit`() throws {
    struct Keyed: SequentialModel {
      struct Input { var key: Int, value: Int? }
      var initial: [Int: Int] { [:] }
      func states(after input: Input, in state: [Int: Int], answering output: Int?) -> [[Int: Int]]
      {
        guard let value = input.value else {
          return output == nil || output == state[input.key, default: 0] ? [state] : []
        }
        return [state.merging([input.key: value]) { $1 }]
      }
    }
    var history = History<Keyed.Input, Int>()
    var written: [Int: Int] = [:]
    for number in 0..<2_000 {
      let key = number % 50
      let value = number % 3 == 0 ? number : nil
      let place = history.call(.init(key: key, value: value), by: number, at: UInt64(number))
      if let value { written[key] = value }
      let output = value == nil ? written[key, default: 0] : 0
      try history.answer(place, output, at: UInt64(number + 20))
    }
    let parts = history.parts { $0.key }
    #expect(parts.count == 50 && parts.values.allSatisfy { $0.operations.count == 40 })
    for part in parts.values {
      #expect(Linearizability(Keyed()).check(part).outcome == .linearizable)
    }
    var short = Linearizability(Keyed())
    short.limit = 100
    let undecided = short.check(history)
    #expect(undecided.outcome == .undecided && undecided.order.count == 100)
    // In whole, too: a configuration for each operation, none of them as long as the history.
    let whole = Linearizability(Keyed()).check(history)
    #expect(whole.outcome == .linearizable && whole.order.count == 2_000)
  }

  /// Three clients at a door: what each hears is whether the bell rang, and whether it is open.
  @Test func `a chart is an object, and its delays run out when they like`() throws {
    typealias Heard = [Bool]
    let door = ChartObject(Door.self, memory: .init()) { _, effects, after in
      [effects == [.bell], after.state == .open]
    }
    typealias Step = (Int, Door.Event, Heard?, UInt64, UInt64?)
    let wrong: [Step] = (0..<3).map { ($0, .wrong, [$0 == 1, false], 0, 10) }
    let shut: [Step] = wrong + [(0, .right, [false, false], 20, 21)]
    let over: [Step] = wrong + [(0, .right, [false, true], 20, 21)]
    let early: [Step] = Array(wrong.prefix(2)) + [(0, .right, [false, true], 20, 21)]
    for (steps, outcome) in [
      (shut, Linearization.Outcome.linearizable), (over, .linearizable), (early, .violated),
    ] {
      let history: History<Door.Event, Heard> = try Self.history(steps)
      let result = Linearizability(door).check(history)
      #expect(result.outcome == outcome, "\(result.text(of: history))")
    }
    let result = Linearizability(door).check(try Self.history(shut) as History<Door.Event, Heard>)
    #expect(result.order.firstIndex(of: 1) == 2)
  }

  @Test func `an answer of nothing is an answer, in JSON too`() throws {
    var history = History<Register.Input, Int?>()
    let place = history.call(.read, by: 0, at: 1)
    try history.answer(place, nil, at: 2)
    let data = try JSONEncoder().encode(history)
    let again = try JSONDecoder().decode(History<Register.Input, Int?>.self, from: data)
    #expect(again.operations[0].answered == 2 && again.operations[0].output == .some(nil))
    let untimed = Data(#"[{"client":0,"input":{"read":{}},"called":1,"output":3}]"#.utf8)
    #expect(throws: DecodingError.self) {
      try JSONDecoder().decode(History<Register.Input, Int?>.self, from: untimed)
    }
  }

  @Test func `a history is a JSON array, and one that cannot be is refused with both values`()
    throws
  {
    let history: History<Register.Input, Int> = try Self.history([
      (0, .write(1), 0, 0, 10), (1, .read, nil, 5, nil),
    ])
    let data = try JSONEncoder().encode(history)
    let again = try JSONDecoder().decode(History<Register.Input, Int>.self, from: data)
    #expect(again.operations.map(\.answered) == [10, nil] && again.operations[1].output == nil)
    var broken = history
    #expect(throws: HistoryMistake.answeredBeforeCall(operation: 1, called: 5, answered: 4)) {
      try broken.answer(1, 1, at: 4)
    }
    #expect(throws: HistoryMistake.answeredTwice(operation: 0)) { try broken.answer(0, 1, at: 40) }
    #expect(throws: HistoryMistake.unknown(operation: 2, count: 2)) {
      try broken.answer(2, 1, at: 4)
    }
    let text = String(decoding: data, as: UTF8.self).replacing(
      "\"answered\":10", with: "\"answered\":0")
    let late = text.replacing("\"called\":0", with: "\"called\":3")
    #expect(throws: HistoryMistake.answeredBeforeCall(operation: 0, called: 3, answered: 0)) {
      try JSONDecoder().decode(History<Register.Input, Int>.self, from: Data(late.utf8))
    }
  }
}
