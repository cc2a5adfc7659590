@testable import BatonCore

/// A chart of any size, made by chance, the same in every run: what grows is seen by comparing
/// sizes.
enum LargeChart: Chart {
  /// How large the chart is.
  struct Size {
    let states: Int
    let kinds: Int
    /// Transitions of each state, or of one of each level.
    let degree: Int
    /// States inside states, eight in each; otherwise all stand side by side.
    let isNested: Bool
  }

  /// The size, while a table is made and used.
  @TaskLocal static var size = Size(states: 2, kinds: 1, degree: 1, isNested: false)

  struct State: Symbol {
    let rawValue: UInt16
    static var allCases: [State] { (0..<UInt16(size.states)).map { State(rawValue: $0) } }
  }

  struct Event: Message, Hashable {
    struct Kind: Symbol {
      let rawValue: UInt16
      static var allCases: [Kind] { (0..<UInt16(size.kinds)).map { Kind(rawValue: $0) } }
    }

    let kind: Kind
  }

  enum Action: UInt8, Symbol { case count }

  struct Memory: Hashable, Sendable { var count: UInt64 = 0 }

  static var name: StaticString { "Large" }

  static var definition: Definition<Self> {
    var next = 0
    var nodes: [Node<Self>] = []
    while next < size.states { nodes.append(node(&next, 0)) }
    return chart(initial: State(rawValue: 0)) { Node(all: nodes) }
  }

  /// A state with those inside it.
  private static func node(_ next: inout Int, _ depth: Int) -> Node<Self> {
    let own = next
    next += 1
    var nodes: [Node<Self>] = []
    // In a nested chart each level has kinds of its own, so that no inner state hides an outer
    // one's.
    let levels = size.isNested ? 7 : 1
    for place in 0..<(size.degree / levels) {
      // Each state is led to by the one before.
      let kind = (own * size.degree + place) % (size.kinds / levels) * levels + depth
      let target = place == 0 ? own + 1 : own * 7 + place * 13
      nodes.append(
        on(
          Event.Kind(rawValue: UInt16(kind)), do: .count,
          to: State(rawValue: UInt16(target % size.states))))
    }
    // Whatever kind nobody has is heard here.
    if own == 0 { nodes.append(onAny(do: .count)) }
    guard size.isNested, depth < 6, own % 8 == depth % 8 else {
      return state(State(rawValue: UInt16(own))) { Node(all: nodes) }
    }
    let first = next
    for _ in 0..<8 where next < size.states { nodes.append(self.node(&next, depth + 1)) }
    return state(
      State(rawValue: UInt16(own)),
      initial: next > first ? State(rawValue: UInt16(first)) : nil
    ) { Node(all: nodes) }
  }

  static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    switch action {
    case .count: memory.count &+= 1
    }
  }
}
