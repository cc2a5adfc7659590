#if !hasFeature(Embedded)
  extension Machine {
    /// The machine between macrosteps, by names.
    ///
    /// - Parameters:
    ///   - version: The version of the chart, for ``restore(_:through:at:timers:)`` of a later one.
    ///   - now: The time of the machine's loop.
    public func named(version: Int, at now: UInt64) -> NamedState<C> {
      let it = snapshot
      var histories: [String: [String]] = [:]
      if let regions = table.regions {
        for (name, members) in regions.structure.remembered(it.regions) {
          histories[stateName(regions.symbols[name])] = members.map {
            stateName(regions.symbols[$0])
          }
        }
      }
      var delays: [NamedState<C>.Delay] = []
      for (slot, waiting) in waits.enumerated() where it.deadlines.times[slot] != Deadlines.never {
        delays.append(
          NamedState<C>.Delay(
            state: waiting.state, delay: waiting.delay, due: it.deadlines.times[slot]))
      }
      return NamedState(
        version: version, takenAt: now, leaves: it.leaves.map { $0.name }, histories: histories,
        delays: delays, deferred: it.deferred,
        sent: it.sent.map { .init(event: $0.event, due: $0.due, id: $0.id.rawValue) },
        memory: it.memory)
    }

    /// Puts the machine into a state that was written by names, by this version of its chart or an
    /// earlier one. No action runs.
    ///
    /// A leaf that has states of its own now is entered as far as its initial ones, and a region
    /// that is new likewise. A delay that a state has not had begins now.
    ///
    /// - Parameters:
    ///   - state: What ``named(version:at:)`` gave.
    ///   - versions: What has become of the names.
    ///   - now: The time of this machine's loop.
    ///   - policy: What becomes of what was running.
    /// - Throws: Which name or version does not fit; then the machine is as before.
    public mutating func restore(
      _ state: NamedState<C>, through versions: VersionMap, at now: UInt64,
      timers policy: TimerPolicy
    ) throws(NamedStateError) {
      guard state.version <= versions.current else {
        throw .version(here: versions.current, there: state.version)
      }
      for (count, limit) in [
        (state.deferred.count, C.limits.deferred), (state.sent.count, C.limits.sends),
      ] where count > limit {
        throw .tooManyEvents(limit: limit, there: count)
      }
      let state = try state.renamed(by: versions)
      let (leaf, image) = try configuration(of: state)
      var deadlines = Deadlines()
      var left = state.delays
      for (slot, waiting) in waits.enumerated() {
        let place = left.firstIndex { $0.state == waiting.state && $0.delay == waiting.delay }
        if let place { deadlines.times[slot] = left.remove(at: place).due }
      }
      if let lost = left.first { throw .unknownDelay(state: lost.state, delay: lost.delay) }
      let snapshot = Snapshot(
        table, state: leaf, memory: state.memory, deadlines: deadlines, regions: image,
        deferred: state.deferred,
        // Whoever has written the file may have put them in another order.
        sent: state.sent.sorted { $0.due < $1.due }.map {
          SentEvent(event: $0.event, due: $0.due, id: SendID(rawValue: $0.id))
        })
      guard isLegal(snapshot) else { throw .notTogether(state.leaves) }
      restore(snapshot, takenAt: state.takenAt, at: now, timers: policy)
      for (slot, waiting) in waits.enumerated()
      where times.times[slot] == Deadlines.never && isActive(waiting.symbol) {
        guard let delay = C.Delay(code: table.slots[slot]) else { continue }
        times.times[slot] = now &+ C.nanoseconds(delay, store)
      }
    }

    /// By slot, which state waits for which delay.
    private var waits: [(symbol: C.State, state: String, delay: String)] {
      table.plan.transitions.compactMap { transition in
        guard case .delay(let code) = transition.trigger, let delay = C.Delay(code: code),
          let state = C.State(code: table.plan.states[transition.source].symbol)
        else { return nil }
        return (state, state.name, delay.name)
      }
    }

    private func stateName(_ code: UInt16) -> String { C.State(code: code)?.name ?? "" }

    private func code(of name: String) throws(NamedStateError) -> UInt16 {
      guard let state = C.State.allCases.first(where: { $0.name == name }) else {
        throw .unknownState(name)
      }
      return state.code
    }

    /// The first leaf, and with regions the bits of all that is active and remembered.
    private func configuration(
      of state: NamedState<C>
    ) throws(NamedStateError) -> (leaf: C.State, image: Interpreter.Image) {
      var codes: [UInt16] = []
      for name in state.leaves { codes.append(try code(of: name)) }
      guard let regions = table.regions else {
        let plan = table.plan
        let index = PlanIndex(plan)
        guard codes.count == 1, let place = index.position(of: codes[0]),
          let leaf = index.leaf(under: place), let first = C.State(code: plan.states[leaf].symbol)
        else { throw .notTogether(state.leaves) }
        return (first, Interpreter.Image(words: []))
      }
      let structure = regions.structure
      var values: [Int: [Int]] = [:]
      for (name, members) in state.histories {
        guard let history = regions.number(of: try code(of: name)),
          structure.states[history].isHistory
        else { throw .unknownHistory(name) }
        for member in members {
          guard let number = regions.number(of: try code(of: member)) else {
            throw .unknownState(member)
          }
          values[history, default: []].append(number)
        }
      }
      let numbers = codes.compactMap { regions.number(of: $0) }
      let image = structure.image(around: numbers, remembering: values)
      guard structure.accepts(image), let first = structure.firstLeaf(image),
        let leaf = C.State(code: regions.symbols[first])
      else { throw .notTogether(state.leaves) }
      return (leaf, image)
    }
  }

  extension NamedState {
    /// The same with the names of now.
    func renamed(by versions: VersionMap) throws(NamedStateError) -> NamedState {
      var state = self
      for step in versions.way(from: version) {
        func now(_ name: String) -> String { step.states[name] ?? name }
        state.leaves = state.leaves.map(now)
        var histories: [String: [String]] = [:]
        for (name, members) in state.histories { histories[now(name)] = members.map(now) }
        state.histories = histories
        state.delays = state.delays.compactMap { it in
          guard let delay = step.delays[it.delay, default: it.delay] else { return nil }
          return Delay(state: now(it.state), delay: delay, due: it.due)
        }
      }
      state.version = versions.current
      return state
    }
  }

  extension Structure {
    /// By history state that has a value, what it remembers.
    func remembered(_ image: Interpreter.Image) -> [(history: Int, members: [Int])] {
      states.indices.filter { states[$0].isHistory && image.contains($0, in: 1, of: words) }.map {
        history in
        let set = 2 + slots[history]
        return (history, states.indices.filter { image.contains($0, in: set, of: words) })
      }
    }

    /// The bits of the configuration around these states, which are completed by initial states,
    /// and of what history states remember.
    func image(around leaves: [Int], remembering values: [Int: [Int]]) -> Interpreter.Image {
      var active: Set<Int> = []
      for leaf in leaves {
        var next: Int? = leaf
        while let state = next {  // Ends at the chart itself.
          active.insert(state)
          next = states[state].parent
        }
      }
      active.insert(0)
      complete(0, &active)
      var words = Array(repeating: UInt64(0), count: (2 + historyCount) * self.words + 1)
      func set(_ state: Int, in number: Int) {
        words[number * self.words + state / 64] |= 1 << UInt64(state % 64)
      }
      // The chart itself is not among the active states of an interpreter.
      for state in active where state != 0 { set(state, in: 0) }
      for (history, members) in values {
        set(history, in: 1)
        for member in members { set(member, in: 2 + slots[history]) }
      }
      let isFinished = children[0].contains { states[$0].kind == .final && active.contains($0) }
      words[words.count - 1] = isFinished ? 1 : 0
      return Interpreter.Image(words: words)
    }

    /// Enters what is missing inside a state that is active, by default.
    private func complete(_ state: Int, _ active: inout Set<Int>) {
      let inside = children[state].filter { !states[$0].isHistory }
      switch states[state].kind {
      case .atomic, .final, .history: return
      case .compound:
        if !inside.contains(where: { active.contains($0) }), let initial = states[state].initial {
          for target in transitions[initial].targets {
            var next: Int? = target
            while let it = next, it != state {  // Ends at the state, which the target lies in.
              active.insert(it)
              next = states[it].parent
            }
          }
        }
      case .parallel: active.formUnion(inside)
      }
      for child in inside where active.contains(child) { complete(child, &active) }
    }
  }
#endif
