/// Something wrong with a definition, by the raw values of the symbols involved.
public enum Mistake: Hashable, Sendable {
  /// The raw values of a symbol type do not count from zero in declaration order.
  case unnumberedSymbols
  /// A state is declared twice, by the raw value of its symbol.
  case duplicateState(UInt16)
  /// An enum case that no line declares as a state.
  case undeclaredState(UInt16)
  /// A transition names a target that is not declared.
  case unknownTarget(source: UInt16, target: UInt16)
  /// A state with children does not say which is entered first; nil is the chart itself.
  case missingInitial(UInt16?)
  /// The initial state named is not a child; nil is the chart itself.
  case initialIsNoChild(UInt16?, initial: UInt16)
  /// No path of transitions leads from the initial state here.
  case unreachableState(UInt16)
  /// A final state has transitions or children, which SCXML forbids (3.7).
  case finalIsLeft(UInt16)
  /// A transition stands behind one without guard on the same trigger and can never be taken; the
  /// event is nil for a delay, done or eventless.
  case nondeterminism(source: UInt16, event: UInt16?)
  /// The states form a circle of eventless transitions without guards.
  case eventlessCycle(UInt16)
  /// An enum case that no transition uses as its guard.
  case unusedGuard(UInt16)
  /// An enum case that no transition, entry or exit runs.
  case unusedAction(UInt16)
  /// An enum case that no state waits for.
  case unusedDelay(UInt16)
  /// An event that no transition of any state is for; that states ignore it does not count.
  case unhandledEvent(UInt16)
  /// A transition on done in a state that has no final child.
  case doneWithoutFinal(UInt16)
  /// A transition that no leaf comes to: in each, something inner is taken first.
  case shadowedTransition(source: UInt16, event: UInt16)
  /// A parallel state with less than two regions.
  case tooFewRegions(UInt16)
  /// A final state as a region of a parallel one.
  case finalRegion(UInt16)
  /// The targets of one transition that can't be active together, as they lie in no two regions.
  case illegalTargets(source: UInt16)
  /// A history state whose default is not beside it, or that holds something.
  case historyDefault(UInt16)
  /// A history state that no transition leads to.
  case uselessHistory(UInt16)
  /// A state that is to run a chart is no leaf, or not declared; see ``Invocation``.
  case invokingState(UInt16)
  /// Two states have one name, since a chart is invoked twice under it; see
  /// ``Invocation/childName``.
  case sameName(UInt16)
  /// A deep history state would lead into the middle of a chart that a state runs.
  case resumingHistory(UInt16)
  /// Lines that belong into a state and stand outside of all of them.
  case lineOutsideState
  /// More than the engine's tables hold; see `Limits`.
  case tooLarge(String)
}

/// The sizes that the engine's tables hold.
public enum Limits: Sendable {
  /// States of one chart, inner and outer ones together.
  public static let states = 10_000
  /// Kinds of events of one chart.
  public static let kinds = 1_000
  /// Actions that one chart names.
  public static let actions = 10_000
  /// Kinds of effects of one chart; a record has a byte for each.
  public static let effectKinds = 256
  /// Transitions and decisions of all leaves together, with those of the states around them, and
  /// one for each kind of event where a transition is for any.
  public static let rows = 1 << 22
  /// Actions that stand in one list: of an entry, an exit or a transition.
  public static let block = 255
  /// Guards of one chart; their outcomes fit one word of a record.
  public static let guards = 64
  /// Guards that the condition of one transition names, counted as often as it does.
  public static let terms = 64
  /// Transitions that wait for a delay in one chart.
  public static let delays = 16
  /// Effects that one macrostep may emit; more are ``MachineError/overfullOutbox``.
  public static let effects = 24
  /// Raised events that wait at the same time.
  public static let raised = 8
  /// Events that one machine defers at the same time.
  public static let deferred = 16
  /// Sent events of one machine that have not come.
  public static let sends = 16
  /// Microsteps of one macrostep; more are ``MachineError/endlessMacrostep``.
  public static let microsteps = 64
}

