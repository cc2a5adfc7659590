/// Runs the algorithm of SCXML (W3C Recommendation of 1 September 2015, appendix D) over a
/// ``Structure``: which transitions an event selects, what they leave and enter, in which order.
///
/// It is responsible for the configuration, the values of history states, and one microstep:
///
///     selection             conflicts            sets                   steps
///     for each active leaf  of two that leave a  what is left: all      exits, leaves first,
///     in document order:    state in common the  active inside the      then contents in the
///     its own transitions,  inner one stays,     domain; what is        order of their leaves,
///     then its parent's,    else the first       entered: targets,      then entries from the
///     and so outwards                            ancestors, defaults    outside in, with done
///
/// | appendix D                                     | here                                 |
/// | ---------------------------------------------- | ------------------------------------ |
/// | selectTransitions, selectEventlessTransitions  | `beginSelection`, `candidate`,       |
/// |                                                | `accept`, `reject`                   |
/// | removeConflictingTransitions                   | `prepare`                            |
/// | computeExitSet, computeEntrySet,               | `prepare`, once for both, since the  |
/// | getTransitionDomain, history in exitStates     | sets need only the structure         |
/// | exitStates, executeTransitionContent,          | `nextStep`, one action at a time     |
/// | enterStates                                    |                                      |
/// | exitInterpreter                                | `beginExit`                          |
///
/// States and transitions are numbers in document order, and a set is a row of bits, so that
/// document order is counting up and exit order counting down. The answers to guards come from
/// outside, each candidate at most once for a leaf.
///
/// It never knows what a state or an event is called, never runs a guard or an action, and has no
/// queue and no clock. The macrostep (eventless transitions first, then raised events, then one
/// from outside; appendix D, mainEventLoop) is its user's: ``Machine`` for charts, a session of
/// BatonSCXML for documents. A chart without regions, history or several targets does not come
/// here: it runs on a flattened table, which a test compares with this one.
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
/// Asked out of this order it traps: that is its user's fault, not a document's. Nothing allocates
/// once the interpreter is made.
@safe
@usableFromInline
package struct Interpreter: ~Copyable {
  /// What its user does next.
  @usableFromInline package enum Step: Hashable, Sendable {
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

  enum Phase: Sendable { case resting, selecting, exits, contents, entries }

  /// The sets, by their numbers.
  enum SetNumber: Sendable {
    static var active: Int { 0 }
    static var exits: Int { 1 }
    static var entries: Int { 2 }
    /// States that are entered by way of their initial transition.
    static var initials: Int { 3 }
    /// History states whose default is taken.
    static var defaults: Int { 4 }
    /// History states that have a value.
    static var remembered: Int { 5 }
    /// All leaves of the structure, whatever is active.
    static var leaves: Int { 6 }
    static var values: Int { 7 }
  }

  package let structure: Structure
  let sets: StateSets
  var phase = Phase.resting
  /// How many transitions are selected; they are the first numbers of `sets`.
  var selectedCount = 0
  var isEventless = false
  /// The leaf whose candidates are asked for, and the candidate's place.
  var leaf = 0
  var place = 0
  /// Where the steps have come to: a state or a place in `selected`.
  var cursor = 0
  /// What is left to say about the state that was entered last.
  var rest = Rest.nothing
  /// Whether a final state of the chart itself was entered.
  package internal(set) var isFinished = false

  enum Rest: Sendable { case nothing, initial, history, done, outerDone }

  /// An interpreter that has not started: no state is active.
  package init(_ structure: Structure) {
    self.structure = structure
    sets = StateSets(
      count: SetNumber.values + structure.historyCount, words: structure.words,
      room: structure.states.count)
    for state in structure.states.indices where structure.isLeafState[state] {
      sets.insert(SetNumber.leaves, state)
    }
  }

  /// Whether the state is active.
  package func isActive(_ state: Int) -> Bool {
    sets.contains(SetNumber.active, state)
  }

  /// The active states in document order, the chart itself left out.
  package var configuration: [Int] {
    structure.states.indices.filter { isActive($0) }
  }

  /// Makes these leaves and the states around them active, and no others: for who has moved them
  /// where that needed no interpreter.
  func activate(_ leaves: Lanes.Frame, count: Int) {
    sets.clear(SetNumber.active)
    for place in 0..<count {
      var next: Int? = leaves.leaf(place)
      while let state = next, state != 0, !sets.contains(SetNumber.active, state) {
        sets.insert(SetNumber.active, state)
        next = structure.states[state].parent
      }
    }
  }
}

@available(*, unavailable)
extension Interpreter: Sendable {}
