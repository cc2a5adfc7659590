/// A state space whose states are values of any kind that can be hashed: several machines, queues
/// as arrays, dictionaries.
///
/// Slower than flat states, and larger: each state is kept once as a value, and its number is
/// walked. ``Numbered`` makes the model that ``Explorer`` takes.
public protocol ValueModel: StateSpace where State: Hashable {}

/// A model of values as one of numbers.
public final class Numbered<V: ValueModel>: Model {
  /// The number of a value, in the order in which they were met.
  public struct State: BitwiseCopyable, Sendable {
    var number: UInt64
  }

  /// The model whose values are numbered here.
  public let values: V
  private var numbers: [V.State: UInt32] = [:]
  private var all: [V.State] = []

  /// The same model with a number for each value that is met.
  public init(_ values: V) {
    self.values = values
  }

  /// The value that a number stands for.
  public subscript(state: State) -> V.State { all[Int(state.number)] }

  private func number(_ value: V.State) -> State {
    if let number = numbers[value] { return State(number: UInt64(number)) }
    numbers[value] = UInt32(all.count)
    all.append(value)
    return State(number: UInt64(all.count - 1))
  }

  public var name: String { values.name }
  public var initial: State { number(values.initial) }
  public var properties: [String] { values.properties }
  public var processes: [String] { values.processes }

  public func expand(_ state: State, _ step: (UInt16, State) -> Void) {
    values.expand(self[state]) { step($0, number($1)) }
  }

  public func judge(_ state: State) -> Verdict { values.judge(self[state]) }
  public func isSettled(_ state: State) -> Bool { values.isSettled(self[state]) }
  public func actor(of action: UInt16) -> Actor { values.actor(of: action) }
  public var strongDuties: UInt64 { values.strongDuties }
  public func text(action: UInt16) -> String { values.text(action: action) }
  public func text(state: State) -> String { values.text(state: self[state]) }
  public func leaves(of state: State) -> [String: String] { values.leaves(of: self[state]) }
  public func word(of state: State) -> String? { values.word(of: self[state]) }

  /// Bytes of one value where they are kept, twice: in order and as a key.
  var valueBytes: Int { 2 * MemoryLayout<V.State>.stride + 8 }
}

@available(*, unavailable)
extension Numbered: Sendable {}
