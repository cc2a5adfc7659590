import BatonCore

/// Two regions of two states, and a transition around both: what the flattened table cannot do.
enum Regions2: Chart {
  enum State: UInt8, Symbol { case both, left, leftA, leftB, right, rightA, rightB }

  enum Event: Message, Hashable {
    case left(UInt32)
    case right(UInt32)
    case both(UInt32)
    case mark(UInt32)

    enum Kind: UInt8, Symbol { case left, right, both, mark }

    var kind: Kind {
      switch self {
      case .left: .left
      case .right: .right
      case .both: .both
      case .mark: .mark
      }
    }

    var weight: UInt32 {
      switch self {
      case .left(let weight), .right(let weight), .both(let weight), .mark(let weight): weight
      }
    }
  }

  enum Guard: UInt8, Symbol { case light, even }
  enum Action: UInt8, Symbol { case countLeft, countRight, countMark }

  struct Memory: Hashable, Sendable {
    var weight: UInt64 = 0
    var lefts: UInt32 = 0
    var rights: UInt32 = 0
    var marks: UInt32 = 0
  }

  static var name: StaticString { "Regions2" }

  static var definition: Definition<Self> {
    chart(initial: .both) {
      parallel(.both) {
        on(.mark, if: .even, do: .countMark)
        state(.left, initial: .leftA) {
          state(.leftA) { on(.left, .both, if: .light, do: .countLeft, to: .leftB) }
          state(.leftB) { on(.left, .both, if: .light, do: .countLeft, to: .leftA) }
        }
        state(.right, initial: .rightA) {
          state(.rightA) { on(.right, .both, if: .even, do: .countRight, to: .rightB) }
          state(.rightB) { on(.right, .both, if: .even, do: .countRight, to: .rightA) }
        }
      }
    }
  }

  static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
    guard let weight = event?.weight else { return false }
    switch `guard` {
    case .light: return weight < 192
    case .even: return weight % 2 == 0
    }
  }

  static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    memory.weight &+= UInt64(event?.weight ?? 0)
    switch action {
    case .countLeft: memory.lefts &+= 1
    case .countRight: memory.rights &+= 1
    case .countMark: memory.marks &+= 1
    }
  }
}
