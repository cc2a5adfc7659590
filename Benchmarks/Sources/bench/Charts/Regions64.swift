import BatonCore

/// Sixty-four regions of two states, all of which take each event: what regions cost that have
/// nothing to do with each other.
enum Regions64: Chart {
  static var regionCount: Int { 64 }

  /// 0 is the state around all regions; each region has three numbers: itself and its two states.
  struct State: Symbol {
    let rawValue: UInt8
    static var allCases: [State] { (0..<UInt8(1 + 3 * regionCount)).map { State(rawValue: $0) } }

    static func region(_ number: Int) -> State { State(rawValue: UInt8(1 + 3 * number)) }
    static func first(_ number: Int) -> State { State(rawValue: UInt8(2 + 3 * number)) }
    static func second(_ number: Int) -> State { State(rawValue: UInt8(3 + 3 * number)) }
  }

  enum Event: UInt8, Symbol, Message { case flip }
  enum Action: UInt8, Symbol { case count }

  struct Memory: Hashable, Sendable {
    var flips: UInt64 = 0
  }

  static var name: StaticString { "Regions64" }

  static var definition: Definition<Self> {
    chart(initial: State(rawValue: 0)) {
      parallel(State(rawValue: 0)) { Node(all: (0..<regionCount).map(region)) }
    }
  }

  private static func region(_ number: Int) -> Node<Self> {
    state(.region(number), initial: .first(number)) {
      state(.first(number)) { on(.flip, do: .count, to: .second(number)) }
      state(.second(number)) { on(.flip, do: .count, to: .first(number)) }
    }
  }

  static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) { memory.flips &+= 1 }
}
