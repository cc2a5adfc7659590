/// A definition as plain numbers, in document order: what checks, flattening and outlines share,
/// so that none of them is generic code.
package struct Plan: Sendable {
  package enum Trigger: Hashable {
    case event(UInt16)
    case any
    case delay(UInt16)
    case done
    case eventless
  }

  /// The guards of a transition, by raw values.
  package typealias Condition = Formula<UInt8>

  package enum Kind: Hashable {
    /// Atomic or compound, as there are children or not.
    case ordinary
    case parallel
    case final
    case history(isDeep: Bool)
  }

  package struct State {
    /// The raw value of the enum case.
    package var symbol: UInt16
    /// The position of the enclosing state, nil for a child of the root.
    package var parent: Int?
    package var kind: Kind
    /// The raw value of the child that is entered first, as written.
    package var initial: UInt16?
    /// What runs when the initial child is entered because nothing else was named.
    package var initialActions: [UInt16] = []
    package var entry: [UInt16]
    package var exit: [UInt16]
    package var children: [Int] = []
    package var ignored: [UInt16] = []
    package var refused: [UInt16] = []
    package var deferred: [UInt16] = []
    package var transitions: [Int] = []
    /// What it runs and what comes of that, in words: what is inside it is that chart's. Empty for
    /// a state that runs no chart.
    package var invoked: [String] = []
    var around = Around()
    #if !hasFeature(Embedded)
      var origin: Origin?
    #endif

    /// What runs when it is entered, in this order.
    package var entering: [UInt16] { entry + around.entry }
    /// What runs when it is left, in this order.
    package var leaving: [UInt16] { exit + around.exit }

    /// A state; see the properties for the rest.
    package init(
      symbol: UInt16, parent: Int?, kind: Kind, initial: UInt16?, entry: [UInt16], exit: [UInt16]
    ) {
      self.symbol = symbol
      self.parent = parent
      self.kind = kind
      self.initial = initial
      self.entry = entry
      self.exit = exit
    }
  }

  /// What invoking does behind the entry and exit actions of a state: blocks of their own, so that
  /// they are done when an action before them fails (SCXML 4.9).
  struct Around: Hashable {
    var entry: [UInt16] = []
    var exit: [UInt16] = []
  }

  package struct Transition {
    /// The position of the state that declares it.
    package var source: Int
    package var trigger: Trigger
    package var condition: Condition?
    package var actions: [UInt16]
    /// The raw values of the targets as written; empty when targetless.
    package var targets: [UInt16]
    package var isInternal: Bool
    /// It is one of those that a line for any event became, of which some may be of no use.
    package var isSpread = false
    #if !hasFeature(Embedded)
      var origin: Origin?
    #endif

    /// A transition; see the properties.
    package init(
      source: Int, trigger: Trigger, condition: Condition?, actions: [UInt16], targets: [UInt16],
      isInternal: Bool
    ) {
      self.source = source
      self.trigger = trigger
      self.condition = condition
      self.actions = actions
      self.targets = targets
      self.isInternal = isInternal
    }
  }

  /// How many symbols of each type the chart has.
  package struct Counts {
    package var states = 0
    package var kinds = 0
    package var guards = 0
    package var actions = 0
    package var delays = 0

    /// Of a chart without any.
    package init() {}
  }

  package var states: [State] = []
  package var transitions: [Transition] = []
  package var initial: UInt16
  package var roots: [Int] = []
  package var counts = Counts()
  /// Lines that belong into a state and stand outside of all of them.
  package var strays = 0
  /// What is to be known of a chart that invokes another.
  var invoking = InvokingNotes()
  /// The kinds of events that no state need handle.
  var results: [UInt16] = []
  #if !hasFeature(Embedded)
    /// Where the chart stands, and the first line outside of all its states.
    var origin: Origin?
    var strayOrigin: Origin?
  #endif

  /// A plan without states, for a chart that is data: whoever makes it puts the states in document
  /// order, and tells each of its children and its transitions.
  package init(initial: UInt16, counts: Counts) {
    self.initial = initial
    self.counts = counts
  }

  package init<C: Chart>(_ definition: borrowing Definition<C>) {
    initial = definition.initial.code
    counts.states = C.State.symbolCount
    counts.kinds = C.Event.Kind.symbolCount
    counts.guards = C.Guard.symbolCount
    counts.actions = C.Action.symbolCount
    counts.delays = C.Delay.symbolCount
    invoking = definition.notes
    strays = invoking.strays
    results = C.results.map { $0.code }
    #if !hasFeature(Embedded)
      origin = definition.origin
    #endif
    add(definition.lines, under: nil)
  }

  private mutating func add(_ lines: [Line], under parent: Int?) {
    for line in lines {
      if case .state(let line) = line {
        add(line, under: parent)
      } else if let parent {
        add(line, to: parent)
      } else {
        strays += 1
        #if !hasFeature(Embedded)
          if case .transition(let it) = line, strayOrigin == nil { strayOrigin = it.origin }
        #endif
      }
    }
  }

  @inline(never)
  private mutating func add(_ line: StateLine, under parent: Int?) {
    let position = states.count
    states.append(
      State(
        symbol: line.symbol, parent: parent, kind: line.kind, initial: line.initial,
        entry: line.entry, exit: line.exit))
    states[position].invoked = line.invoked
    states[position].around = line.around
    #if !hasFeature(Embedded)
      states[position].origin = line.origin
    #endif
    if let parent { states[parent].children.append(position) } else { roots.append(position) }
    add(line.body, under: position)
  }

  @inline(never)
  private mutating func add(_ line: TransitionLine, to parent: Int) {
    states[parent].transitions.append(transitions.count)
    transitions.append(
      Transition(
        source: parent, trigger: line.trigger, condition: line.condition, actions: line.actions,
        targets: line.targets, isInternal: line.isInternal))
    transitions[transitions.count - 1].isSpread = line.isSpread
    #if !hasFeature(Embedded)
      transitions[transitions.count - 1].origin = line.origin
    #endif
  }

  @inline(never)
  private mutating func add(_ line: Line, to parent: Int) {
    switch line {
    case .state(let state): add(state, under: parent)
    case .transition(let transition):
      add(transition, to: parent)
    case .ignored(let kinds): Self.add(kinds, to: &states[parent].ignored)
    case .refused(let kinds): Self.add(kinds, to: &states[parent].refused)
    case .deferred(let kinds): Self.add(kinds, to: &states[parent].deferred)
    case .initial(let state, let actions):
      states[parent].initial = state
      states[parent].initialActions = actions
    }
  }

  @inline(never)
  private static func add(_ kinds: [UInt16], to list: inout [UInt16]) { list += kinds }
}

extension Plan.Transition {
  /// The first target; the flattened table knows no others.
  var target: UInt16? { targets.first }
}

extension Plan.State {
  var isFinal: Bool { kind == .final }

  var isHistory: Bool { if case .history = kind { true } else { false } }
}

extension Plan {
  /// The position of the state with this raw value, the first one if there are several.
  package func position(of symbol: UInt16) -> Int? { states.firstIndex { $0.symbol == symbol } }

  /// The state and its ancestors, innermost first.
  package func lineage(of position: Int) -> [Int] {
    var result = [position]
    while let parent = states[result[result.count - 1]].parent { result.append(parent) }
    return result
  }

  /// Whether only the interpreter can run this: the flattened table knows one active leaf.
  var needsInterpreter: Bool {
    states.contains { $0.kind == .parallel || $0.isHistory }
      || transitions.contains { $0.targets.count > 1 }
  }
}
