/// Something whose states can all be walked: a protocol, several machines with what lies between
/// them, an algorithm. ``Model`` and ``ValueModel`` say what its states are made of.
public protocol StateSpace {
  /// Everything in which two states of the world can differ.
  associatedtype State
  /// Where an explorer keeps the states that it has met.
  associatedtype Storage: StateStorage<State>

  /// What the model is called in reports and drawings.
  var name: String { get }
  /// The state in which every walk begins.
  var initial: State { get }
  /// All states in which a walk may begin, ``initial`` unless a model has several.
  var initials: [State] { get }
  /// What must hold in every state, at most 64 sentences.
  var properties: [String] { get }
  /// Who takes the steps, at most 64 names.
  var processes: [String] { get }

  /// Tells every step that can be taken from a state: the number of the action, and the state after
  /// it, which may be the same.
  func expand(_ state: State, _ step: (UInt16, State) -> Void)

  /// Which properties this state is a case of, and which of them do not hold.
  func judge(_ state: State) -> Verdict

  /// What must come of what, at most 64 sentences: "p leads to q" (TLA+'s `p ~> q`).
  var responses: [String] { get }

  /// Of each of the ``responses`` whether its premise holds here, and whether what it leads to
  /// does.
  ///
  /// From a state of the premise every fair run comes to a state of the response, which may be the
  /// same one. A run may end where nobody has the duty to take a step, and steps of nobody may come
  /// again and again.
  func respond(_ state: State) -> Responses

  /// Whether states that differ in nothing but the names of equal parts are one to the explorer.
  ///
  /// The properties must be the same for all of them. The walk looks for what a state can break,
  /// and for states that are stuck; not for circles, since who has a duty is not known of a
  /// representative.
  var isSymmetric: Bool { get }

  /// The state that stands for this one and all that are the same but for the names of equal parts:
  /// the one with its parts in order, for instance. Asked for where a model ``isSymmetric``.
  ///
  /// It stands for itself, and takes the same steps but for names: what does not is told as a
  /// violation, of the first 4 096 states. A representative that stands for other states than its
  /// own hides violations.
  func representative(of state: State) -> State

  /// Whether all is settled here: the model may stay for ever.
  ///
  /// A state that is not settled and from which only faults lead on is stuck; a fair circle through
  /// one is a livelock.
  func isSettled(_ state: State) -> Bool

  /// Whose step this is, an index of ``processes``; and what is weakly fair: what can be done all
  /// the time is done at last.
  ///
  /// ``Actor/nobody(at:)`` takes what nobody may count on: faults, and the wishes of users.
  func actor(of action: UInt16) -> Actor

  /// The fairness numbers, one bit each, of what is strongly fair: done at last if it can be done
  /// again and again, though not all the time. A loop that hears every descriptor is of this kind.
  var strongDuties: UInt64 { get }

  /// The action of this number, for people.
  func text(action: UInt16) -> String

  /// The state, for people, on one line.
  func text(state: State) -> String

  /// The leaf of each chart in it, by the chart's name.
  func leaves(of state: State) -> [String: String]

  /// What decides between the processes: the ownership word, for instance.
  func word(of state: State) -> String?
}

/// A state space whose states are flat, so that they are stored and compared as bits.
///
/// A state must have no padding, or padding that is always the same: words, or fields of one size.
/// A ``ValueModel`` has states of any other kind.
public protocol Model: StateSpace
where State: BitwiseCopyable & Sendable, Storage == StateStore<State> {}

/// A state space whose states are values of any kind that can be hashed: several machines, queues
/// as arrays, dictionaries. Slower than flat states, and larger.
public protocol ValueModel: StateSpace where State: Hashable, Storage == ValueStore<State> {}

extension StateSpace {
  /// One process, which takes all steps, unless a model says otherwise.
  public var processes: [String] { ["model"] }

  /// A step of the only process, fair to itself.
  public func actor(of action: UInt16) -> Actor { Actor(process: 0, fairness: 0) }

  /// Weak fairness alone, unless a model says otherwise.
  public var strongDuties: UInt64 { 0 }

  /// No charts stand behind a state, unless a model says otherwise.
  public func leaves(of state: State) -> [String: String] { [:] }

  /// One initial state, unless a model says otherwise.
  public var initials: [State] { [initial] }

  /// Nothing must come of anything, unless a model says otherwise.
  public var responses: [String] { [] }

  /// Nothing was asked for, and nothing is owed.
  public func respond(_ state: State) -> Responses { Responses() }

  /// Each state is one of its own, unless a model says otherwise.
  public var isSymmetric: Bool { false }

  /// A state stands for itself, unless a model says otherwise.
  public func representative(of state: State) -> State { state }

  /// There is no ownership word, unless a model says otherwise.
  public func word(of state: State) -> String? { nil }
}

/// Who takes a step, and what is promised about how long it may be put off.
public struct Actor: Hashable, Sendable {
  /// An index of ``StateSpace/processes``: in whose column a diagram shows the step.
  public var process: UInt8
  /// 0 to 63: of all steps with this number, one is taken at last if one can be taken all the time;
  /// nil for what may never happen.
  public var fairness: UInt8?

  /// A step of this process.
  ///
  /// - Parameters:
  ///   - process: An index of ``StateSpace/processes``.
  ///   - fairness: See the property.
  public init(process: UInt8, fairness: UInt8?) {
    precondition(fairness.map { $0 < 64 } ?? true, "a fairness is 0 to 63")
    self.process = process
    self.fairness = fairness
  }

  /// A fault or a wish that hits this process.
  public static func nobody(at process: UInt8) -> Actor { Actor(process: process, fairness: nil) }
}

/// What a state says of the properties, one bit each.
public struct Verdict: Hashable, Sendable {
  /// The properties that this state is a case of.
  @usableFromInline package var asked: UInt64 = 0
  /// Those that do not hold here.
  @usableFromInline package var broken: UInt64 = 0

  /// The verdict on a state of which nothing was asked yet.
  public init() {}

  /// Asks whether a property holds, where its premise does.
  public mutating func require(_ property: Int, when premise: Bool = true, _ holds: Bool) {
    guard premise else { return }
    asked |= 1 << UInt64(property)
    if !holds { broken |= 1 << UInt64(property) }
  }
}

/// What a state says of the responses, one bit each.
public struct Responses: Hashable, Sendable {
  /// The responses whose premise holds here.
  @usableFromInline package var premises: UInt64 = 0
  /// Those whose premise leads to a state like this one.
  @usableFromInline package var answers: UInt64 = 0

  /// What a state says in which nothing holds.
  public init() {}

  /// Says of a response whether its premise holds here, and whether what it leads to does.
  public mutating func lead(_ response: Int, from premise: Bool, to answer: Bool) {
    if premise { premises |= 1 << UInt64(response) }
    if answer { answers |= 1 << UInt64(response) }
  }
}
