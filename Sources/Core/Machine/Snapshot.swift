/// The whole state of a machine between macrosteps: a value that can be hashed, compared and
/// restored.
///
/// Flat for a chart without regions that neither defers nor sends.
public struct Snapshot<C: Chart>: Hashable, Sendable {
  /// The active leaf; with regions the first one in document order. See ``leaves``.
  public let state: C.State
  /// The extended state, as actions left it.
  public let memory: C.Memory
  /// When the running delays are due.
  package let deadlines: Deadlines
  /// The configuration and the values of history states; empty for a chart without regions.
  package let regions: Interpreter.Image
  /// The events that were deferred, in the order in which they came.
  public let deferred: [C.Event]
  /// The events that were sent and have not come, by time.
  public let sent: [SentEvent<C>]
  /// What it is a state of; no part of the value.
  private let table: Table<C>

  init(
    _ table: Table<C>, state: C.State, memory: C.Memory, deadlines: Deadlines,
    regions: Interpreter.Image = Interpreter.Image(words: []), deferred: [C.Event] = [],
    sent: [SentEvent<C>] = []
  ) {
    self.table = table
    self.state = state
    self.memory = memory
    self.deadlines = deadlines
    self.regions = regions
    self.deferred = deferred
    self.sent = sent
  }
}

extension Snapshot {
  /// Whether both are the same state, of machines of one chart.
  public static func == (one: Snapshot, other: Snapshot) -> Bool {
    one.state == other.state && one.memory == other.memory
      && one.deadlines == other.deadlines && one.regions == other.regions
      && one.deferred == other.deferred && one.sent == other.sent
  }

  /// Equal ones have equal hashes.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(state)
    hasher.combine(memory)
    hasher.combine(deadlines)
    hasher.combine(regions)
    hasher.combine(deferred)
    hasher.combine(sent)
  }

  /// Whether a state is active: a leaf or a state around one, in every region.
  public func isActive(_ state: C.State) -> Bool {
    guard let regions = table.regions, !self.regions.words.isEmpty else {
      return table.encloses(state.code, leaf: self.state.code)
    }
    return regions.number(of: state.code).map { self.regions.isActive($0) } ?? false
  }

  /// All active states in document order, outer ones before inner ones.
  public var configuration: [C.State] { C.State.allCases.filter { isActive($0) } }

  /// The active leaves in document order: with regions one of each that is active.
  public var leaves: [C.State] {
    guard let regions = table.regions, !self.regions.words.isEmpty else { return [state] }
    return configuration.filter {
      regions.number(of: $0.code).map { regions.structure.isLeafState[$0] } ?? false
    }
  }

  /// The same with another memory, and with every running delay due at the same moment: what a walk
  /// through all states needs, to whom it does not matter when a delay began.
  package func normalised(memory: C.Memory, due: UInt64) -> Snapshot {
    var deadlines = deadlines
    for slot in deadlines.times.indices where deadlines.times[slot] != Deadlines.never {
      deadlines.times[slot] = due
    }
    return Snapshot(
      table, state: state, memory: memory, deadlines: deadlines, regions: regions,
      deferred: deferred, sent: sent.map { SentEvent(event: $0.event, due: due, id: $0.id) })
  }

  /// The same once for each delay that runs, and once for the event that was sent first, with that
  /// one due before all others: what may come next where nobody knows how long anything runs.
  package var eachDueFirst: [Snapshot] {
    var all: [Snapshot] = []
    func add(_ deadlines: Deadlines, _ sent: [SentEvent<C>]) {
      all.append(
        Snapshot(
          table, state: state, memory: memory, deadlines: deadlines, regions: regions,
          deferred: deferred, sent: sent))
    }
    for slot in deadlines.times.indices where deadlines.times[slot] != Deadlines.never {
      var deadlines = deadlines
      deadlines.times[slot] = 0
      add(deadlines, sent)
    }
    if let first = sent.first {
      add(deadlines, [SentEvent(event: first.event, due: 0, id: first.id)] + sent.dropFirst())
    }
    return all
  }
}

/// An event that a machine sent to itself and that has not come.
public struct SentEvent<C: Chart>: Hashable, Sendable {
  /// What was sent, with its payload.
  public let event: C.Event
  /// When it comes, in nanoseconds of the loop's clock.
  public let due: UInt64
  /// By what it is cancelled.
  public let id: SendID
}

extension Machine {
  /// As ``Snapshot/normalised(memory:due:)``, with a moment of its own for each kind of delay.
  package func normalised(due: (C.Delay) -> UInt64) -> Snapshot<C> {
    let snapshot = snapshot
    var deadlines = snapshot.deadlines
    for slot in deadlines.times.indices where deadlines.times[slot] != Deadlines.never {
      guard slot < table.slots.count, let delay = C.Delay(code: table.slots[slot]) else {
        continue
      }
      deadlines.times[slot] = due(delay)
    }
    return Snapshot(
      table, state: snapshot.state, memory: snapshot.memory, deadlines: deadlines,
      regions: snapshot.regions, deferred: snapshot.deferred, sent: snapshot.sent)
  }

  /// The whole state, to be hashed, compared or restored.
  public var snapshot: Snapshot<C> {
    get {
      Snapshot(
        table, state: state, memory: store, deadlines: times, regions: image,
        deferred: pool?.deferred ?? [],
        sent: pool?.sent.map { SentEvent(event: $0.event, due: $0.due, id: $0.id) } ?? [])
    }
    set {
      if table.regions != nil {
        interpreter?.image = newValue.regions
        readLeaves()
      }
      leaf = newValue.state.code
      store = newValue.memory
      times = newValue.deadlines
      guard pool != nil || !newValue.deferred.isEmpty || !newValue.sent.isEmpty else { return }
      let pool = opened()
      pool.deferred = newValue.deferred
      pool.sent = newValue.sent.map { .init(event: $0.event, due: $0.due, id: $0.id) }
    }
  }

  private var image: Interpreter.Image {
    switch interpreter {
    case .some(let interpreter):
      tellLeaves()
      return interpreter.image
    case .none: return Interpreter.Image(words: [])
    }
  }
}
