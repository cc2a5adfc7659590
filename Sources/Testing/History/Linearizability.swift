/// Whether a history is one of an object that does each operation at one moment between its call
/// and its answer (Herlihy and Wing 1990).
///
/// The search takes the operations one after the other that no other has ended before (Wing and
/// Gong 1993), and none of its configurations twice (Lowe 2017). It can take a time that grows
/// exponentially with the operations that overlap; ``limit`` ends it.
public struct Linearizability<M: SequentialModel> {
  /// What one operation after the other does.
  public let model: M
  /// The most configurations that are looked at: one for each operation at the least. Each costs a
  /// state, and an eighth of a byte for each operation between the first that is not in the order
  /// and the last that is.
  public var limit = 1_000_000

  /// A search for orders that this model allows.
  public init(_ model: M) { self.model = model }

  /// Looks for an order of the operations in which the model answers as it was recorded.
  public func check(_ history: History<M.Input, M.Output>) -> Linearization {
    var search = LinearizabilitySearch(model, history.operations, limit: limit)
    return search.run()
  }
}

/// What a search for an order of operations has found.
public struct Linearization: Hashable, Sendable {
  /// How a search may have ended.
  public enum Outcome: Hashable, Sendable {
    /// There is an order that the model allows.
    case linearizable
    /// There is no order of them.
    case violated
    /// The limit came before the end.
    case undecided
  }

  /// How the search has ended.
  public var outcome: Outcome
  /// Operations, by their places in the history, in an order that the model allows: all that were
  /// answered and perhaps some that were not; the longest that was found when there is none of all.
  public var order: [Int]
  /// Operations of which one would have to come next, and none can; empty unless there is no order.
  public var blocked: [Int] = []
  /// How many configurations were looked at.
  public var configurations: Int

  /// The result with the operations' words: one line each, in order, and behind them those of which
  /// none can be next.
  public func text<Input, Output>(of history: History<Input, Output>) -> String {
    func line(_ place: Int) -> String {
      let operation = history.operations[place]
      let answer = operation.output.map { "\($0)" } ?? "no answer"
      let end = operation.answered.map { "\($0)" } ?? "…"
      return
        "  client \(operation.client), \(operation.called)–\(end): \(operation.input) → \(answer)"
    }
    let heading =
      switch outcome {
      case .linearizable: "linearizable, in this order:"
      case .violated: "not linearizable; so far all is well:"
      case .undecided: "undecided after \(configurations) configurations; so far all is well:"
      }
    let rest = blocked.isEmpty ? [] : ["and none of these can be next:"] + blocked.map(line)
    return ([heading] + order.map(line) + rest).joined(separator: "\n")
  }
}

struct LinearizabilitySearch<M: SequentialModel> {
  typealias Operation = History<M.Input, M.Output>.Operation

  /// A call or an answer, in a list in the order of time.
  private struct Entry {
    let operation: Int
    let isCall: Bool
    var before: Int
    var after: Int
  }

  /// An operation that was put into the order, and what else it might have come to.
  private struct Choice {
    let entry: Int
    let former: M.State
    var others: [M.State]
  }

  /// Which operations are in the order, of those that are not all in it from the first on.
  private struct Configuration: Hashable {
    let first: Int
    let taken: [UInt64]
    let state: M.State
  }

  private let model: M
  private let operations: [Operation]
  private let limit: Int
  private var entries: [Entry] = []
  /// The answer's entry of each operation.
  private var answers: [Int?]
  /// The operations that are in the order, a bit each, by the order of their calls.
  private var taken: [UInt64]
  private var ranks: [Int]
  /// The words that are full from the first on.
  private var full = 0
  /// The words from here on are empty.
  private var end = 0
  private var seen: Set<Configuration> = []
  private var choices: [Choice] = []
  private var best: [Int] = []
  private var blocked: [Int] = []
  /// Operations that were answered and are in no order yet.
  private var owed: Int

  init(_ model: M, _ operations: [Operation], limit: Int) {
    self.model = model
    self.operations = operations
    self.limit = limit
    answers = Array(repeating: nil, count: operations.count)
    taken = Array(repeating: 0, count: (operations.count + 63) / 64)
    ranks = Array(repeating: 0, count: operations.count)
    owed = operations.filter { $0.answered != nil }.count
    list()
    let calls = operations.indices.sorted {
      (operations[$0].called, $0) < (operations[$1].called, $1)
    }
    for (rank, operation) in calls.enumerated() { ranks[operation] = rank }
  }

