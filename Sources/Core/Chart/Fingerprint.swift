/// What a definition says, as numbers that are the same in every run and every build: two charts
/// with the same fingerprint have the same states and transitions, and mean the same by a number.
public struct Fingerprint: Hashable, Sendable {
  /// States, event kinds, guards, actions and delays.
  let counts: [UInt16]
  /// One for each state in document order.
  let states: [UInt32]
  /// One for each transition in document order.
  let transitions: [UInt32]
  /// A hash (FNV-1a, 64 bits) of all that the definition says: equal in equal definitions.
  public let digest: UInt64

  /// Where two definitions differ first: counts before states, states before transitions.
  public enum Difference: Hashable, Sendable {
    /// The number of `what` (`states`, `events`, `guards`, `actions`, `delays`, `transitions`).
    case count(of: Count, here: Int, there: Int)
    /// The state at this place in document order.
    case state(Int)
    /// The transition at this place in document order.
    case transition(Int)
    /// The name of the chart, or what only a digest sees.
    case chart
  }

  /// What a definition has so and so many of, as ``Difference/count(of:here:there:)`` names it.
  public enum Count: UInt8, Hashable, Sendable, CaseIterable {
    /// The number of these that the chart declares.
    case states, events, guards, actions, delays, transitions

    fileprivate var word: StaticString {
      switch self {
      case .states: "states"
      case .events: "events"
      case .guards: "guards"
      case .actions: "actions"
      case .delays: "delays"
      case .transitions: "transitions"
      }
    }
  }

  /// Where this definition differs from another one; nil when it is the same.
  public func difference(from other: Fingerprint) -> Difference? {
    for (place, name) in Count.allCases.dropLast().enumerated()
    where counts[place] != other.counts[place] {
      return .count(of: name, here: Int(counts[place]), there: Int(other.counts[place]))
    }
    if transitions.count != other.transitions.count {
      return .count(
        of: .transitions, here: transitions.count, there: other.transitions.count)
    }
    guard states.count == other.states.count else {
      return .count(of: .states, here: states.count, there: other.states.count)
    }
    for place in states.indices where states[place] != other.states[place] {
      return .state(place)
    }
    for place in transitions.indices where transitions[place] != other.transitions[place] {
      return .transition(place)
    }
    return digest == other.digest ? nil : .chart
  }
}

/// FNV-1a with 64 bits, which is short, fixed and good enough to tell definitions apart.
struct FNV {
  private(set) var value: UInt64 = 0xCBF2_9CE4_8422_2325
  /// Whether the chart has a symbol with a number above 255: then all of them have two bytes.
  var isWide = false

  mutating func add(_ byte: UInt8) { value = (value ^ UInt64(byte)) &* 0x100_0000_01B3 }

  mutating func add(_ bytes: [UInt8]) {
    add(UInt8(truncatingIfNeeded: bytes.count))
    for byte in bytes { add(byte) }
  }

  /// A symbol's number: one byte where that is enough for all, as in the time when no more fitted.
  mutating func add(code: UInt16) {
    add(UInt8(truncatingIfNeeded: code))
    if isWide { add(UInt8(truncatingIfNeeded: code >> 8)) }
  }

  mutating func add(codes: [UInt16]) {
    if isWide { add(codes.count) } else { add(UInt8(truncatingIfNeeded: codes.count)) }
    for code in codes { add(code: code) }
  }

  mutating func add(_ number: Int) {
    for shift in stride(from: 0, to: 32, by: 8) { add(UInt8(truncatingIfNeeded: number >> shift)) }
  }

  /// Both halves in one.
  var folded: UInt32 { UInt32(truncatingIfNeeded: value ^ (value >> 32)) }
}

extension Fingerprint {
  init(_ plan: Plan, name: StaticString) {
    let it = plan.counts
    counts = [it.states, it.kinds, it.guards, it.actions, it.delays].map { UInt16($0) }
    let isWide = counts.contains { $0 > 256 }
    states = plan.states.map { Self.hash($0, FNV(isWide: isWide)) }
    transitions = plan.transitions.map { Self.hash($0, FNV(isWide: isWide)) }
    var all = FNV(isWide: isWide)
    for place in 0..<name.utf8CodeUnitCount {
      // Safe: the place lies inside the constant.
      unsafe all.add((name.utf8Start + place).pointee)
    }
    for count in counts { all.add(Int(count)) }
    for hash in states + transitions { all.add(Int(hash)) }
    all.add(code: plan.initial)
    digest = all.value
  }

  private static func hash(_ state: Plan.State, _ empty: FNV) -> UInt32 {
    var hash = empty
    hash.add(code: state.symbol)
    hash.add(state.parent ?? -1)
    switch state.kind {
    case .ordinary: hash.add(state.invoked.isEmpty ? 0 : 5)
    case .parallel: hash.add(1)
    case .final: hash.add(2)
    case .history(let isDeep): hash.add(isDeep ? 4 : 3)
    }
    hash.add(state.initial.map { Int($0) } ?? (hash.isWide ? -1 : 255))
    for list in [
      state.initialActions, state.entering, state.leaving,
      state.ignored, state.refused, state.deferred,
    ] { hash.add(codes: list) }
    return hash.folded
  }

  private static func hash(_ transition: Plan.Transition, _ empty: FNV) -> UInt32 {
    var hash = empty
    hash.add(transition.source)
    switch transition.trigger {
    case .event(let kind): hash.add(codes: [1, kind])
    case .any: hash.add([2])
    case .delay(let delay): hash.add(codes: [3, delay])
    case .done: hash.add([4])
    case .eventless: hash.add([5])
    }
    hash.add(transition.condition.map { $0.bytes } ?? [])
    hash.add(codes: transition.actions)
    hash.add(codes: transition.targets)
    hash.add(transition.isInternal ? 1 : 0)
    return hash.folded
  }
}

extension Table {
  /// What the definition says, to be compared with that of a snapshot.
  public var fingerprint: Fingerprint { Fingerprint(plan, name: C.name) }

  /// A sentence about where two definitions differ; `here` is this table's.
  public func text(_ difference: Fingerprint.Difference) -> String {
    difference.text(ChartNames(C.self), plan)
  }
}

extension Fingerprint.Difference {
  /// A sentence about where a snapshot's chart differs from this plan.
  package func text(_ names: ChartNames, _ plan: Plan) -> String { sentence(names, plan).text }

  private func sentence(_ names: ChartNames, _ plan: Plan) -> Sentence {
    func state(_ place: Int) -> String { names.states[symbol: plan.states[place].symbol] }
    switch self {
    case .count(let name, let here, let there):
      return "\(names.chart) has \(here) \(name.word), the snapshot's chart \(there)"
    case .state(let place):
      return "state \(state(place)) of \(names.chart) is another one in the snapshot's chart"
    case .transition(let place):
      let source = state(plan.transitions[place].source)
      return "transition \(place) of \(names.chart), in \(source), is another one in the "
        + "snapshot's chart"
    case .chart: return "the snapshot is of another chart than \(names.chart)"
    }
  }
}
