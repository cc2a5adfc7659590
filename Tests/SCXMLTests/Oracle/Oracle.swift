/// The algorithm of SCXML's appendix D, written to be read next to it, with sets and recursion, and
/// with nothing shared with the code under test.
struct Oracle {
  enum Signal: Hashable {
    case event(Int)
    case done(Int)
  }

  /// What was done, in order.
  enum Entry: Hashable {
    case exit(Int)
    case take(Int)
    case enter(Int)
  }

  let sketch: Sketch
  var configuration: Set<Int> = []
  var historyValue: [Int: Set<Int>] = [:]
  var internalQueue: [Signal] = []
  var log: [Entry] = []
  /// How many actions ran: what conditions look at.
  var count = 0
  var isRunning = true
  /// The longest internal queue and the most microsteps of one macrostep so far.
  var queueMost = 0
  var stepsMost = 0

  init(_ sketch: Sketch) { self.sketch = sketch }

  // MARK: The loop

  mutating func start() {
    enter([sketch.initial], via: [:], below: nil)
    macrostep()
  }

  mutating func send(_ event: Int) {
    guard isRunning else { return }
    let enabled = select { [sketch] in Self.matches($0, .event(event), in: sketch) }
    if !enabled.isEmpty { microstep(enabled) }
    macrostep()
  }

  private mutating func macrostep() {
    var steps = 1
    while isRunning, steps < 60 {
      let eventless = select { [sketch] in sketch.transitions[$0].trigger == .eventless }
      if !eventless.isEmpty {
        microstep(eventless)
      } else if !internalQueue.isEmpty {
        let signal = internalQueue.removeFirst()
        let enabled = select { [sketch] in Self.matches($0, signal, in: sketch) }
        if !enabled.isEmpty { microstep(enabled) }
      } else {
        break
      }
      steps += 1
      queueMost = max(queueMost, internalQueue.count)
    }
    stepsMost = max(stepsMost, steps)
  }

  private static func matches(_ transition: Int, _ signal: Signal, in sketch: Sketch) -> Bool {
    let it = sketch.transitions[transition]
    return switch (it.trigger, signal) {
    case (.event(let wanted), .event(let event)): wanted == event
    case (.any, .event): true
    case (.done, .done(let state)): it.source == state
    case (_, _): false
    }
  }

  // MARK: Selection

  private func select(_ isTriggered: (Int) -> Bool) -> [Int] {
    var enabled: [Int] = []
    let atomic = configuration.filter { sketch.children(of: $0).isEmpty }.sorted()
    for state in atomic {
      for around in [state] + sketch.ancestors(of: state) {
        let found = sketch.transitions.indices.first {
          sketch.transitions[$0].source == around && isTriggered($0) && holds($0)
        }
        guard let found else { continue }
        if !enabled.contains(found) { enabled.append(found) }
        break
      }
    }
    return withoutConflicts(enabled)
  }

  private func holds(_ transition: Int) -> Bool {
    sketch.transitions[transition].condition.map { (count + $0) % 3 == 0 } ?? true
  }

  private func withoutConflicts(_ enabled: [Int]) -> [Int] {
    var filtered: [Int] = []
    for first in enabled {
      var isPreempted = false
      var toRemove: Set<Int> = []
      for second in filtered
      where !exitSet([first]).intersection(exitSet([second])).isEmpty {
        let isInner = sketch.isInside(
          sketch.transitions[first].source, sketch.transitions[second].source)
        if isInner {
          toRemove.insert(second)
        } else {
          isPreempted = true
          break
        }
      }
      if !isPreempted { filtered = filtered.filter { !toRemove.contains($0) } + [first] }
    }
    return filtered
  }

  private func exitSet(_ transitions: [Int]) -> Set<Int> {
    var exited: Set<Int> = []
    for number in transitions where !sketch.transitions[number].targets.isEmpty {
      let domain = domain(of: number)
      exited.formUnion(
        configuration.filter { state in domain.map { sketch.isInside(state, $0) } ?? true })
    }
    return exited
  }

  /// Nil is the chart itself.
  private func domain(of transition: Int) -> Int? {
    let it = sketch.transitions[transition]
    let targets = effectiveTargets(it.targets)
    if it.isInternal, sketch.isCompound(it.source),
      targets.allSatisfy({ sketch.isInside($0, it.source) })
    {
      return it.source
    }
    return sketch.ancestors(of: it.source).first { ancestor in
      sketch.isCompound(ancestor) && targets.allSatisfy { sketch.isInside($0, ancestor) }
    }
  }

  private func effectiveTargets(_ targets: [Int]) -> Set<Int> {
    var found: Set<Int> = []
    for target in targets {
      if !sketch.isHistory(target) {
        found.insert(target)
      } else if let value = historyValue[target] {
        found.formUnion(value)
      } else {
        found.formUnion(effectiveTargets(defaults(of: target)))
      }
    }
    return found
  }

  private func defaults(of history: Int) -> [Int] {
    sketch.transitions.first { $0.source == history }?.targets ?? []
  }