  /// The entries in the order of time, behind one for the head; calls first at the same time, since
  /// such operations may have overlapped.
  private mutating func list() {
    var moments: [(time: UInt64, isAnswer: Int, operation: Int)] = []
    for (place, operation) in operations.enumerated() {
      moments.append((operation.called, 0, place))
      if let time = operation.answered { moments.append((time, 1, place)) }
    }
    moments.sort { ($0.time, $0.isAnswer, $0.operation) < ($1.time, $1.isAnswer, $1.operation) }
    entries = [Entry(operation: -1, isCall: false, before: 0, after: 1)]
    for (place, moment) in moments.enumerated() {
      entries.append(
        Entry(
          operation: moment.operation, isCall: moment.isAnswer == 0, before: place,
          after: place + 2))
      if moment.isAnswer == 1 { answers[moment.operation] = place + 1 }
    }
  }

  mutating func run() -> Linearization {
    var state = model.initial
    var entry = entries[0].after
    var outcome = Linearization.Outcome.linearizable
    while owed > 0 {  // Ends: no configuration is looked at twice.
      if seen.count >= limit {
        outcome = .undecided
        noteBlocked()
        break
      }
      if entry < entries.count, entries[entry].isCall {
        let operation = operations[entries[entry].operation]
        let next = model.states(after: operation.input, in: state, answering: operation.output)
        if let after = take(entry, next, from: state) {
          state = after
          entry = entries[0].after
        } else {
          entry = entries[entry].after
        }
      } else {
        noteBlocked()
        guard let back = giveBack() else {
          outcome = .violated
          break
        }
        (state, entry) = back
      }
    }
    return Linearization(
      outcome: outcome,
      order: outcome == .linearizable ? choices.map { entries[$0.entry].operation } : best,
      blocked: outcome == .violated ? blocked : [], configurations: seen.count)
  }

  /// Puts an operation into the order, if that leads to something new.
  private mutating func take(
    _ entry: Int, _ next: [M.State], from former: M.State
  ) -> M.State? {
    var others = next
    let operation = entries[entry].operation
    mark(operation, true)
    let window = Array(taken[min(full, end)..<end])
    while let state = others.popLast() {  // Ends: each is taken off.
      let configuration = Configuration(first: full, taken: window, state: state)
      guard seen.insert(configuration).inserted else { continue }
      choices.append(Choice(entry: entry, former: former, others: others))
      remove(entry)
      if let answer = answers[operation] {
        remove(answer)
        owed -= 1
      }
      return state
    }
    mark(operation, false)
    return nil
  }

  private mutating func mark(_ operation: Int, _ isTaken: Bool) {
    let (word, bit) = (ranks[operation] / 64, UInt64(1) << UInt64(ranks[operation] % 64))
    if isTaken {
      taken[word] |= bit
      end = max(end, word + 1)
      while full < taken.count, taken[full] == .max { full += 1 }  // Ends with the words.
    } else {
      taken[word] &= ~bit
      full = min(full, word)
      while end > 0, taken[end - 1] == 0 { end -= 1 }  // Ends with the words.
    }
  }

  /// Takes the last operation out of the order, or has it come to something else.
  ///
  /// - Returns: The state, and the entry to go on with; nil when the order is empty.
  private mutating func giveBack() -> (state: M.State, entry: Int)? {
    guard let choice = choices.popLast() else { return nil }
    let operation = entries[choice.entry].operation
    if let answer = answers[operation] {
      insert(answer)
      owed += 1
    }
    insert(choice.entry)
    mark(operation, false)
    if let state = take(choice.entry, choice.others, from: choice.former) {
      return (state, entries[0].after)
    }
    return (choice.former, entries[choice.entry].after)
  }

  private mutating func remove(_ entry: Int) {
    let (before, after) = (entries[entry].before, entries[entry].after)
    entries[before].after = after
    if after < entries.count { entries[after].before = before }
  }

  /// Puts back the entry that was removed last.
  private mutating func insert(_ entry: Int) {
    entries[entries[entry].before].after = entry
    if entries[entry].after < entries.count { entries[entries[entry].after].before = entry }
  }

  /// Remembers the longest order, and what might have come next.
  private mutating func noteBlocked() {
    guard choices.count >= best.count, blocked.isEmpty || choices.count > best.count else { return }
    best = choices.map { entries[$0.entry].operation }
    blocked = []
    var entry = entries[0].after
    while entry < entries.count, entries[entry].isCall {  // Ends at an answer, or with the list.
      blocked.append(entries[entry].operation)
      entry = entries[entry].after
    }
  }
}
