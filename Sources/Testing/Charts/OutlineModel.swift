package import BatonCore

/// All that a chart without code can come to, on the interpreter that runs charts: every event of
/// it may come at any time, and a guard may hold or not each time that it is asked.
package final class OutlineModel: ValueModel {
  /// Between two microsteps.
  package struct State: Hashable {
    var image: Interpreter.Image
    /// States whose done event has not been heard, oldest first.
    var done: [Int] = []
    /// True when no eventless transition is left, so that the next event is heard.
    var isResting = false
  }

  /// Something from outside.
  enum Stimulus: Hashable {
    case event(String)
    /// An event that no transition names.
    case other
    case delay(String, source: Int)
  }

  /// What may come of one selection.
  struct Branch {
    var state: State
    var isTaken: Bool
    /// What was asked, with `!` in front of what does not hold.
    var guards: [String] = []
    /// What was taken, done and entered, in order.
    var transitions: [Int] = []
    var actions: [String] = []
    var entered: [Int] = []
  }

  /// Answers to guards that are tried for one event; more are left out.
  static var branchesMax: Int { 1 << 12 }

  enum Action {
    static var settled: UInt16 { 0xFFFC }
    static var done: UInt16 { 0xFFFD }
    static var eventless: UInt16 { 0xFFFE }
    /// As `eventless`, where guards decide.
    static var chosen: UInt16 { 0xFFFF }
    static var stimuli: Int { 0xFFF0 }
  }

  package let outline: Outline
  private let structure: Structure
  /// By transition of the structure, that of the outline; nil for what enters an initial state.
  private let numbers: [Int?]
  private let stimuli: [Stimulus]
  /// By transition of the outline, what is asked.
  private let conditions: [Formula<String>?]
  /// By name of a guard that asks for a state, which one; nil for one that there is not.
  private let asked: [String: Int?]
  /// By state of the outline, whether nothing that can be active lies in it.
  private let isLeaf: [Bool]
  /// The transitions that were taken, and the states that were entered, by their indices.
  package private(set) var taken: Set<Int> = []
  package private(set) var entered: Set<Int> = []
  /// The configurations that nothing leaves, each in words.
  package private(set) var deadlocks: Set<String> = []
  /// Transitions of two regions that leave a state in common: the first one preempts the other.
  package private(set) var conflicts: Set<[Int]> = []
  /// Events of which not all answers were tried.
  package private(set) var cutShort: Set<String> = []

  /// The model of a chart.
  ///
  /// - Throws: `StructureError` when states of it have no place or no initial child.
  package init(_ outline: Outline) throws(StructureError) {
    self.outline = outline
    (structure, numbers) = try Structure.made(of: outline)
    let parents = Set(outline.states.filter { !$0.kind.isPast }.compactMap(\.parent))
    isLeaf = outline.states.indices.map { !parents.contains($0) }
    conditions = outline.transitions.map(\.condition)
    let names = Set(conditions.flatMap { $0?.names ?? [] })
    asked = Dictionary(
      uniqueKeysWithValues: names.compactMap { name in
        Formula<String>.state(askedBy: name).map { state in
          (name, outline.states.firstIndex { $0.name == state })
        }
      })
    stimuli = Array(Self.stimuli(of: outline).prefix(Action.stimuli))
  }

  package var name: String { outline.name }
  package var properties: [String] { [] }

  package var initial: State {
    var interpreter = Interpreter(structure)
    interpreter.begin()
    return stepped(&interpreter, []).state
  }

  // MARK: Steps

  package func expand(_ state: State, _ step: (UInt16, State) -> Void) {
    branch(state) { step($0, $1.state) }
  }

  /// Tells every step, and what is taken, done and entered by it.
  func branch(_ state: State, _ step: (UInt16, Branch) -> Void) {
    guard !isFinished(state) else { return }
    guard state.isResting else { return settle(state, step) }
    var moves = false
    for (number, stimulus) in stimuli.enumerated() {
      let branches = branches(state, text(stimulus)) { self.hears($0, stimulus) }
      for branch in branches where branch.isTaken {
        moves = true
        step(UInt16(number), branch)
      }
    }
    if !moves { deadlocks.insert(text(state: state)) }
  }

  /// Eventless transitions first, then what is done (SCXML appendix D, mainEventLoop).
  private func settle(_ state: State, _ step: (UInt16, Branch) -> Void) {
    let branches = branches(state, nil) { self.outline.transitions[$0].trigger == .eventless }
    let action = branches.count == 1 ? Action.eventless : Action.chosen
    for branch in branches {
      guard !branch.isTaken else {
        step(action, branch)
        continue
      }
      guard let done = state.done.first else {
        var next = branch
        next.state = state
        next.state.isResting = true
        step(branches.count == 1 ? Action.settled : Action.chosen, next)
        continue
      }
      var next = state
      next.done.removeFirst()
      let name = outline.states[done].name
      for heard in self.branches(next, "done.state.\(name)", { self.hears($0, done: done) }) {
        var heard = heard
        heard.guards = branch.guards + heard.guards
        step(Action.done, heard)
      }
    }
  }

  /// What comes of an event, for all answers of the guards that are asked; of no event for nil.
  private func branches(
    _ state: State, _ event: String?, _ hears: (Int) -> Bool
  ) -> [Branch] {
    var branches: [Branch] = []
    var answers: [Bool] = []
    repeat {
      var interpreter = Interpreter(structure)
      interpreter.image = state.image
      interpreter.beginSelection(eventless: event == nil)
      var known: [String: Bool] = [:]
      var guards: [String] = []
      let active = asked.isEmpty ? [] : Set(interpreter.configuration)
      while let candidate = interpreter.candidate {
        guard let number = numbers[candidate], hears(number) else {
          interpreter.reject()
          continue
        }
        let holds = conditions[number]?.holds { name in
          // Which states are active is no matter of chance (SCXML 5.9.1).
          if let state = asked[name] { return state.map { active.contains($0 + 1) } ?? false }
          if let answer = known[name] { return answer }
          if known.count == answers.count { answers.append(true) }
          let answer = answers[known.count]
          known[name] = answer
          guards.append(answer ? name : "!\(name)")
          return answer
        }
        if holds ?? true { interpreter.accept() } else { interpreter.reject() }
      }
      branches.append(taken(&interpreter, state))
      branches[branches.count - 1].guards = guards
      while answers.last == false { answers.removeLast() }
      guard !answers.isEmpty else { return branches }
      answers[answers.count - 1] = false
    } while branches.count < Self.branchesMax
    cutShort.insert(event ?? "no event")
    return branches
  }

  private func taken(_ interpreter: inout Interpreter, _ state: State) -> Branch {
    let selected = interpreter.selection
    guard interpreter.prepare() else {
      var next = state
      next.isResting = false
      return Branch(state: next, isTaken: false)
    }
    let kept = interpreter.selection
    for lost in selected where !kept.contains(lost) {
      let pair = ([lost] + kept.prefix(1)).compactMap { numbers[$0] }.sorted()
      if pair.count == 2 { conflicts.insert(pair) }
    }
    return stepped(&interpreter, state.done)
  }

  private func stepped(_ interpreter: inout Interpreter, _ done: [Int]) -> Branch {
    var done = done
    var branch = Branch(state: State(image: interpreter.image), isTaken: true)
    while let step = interpreter.nextStep() {
      switch step {
      case .exit(let state): if state > 0 { branch.actions += outline.states[state - 1].exit }
      case .content(let number):
        guard let number = numbers[number] else { continue }
        branch.transitions.append(number)
        branch.actions += outline.transitions[number].actions
      case .enter(let state):
        guard state > 0 else { continue }
        branch.entered.append(state - 1)
        branch.actions += outline.states[state - 1].entry
      case .done(let state, by: _): if state > 0 { done.append(state - 1) }
      case .finished: break
      }
    }
    taken.formUnion(branch.transitions)
    entered.formUnion(branch.entered)
    // More done events than states wait only in a circle that never rests.
    branch.state = State(image: interpreter.image, done: Array(done.prefix(outline.states.count)))
    return branch
  }

  // MARK: What is heard

  private func hears(_ number: Int, _ stimulus: Stimulus) -> Bool {
    let it = outline.transitions[number]
    return switch stimulus {
    case .event(let name): it.trigger.covers(.event(name))
    case .other: it.trigger == .anyEvent
    case .delay(let name, let source): it.trigger == .delay(name) && it.source == source
    }
  }

  private func hears(_ number: Int, done state: Int) -> Bool {
    let it = outline.transitions[number]
    if it.trigger == .done { return it.source == state }
    return it.trigger.covers(.event("done.state.\(outline.states[state].name)"))
  }

  private static func stimuli(of outline: Outline) -> [Stimulus] {
    let ends = Set(outline.states.map { "done.state.\($0.name)" })
    var found: [Stimulus] = []
    var known: Set<Stimulus> = []
    for it in outline.transitions {
      let stimulus: Stimulus? =
        switch it.trigger {
        case .event(let name): .event(Outline.Trigger.stem(name))
        case .anyEvent: .other
        case .delay(let name): .delay(name, source: it.source)
        case .done, .eventless: nil
        }
      guard let stimulus, known.insert(stimulus).inserted else { continue }
      if case .event(let name) = stimulus, ends.contains(name) { continue }
      found.append(stimulus)
    }
    return found
  }

  // MARK: What a walk asks

  func isFinished(_ state: State) -> Bool {
    var interpreter = Interpreter(structure)
    interpreter.image = state.image
    return interpreter.isFinished
  }

  package func judge(_ state: State) -> Verdict { Verdict() }

  /// A chart may wait for ever for an event that moves it; not for one that does nothing.
  package func isSettled(_ state: State) -> Bool {
    if isFinished(state) { return true }
    if state.isResting { return !deadlocks.contains(text(state: state)) }
    var isChoice = false
    settle(state) { action, _ in isChoice = isChoice || action == Action.chosen }
    return isChoice
  }

  package func actor(of action: UInt16) -> Actor {
    let isWish = Int(action) < Action.stimuli || action == Action.chosen
    return isWish ? .nobody(at: 0) : Actor(process: 0, fairness: 0)
  }

  package func text(action: UInt16) -> String {
    switch action {
    case Action.settled: "nothing is left to do"
    case Action.done: "a state is done"
    case Action.eventless, Action.chosen: "no event"
    case _: text(stimuli[Int(action)])
    }
  }

  /// What came from outside for a step; nil where nothing did.
  func event(of action: UInt16) -> String? {
    Int(action) < Action.stimuli ? text(stimuli[Int(action)]) : nil
  }

  private func text(_ stimulus: Stimulus) -> String {
    switch stimulus {
    case .event(let name): name
    case .other: "another event"
    case .delay(let name, _): "after \(name)"
    }
  }

  /// The leaves.
  package func text(state: State) -> String { leaves(in: state).joined(separator: " + ") }

  package func leaves(of state: State) -> [String: String] {
    [outline.name: leaves(in: state).joined(separator: " ")]
  }

  /// The active leaves, by name.
  func leaves(in state: State) -> [String] {
    numbers(in: state).filter { isLeaf[$0] }.map { outline.states[$0].name }
  }

  /// All active states, by name.
  func active(in state: State) -> [String] { numbers(in: state).map { outline.states[$0].name } }

  private func numbers(in state: State) -> [Int] {
    var interpreter = Interpreter(structure)
    interpreter.image = state.image
    return interpreter.configuration.filter { $0 > 0 }.map { $0 - 1 }
  }
}

@available(*, unavailable)
extension OutlineModel: Sendable {}
