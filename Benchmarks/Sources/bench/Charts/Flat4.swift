import BatonCore

/// Four states in a ring, every event with a guard and an action.
enum Flat4: Chart {
  enum State: UInt8, Symbol { case north, east, south, west }

  enum Event: Message, Hashable {
    case step(UInt32)
    case back(UInt32)
    case flip(UInt32)
    case stay(UInt32)

    enum Kind: UInt8, Symbol { case step, back, flip, stay }

    var kind: Kind {
      switch self {
      case .step: .step
      case .back: .back
      case .flip: .flip
      case .stay: .stay
      }
    }

    var weight: UInt32 {
      switch self {
      case .step(let weight), .back(let weight), .flip(let weight), .stay(let weight): weight
      }
    }
  }

  enum Guard: UInt8, Symbol { case light, even }

  enum Action: UInt8, Symbol { case countStep, countBack, countFlip, countStay, countHeavy }

  struct Memory: Hashable, Sendable {
    var weight: UInt64 = 0
    var steps: UInt32 = 0
    var backs: UInt32 = 0
    var flips: UInt32 = 0
    var stays: UInt32 = 0
    var heavies: UInt32 = 0
  }

  static var name: StaticString { "Flat4" }

  static var definition: Definition<Self> {
    chart(initial: .north) {
      corner(.north, next: .east, opposite: .south, previous: .west)
      corner(.east, next: .south, opposite: .west, previous: .north)
      corner(.south, next: .west, opposite: .north, previous: .east)
      corner(.west, next: .north, opposite: .east, previous: .south)
    }
  }

  private static func corner(
    _ corner: State, next: State, opposite: State, previous: State
  ) -> Node<Self> {
    state(corner) {
      on(.step, if: .light, do: .countStep, to: next)
      on(.step, do: .countHeavy)
      on(.back, if: .light, do: .countBack, to: previous)
      on(.flip, if: .even, do: .countFlip, to: opposite)
      on(.stay, if: .even, do: .countStay)
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
    case .countStep: memory.steps &+= 1
    case .countBack: memory.backs &+= 1
    case .countFlip: memory.flips &+= 1
    case .countStay: memory.stays &+= 1
    case .countHeavy: memory.heavies &+= 1
    }
  }
}