/// A table could not be made: what is wrong with its definition.
public struct ChartError: Error, Sendable {
  /// The name of the chart, as ``Chart/name`` gives it.
  public let chart: StaticString
  /// Every mistake found, in document order.
  public let mistakes: [Mistake]

  /// The mistakes with the names of the symbols, one a line.
  public let descriptions: [String]
  #if !hasFeature(Embedded)
    /// Where each of the mistakes was made; nil for a chart that was not written in Swift.
    public let places: [SourcePlace?]
  #endif
}

extension ChartError: CustomStringConvertible {
  /// The chart and its mistakes, by name, each behind its place.
  public var description: String {
    #if hasFeature(Embedded)
      "chart \(chart): " + joined(descriptions, by: "; ")
    #else
      "chart \(chart): " + joined(located, by: "; ")
    #endif
  }
}

extension Mistake {
  /// The mistake with the names of the symbols.
  package func text(_ names: ChartNames) -> String { sentence(names).text }

  private func sentence(_ names: ChartNames) -> Sentence {
    func state(_ code: UInt16?) -> String {
      code.map { names.states[symbol: $0] } ?? "the chart"
    }
    switch self {
    case .unnumberedSymbols: return "raw values do not count from zero"
    case .duplicateState(let code): return "two states are named \(state(code))"
    case .undeclaredState(let code): return "state \(state(code)) is never declared"
    case .unknownTarget(let source, let target):
      return "unknown target \(state(target)) of a transition in \(state(source))"
    case .missingInitial(let code): return "\(state(code)) has no initial child"
    case .initialIsNoChild(let code, let initial):
      return "initial \(state(initial)) is no child of \(state(code))"
    case .unreachableState(let code): return "state \(state(code)) is unreachable"
    case .finalIsLeft(let code): return "final state \(state(code)) has children or transitions"
    case .nondeterminism(let source, let event):
      let trigger: Sentence = event.map { "event \(names.events[symbol: $0])" } ?? "no event"
      return "\(state(source)): a transition on \(trigger) follows one without guard"
    case .eventlessCycle(let code): return "eventless cycle through \(state(code))"
    case .unusedGuard(let code): return "guard \(names.guards[symbol: code]) is never used"
    case .unusedAction(let code): return "action \(names.actions[symbol: code]) is never used"
    case .unusedDelay(let code): return "delay \(names.delays[symbol: code]) is never used"
    case .unhandledEvent(let code):
      return "no state handles event \(names.events[symbol: code])"
    case .doneWithoutFinal(let code): return "\(state(code)) waits for done without a final child"
    case .shadowedTransition, .tooFewRegions, .finalRegion, .illegalTargets, .historyDefault,
      .uselessHistory:
      return regionText(names, state)
    case .invokingState(let code):
      return "\(state(code)) can run no chart: it has states of its own, or is no ordinary state"
    case .sameName(let code):
      return "two states are named \(state(code)): invocations of one chart need names that differ"
    case .resumingHistory(let code):
      return "deep history \(state(code)) would resume a chart that a state runs"
    case .lineOutsideState: return "a transition, ignore or refuse stands outside of every state"
    case .tooLarge(let what): return "too large: \(what)"
    }
  }

  private func regionText(_ names: ChartNames, _ state: (UInt16?) -> String) -> Sentence {
    switch self {
    case .shadowedTransition(let source, let event):
      let kind = names.events[symbol: event]
      return "\(state(source)): no leaf comes to the transition on event \(kind)"
    case .tooFewRegions(let code): return "parallel \(state(code)) has less than two regions"
    case .finalRegion(let code): return "final state \(state(code)) is a region"
    case .illegalTargets(let source):
      return "the targets of a transition in \(state(source)) can't be active together"
    case .historyDefault(let code):
      return "the default of history \(state(code)) does not lie in its parent"
    case .uselessHistory(let code): return "no transition leads to history \(state(code))"
    case _: return "another mistake"
    }
  }
}
