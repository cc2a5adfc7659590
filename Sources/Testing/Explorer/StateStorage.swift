/// All states that an explorer has met, each once, exactly as they are: no hash stands for one.
///
/// ``StateStore`` keeps flat states, ``ValueStore`` any others; a model has one of them by being a
/// ``Model`` or a ``ValueModel``. Threads may read one at the same time while nobody adds to it, or
/// one other thread does, where it ``isShared``.
public protocol StateStorage<State>: AnyObject {
  /// What is kept: one state of the model.
  associatedtype State

  /// A storage in which no state is.
  init()

  /// How many states there are; they have the numbers below it, in the order in which they came.
  var count: Int { get }

  /// The state of a number.
  subscript(number: Int) -> State { get }

  /// Where a state is looked for: equal for equal states.
  static func hash(_ state: State) -> Int

  /// Whether two states are one.
  static func isSame(_ one: State, _ other: State) -> Bool

  /// The number of a state that may be the one of this hash; `UInt32.max` when there is none.
  ///
  /// Asked for many states in a row before ``find(_:_:from:)``: the memory is fetched meanwhile.
  func candidate(_ hash: Int) -> UInt32

  /// The number of a state, if it is there.
  ///
  /// - Parameters:
  ///   - state: The state.
  ///   - hash: Its hash.
  ///   - candidate: What ``candidate(_:)`` said, or a later answer of it.
  func find(_ state: State, _ hash: Int, from candidate: UInt32) -> Int?

  /// Adds a state, unless it is there.
  ///
  /// - Parameters:
  ///   - state: The state.
  ///   - hash: Its hash.
  ///   - parent: The number of the state before it; `UInt32.max` for an initial one.
  ///   - action: What leads from there to this one.
  /// - Returns: Its number, and whether it is new.
  func insert(
    _ state: State, _ hash: Int, from parent: UInt32, by action: UInt16
  ) -> (number: Int, isNew: Bool)

  /// Whether taking the steps of a state again costs little, and leaves no trace in the model; it
  /// says nothing of threads.
  static var isFlat: Bool { get }

  /// Whether threads may look states up while one other adds some, as long as there is room: true
  /// of ``StateStore`` and of ``ValueStore``. All wait for the one that adds where it is not.
  static var isShared: Bool { get }

  /// Whether so many more states can be added while others are looked up.
  func hasRoom(for more: Int) -> Bool

  /// Makes room for so many more states, on several threads, while nobody looks any up.
  func makeRoom(for more: Int, workers: Int)

  /// The state from which this one was met first, and by which action; nil for an initial one.
  func origin(_ number: Int) -> (parent: Int, action: UInt16)?

  /// Bytes of all that is kept; what values refer to elsewhere is not known.
  var byteCount: Int { get }
}

extension StateStorage {
  /// The number of a state, if it is there.
  @inlinable func find(_ state: State) -> Int? {
    let hash = Self.hash(state)
    return find(state, hash, from: candidate(hash))
  }
}