  // MARK: Microstep

  private mutating func microstep(_ enabled: [Int]) {
    exit(enabled)
    for number in enabled { take(number) }
    for number in enabled where !sketch.transitions[number].targets.isEmpty {
      pending.append(number)
    }
    let entering = pending
    pending = []
    var toEnter: Set<Int> = []
    var defaultHistory: [Int: Int] = [:]
    for number in entering {
      let targets = sketch.transitions[number].targets
      for target in targets { addDescendants(target, &toEnter, &defaultHistory) }
      let domain = domain(of: number)
      for target in effectiveTargets(targets) {
        addAncestors(target, below: domain, &toEnter, &defaultHistory)
      }
    }
    enter(toEnter, via: defaultHistory)
  }

  private var pending: [Int] = []

  private mutating func exit(_ enabled: [Int]) {
    let exited = exitSet(enabled)
    for state in exited {
      for history in sketch.children(of: state) where sketch.isHistory(history) {
        let isDeep = sketch.states[history].kind == .history(isDeep: true)
        historyValue[history] = configuration.filter { active in
          isDeep
            ? sketch.children(of: active).isEmpty && sketch.isInside(active, state)
            : sketch.states[active].parent == state
        }
      }
    }
    for state in exited.sorted(by: >) {
      log.append(.exit(state))
      count += 1
      configuration.remove(state)
    }
  }

  private mutating func take(_ number: Int) {
    let it = sketch.transitions[number]
    log.append(.take(number))
    count += 1
    if let raised = it.raised {
      internalQueue.append(.event(raised))
      // What follows a failure in the same block does not happen.
      if !it.fails { internalQueue.append(.event((raised + 1) % Sketch.eventCount)) }
    }
  }

  private mutating func addDescendants(
    _ state: Int, _ toEnter: inout Set<Int>, _ defaultHistory: inout [Int: Int]
  ) {
    if sketch.isHistory(state) {
      let parent = sketch.states[state].parent
      let next = historyValue[state].map { $0.sorted() } ?? defaults(of: state)
      if historyValue[state] == nil { defaultHistory[parent ?? -1] = state }
      for other in next { addDescendants(other, &toEnter, &defaultHistory) }
      for other in next { addAncestors(other, below: parent, &toEnter, &defaultHistory) }
      return
    }
    toEnter.insert(state)
    if sketch.isCompound(state), let initial = sketch.states[state].initial {
      addDescendants(initial, &toEnter, &defaultHistory)
      addAncestors(initial, below: state, &toEnter, &defaultHistory)
    } else if sketch.states[state].kind == .parallel {
      addRegions(of: state, &toEnter, &defaultHistory)
    }
  }

  private mutating func addAncestors(
    _ state: Int, below top: Int?, _ toEnter: inout Set<Int>, _ defaultHistory: inout [Int: Int]
  ) {
    for ancestor in sketch.ancestors(of: state).prefix(while: { $0 != top }) {
      toEnter.insert(ancestor)
      if sketch.states[ancestor].kind == .parallel {
        addRegions(of: ancestor, &toEnter, &defaultHistory)
      }
    }
  }

  private mutating func addRegions(
    of parallel: Int, _ toEnter: inout Set<Int>, _ defaultHistory: inout [Int: Int]
  ) {
    for child in sketch.children(of: parallel) where !sketch.isHistory(child) {
      if !toEnter.contains(where: { sketch.isInside($0, child) }) {
        addDescendants(child, &toEnter, &defaultHistory)
      }
    }
  }

  private mutating func enter(_ targets: [Int], via _: [Int: Int], below top: Int?) {
    var toEnter: Set<Int> = []
    var defaultHistory: [Int: Int] = [:]
    for target in targets { addDescendants(target, &toEnter, &defaultHistory) }
    for target in targets { addAncestors(target, below: top, &toEnter, &defaultHistory) }
    enter(toEnter, via: defaultHistory)
  }

  private mutating func enter(_ toEnter: Set<Int>, via defaultHistory: [Int: Int]) {
    for state in toEnter.sorted() {
      configuration.insert(state)
      log.append(.enter(state))
      count += 1
      if let history = defaultHistory[state],
        let way = sketch.transitions.firstIndex(where: { $0.source == history })
      {
        take(way)
      }
      guard sketch.states[state].kind == .final else { continue }
      guard let parent = sketch.states[state].parent else {
        isRunning = false
        continue
      }
      internalQueue.append(.done(parent))
      if let outer = sketch.states[parent].parent, sketch.states[outer].kind == .parallel,
        isDone(outer)
      {
        internalQueue.append(.done(outer))
      }
    }
  }

  private func isDone(_ state: Int) -> Bool {
    if sketch.isCompound(state) {
      return sketch.children(of: state).contains {
        sketch.states[$0].kind == .final && configuration.contains($0)
      }
    }
    guard sketch.states[state].kind == .parallel else { return false }
    return sketch.children(of: state).allSatisfy { sketch.isHistory($0) || isDone($0) }
  }
}
