/// What clients asked of an object at the same time, as it was recorded: each operation from its
/// call to its answer.
///
///     var history = History<Event, Reply>()
///     let place = history.call(.deposit(5), by: 1, at: clock.now)
///     …
///     try history.answer(place, .done, at: clock.now)
///     let result = Linearizability(Account()).check(history)
public struct History<Input, Output> {
  /// One operation of one client.
  public struct Operation {
    /// Who asked: a label for people.
    public var client: Int
    /// What the client asked for.
    public var input: Input
    /// What was answered; nil when no answer was seen: it may have been done, or may be done later.
    public var output: Output?
    /// When it was asked, by a clock that all clients share; in whatever unit.
    public var called: UInt64
    /// When the answer was there; nil when none was seen.
    public var answered: UInt64?
  }

  /// All operations in the order in which they were recorded.
  public private(set) var operations: [Operation] = []

  /// A history in which nothing was asked yet.
  public init() {}

  /// A client asks.
  ///
  /// - Parameters:
  ///   - input: What it asks for.
  ///   - client: Who it is, for people.
  ///   - time: When, by a clock that all clients share.
  /// - Returns: The operation's place in ``operations``.
  public mutating func call(_ input: Input, by client: Int, at time: UInt64) -> Int {
    operations.append(Operation(client: client, input: input, called: time))
    return operations.count - 1
  }

  /// An operation is answered.
  ///
  /// - Parameters:
  ///   - place: The operation, as ``call(_:by:at:)`` returned it.
  ///   - output: What is answered.
  ///   - time: When the client has the answer, by the same clock.
  /// - Throws: ``HistoryMistake``, and nothing is changed.
  public mutating func answer(
    _ place: Int, _ output: Output, at time: UInt64
  ) throws(HistoryMistake) {
    guard operations.indices.contains(place) else {
      throw .unknown(operation: place, count: operations.count)
    }
    let operation = operations[place]
    guard operation.answered == nil else { throw .answeredTwice(operation: place) }
    guard time >= operation.called else {
      throw .answeredBeforeCall(operation: place, called: operation.called, answered: time)
    }
    operations[place].output = output
    operations[place].answered = time
  }

  /// The operations on each part of the object, where parts have nothing to do with one another:
  /// the keys of a store, for instance. The whole is linearizable if each part is (Herlihy and Wing
  /// 1990, locality), and parts are checked far sooner.
  public func parts<Key: Hashable>(by key: (Input) -> Key) -> [Key: History] {
    var parts: [Key: History] = [:]
    for operation in operations { parts[key(operation.input), default: History()].add(operation) }
    return parts
  }

  private mutating func add(_ operation: Operation) { operations.append(operation) }
}

extension History.Operation: Sendable where Input: Sendable, Output: Sendable {}
extension History: Sendable where Input: Sendable, Output: Sendable {}

extension History.Operation: Codable where Input: Codable, Output: Codable {
  private enum Key: String, CodingKey { case client, input, output, called, answered }

  /// An operation as it was encoded; an answer may be null, where the type of answers has that.
  ///
  /// - Throws: What the decoder finds, an answer without a time for instance.
  public init(from decoder: any Decoder) throws {
    let values = try decoder.container(keyedBy: Key.self)
    client = try values.decode(Int.self, forKey: .client)
    input = try values.decode(Input.self, forKey: .input)
    called = try values.decode(UInt64.self, forKey: .called)
    answered = try values.decodeIfPresent(UInt64.self, forKey: .answered)
    guard answered != nil else {
      guard !values.contains(.output) else {
        throw DecodingError.dataCorruptedError(
          forKey: .output, in: values, debugDescription: "an answer without the time of it")
      }
      return
    }
    output = try values.decode(Output.self, forKey: .output)
  }

  /// The answer and its time are there where it was answered.
  public func encode(to encoder: any Encoder) throws {
    var values = encoder.container(keyedBy: Key.self)
    try values.encode(client, forKey: .client)
    try values.encode(input, forKey: .input)
    try values.encode(called, forKey: .called)
    guard let answered, let output else { return }
    try values.encode(output, forKey: .output)
    try values.encode(answered, forKey: .answered)
  }
}

extension History: Codable where Input: Codable, Output: Codable {
  /// A history as it was encoded: an array of operations, which must be in order each.
  ///
  /// - Throws: ``HistoryMistake``, or what the decoder finds.
  public init(from decoder: any Decoder) throws {
    for operation in try decoder.singleValueContainer().decode([Operation].self) {
      let place = call(operation.input, by: operation.client, at: operation.called)
      guard let time = operation.answered else { continue }
      guard let output = operation.output else { continue }
      try answer(place, output, at: time)
    }
  }

  /// The operations as an array.
  public func encode(to encoder: any Encoder) throws {
    var container = encoder.singleValueContainer()
    try container.encode(operations)
  }
}

/// Why something is no part of a history.
public enum HistoryMistake: Error, Hashable, Sendable, CustomStringConvertible {
  /// There is no such operation.
  case unknown(operation: Int, count: Int)
  /// It has its answer already, and gets no other.
  case answeredTwice(operation: Int)
  /// Its answer came before it was called.
  case answeredBeforeCall(operation: Int, called: UInt64, answered: UInt64)

  /// One sentence with both values.
  public var description: String {
    switch self {
    case .unknown(let operation, let count):
      "there is no operation \(operation): there are \(count), from 0"
    case .answeredTwice(let operation): "operation \(operation) has its answer already"
    case .answeredBeforeCall(let operation, let called, let answered):
      "operation \(operation) is answered at \(answered), and was called at \(called)"
    }
  }
}
