/// Runs the algorithm of SCXML (W3C Recommendation, appendix D) over a ``Structure``: which
/// transitions an event selects, what they leave and enter, and in which order.
///
/// It is pulled, so that nothing of it is generic and no closure is needed. A microstep is:
///
///     interpreter.beginSelection(eventless: false)
///     while let transition = interpreter.candidate {
///       if isEnabled(transition) { interpreter.accept() } else { interpreter.reject() }
///     }
///     guard interpreter.prepare() else { return }     // nothing was selected
///     while let step = interpreter.nextStep() {
///       switch step { … }                             // run exit, content and entry actions
///     }
///
/// The macrostep (queues, eventless transitions first, events) is its user's. Nothing allocates
/// once the interpreter is made.
@safe
public struct Interpreter: ~Copyable {
  /// What its user does next.
  public enum Step: Hashable, Sendable {
    /// Run the exit actions of the state, which is still in the configuration.
    case exit(Int)
    /// Run the content of the transition: a selected one, an initial or a default one.
    case content(Int)
    /// Run the entry actions of the state, which is in the configuration now.
    case enter(Int)
    /// The state is done, since the final state inside it was entered (SCXML 3.7).
    case done(Int, by: Int)
    /// A final state of the chart itself was entered; no further event is handled.
    case finished(by: Int)
  }

  @usableFromInline enum Phase: Sendable { case resting, selecting, exits, contents, entries }

  /// The sets, by their numbers.
  @usableFromInline enum SetNumber: Sendable {
    @usableFromInline static var active: Int { 0 }
    @usableFromInline static var exits: Int { 1 }
    @usableFromInline static var entries: Int { 2 }
    /// States that are entered by way of their initial transition.
    @usableFromInline static var initials: Int { 3 }
    /// History states whose default is taken.
    @usableFromInline static var defaults: Int { 4 }
    /// History states that have a value.
    @usableFromInline static var remembered: Int { 5 }
    @usableFromInline static var values: Int { 6 }
  }

  /// What is run.
  public let structure: Structure
  @usableFromInline var sets: StateSets
  @usableFromInline var phase = Phase.resting
  /// The selected transitions; room for one a leaf was made once.
  @usableFromInline var selected: [Int] = []
  @usableFromInline var isEventless = false
  /// The leaf whose candidates are asked for, and the candidate's place.
  @usableFromInline var leaf = 0
  @usableFromInline var place = 0
  /// Where the steps have come to: a state or a place in `selected`.
  @usableFromInline var cursor = 0
  /// What is left to say about the state that was entered last.
  @usableFromInline var rest = Rest.nothing
  /// Whether a final state of the chart itself was entered.
  public internal(set) var isFinished = false

  @usableFromInline enum Rest: Sendable { case nothing, initial, history, done, outerDone }

  /// An interpreter that has not started: no state is active.
  public init(_ structure: Structure) {
    self.structure = structure
    sets = StateSets(count: SetNumber.values + structure.historyCount, words: structure.words)
    selected.reserveCapacity(structure.states.count)
  }

  /// Whether the state is active.
  @inlinable public func isActive(_ state: Int) -> Bool {
    sets.contains(SetNumber.active, state)
  }

  /// The active states in document order, the chart itself left out.
  public var configuration: [Int] {
    structure.states.indices.filter { isActive($0) }
  }

  /// The first active leaf in document order.
  @inlinable public var firstLeaf: Int? {
    var next = sets.first(SetNumber.active, from: 0)
    while let state = next {
      if structure.isLeaf(state) { return state }
      next = sets.first(SetNumber.active, from: state &+ 1)
    }
    return nil
  }
}

extension Structure {
  /// True for a state that can hold no active state.
  @inlinable func isLeaf(_ state: Int) -> Bool {
    switch states[state].kind {
    case .atomic, .final: true
    case .compound, .parallel, .history: false
    }
  }
}

@available(*, unavailable)
extension Interpreter: Sendable {}
