import BatonCore

/// Two by two by two leaves on three levels, with entries, exits, bubbling events and an effect.
enum Hier3: Chart {
  enum State: UInt8, Symbol {
    case left, leftUpper, leftUpperA, leftUpperB, leftLower, leftLowerA, leftLowerB
    case right, rightUpper, rightUpperA, rightUpperB, rightLower, rightLowerA, rightLowerB
  }

  enum Event: Message, Hashable {
    case sibling(UInt32)
    case cousin(UInt32)
    case across(UInt32)
    case mark(UInt32)

    enum Kind: UInt8, Symbol { case sibling, cousin, across, mark }

    var kind: Kind {
      switch self {
      case .sibling: .sibling
      case .cousin: .cousin
      case .across: .across
      case .mark: .mark
      }
    }

    var weight: UInt32 {
      switch self {
      case .sibling(let weight), .cousin(let weight), .across(let weight), .mark(let weight):
        weight
      }
    }
  }

  enum Guard: UInt8, Symbol { case light, even }

  enum Action: UInt8, Symbol {
    case countSibling, countCousin, countAcross, countMark, countOdd
    case enterOuter, exitOuter, enterInner, exitInner
  }

  enum Effect: Message, Equatable {
    case crossed(UInt32)

    enum Kind: UInt8, Symbol { case crossed }

    var kind: Kind {
      switch self {
      case .crossed: .crossed
      }
    }

    var weight: UInt32 {
      switch self {
      case .crossed(let weight): weight
      }
    }
  }

  struct Memory: Hashable, Sendable {
    var weight: UInt64 = 0
    var siblings: UInt32 = 0
    var cousins: UInt32 = 0
    var acrosses: UInt32 = 0
    var marks: UInt32 = 0
    var odds: UInt32 = 0
    var outerEntries: UInt32 = 0
    var outerExits: UInt32 = 0
    var innerEntries: UInt32 = 0
    var innerExits: UInt32 = 0
  }

  static var name: StaticString { "Hier3" }

  static var definition: Definition<Self> {
    chart(initial: .left) {
      outer(.left, other: .right, first: .leftUpper) {
        inner(.leftUpper, other: .leftLower, .leftUpperA, .leftUpperB)
        inner(.leftLower, other: .leftUpper, .leftLowerA, .leftLowerB)
      }
      outer(.right, other: .left, first: .rightUpper) {
        inner(.rightUpper, other: .rightLower, .rightUpperA, .rightUpperB)
        inner(.rightLower, other: .rightUpper, .rightLowerA, .rightLowerB)
      }
    }
  }

  private static func outer(
    _ outer: State, other: State, first: State,
    @DefinitionBuilder<Self> inside: () -> [Node<Self>]
  ) -> Node<Self> {
    let children = Node(all: inside())
    return state(outer, initial: first, entry: .enterOuter, exit: .exitOuter) {
      on(.across, if: .light, do: .countAcross, to: other)
      on(.mark, if: .even, do: .countMark)
      on(.sibling, do: .countOdd)
      children
    }
  }

  private static func inner(
    _ inner: State, other: State, _ first: State, _ second: State
  ) -> Node<Self> {
    state(inner, initial: first, entry: .enterInner, exit: .exitInner) {
      on(.cousin, if: .light, do: .countCousin, to: other)
      state(first) { on(.sibling, if: .even, do: .countSibling, to: second) }
      state(second) { on(.sibling, if: .even, do: .countSibling, to: first) }
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
    let weight = event?.weight ?? 0
    switch action {
    case .countSibling: count(&memory.siblings, weight, &memory.weight)
    case .countCousin: count(&memory.cousins, weight, &memory.weight)
    case .countAcross:
      count(&memory.acrosses, weight, &memory.weight)
      outbox.emit(.crossed(weight))
    case .countMark: count(&memory.marks, weight, &memory.weight)
    case .countOdd: count(&memory.odds, weight, &memory.weight)
    case .enterOuter: memory.outerEntries &+= 1
    case .exitOuter: memory.outerExits &+= 1
    case .enterInner: memory.innerEntries &+= 1
    case .exitInner: memory.innerExits &+= 1
    }
  }

  private static func count(_ counter: inout UInt32, _ weight: UInt32, _ sum: inout UInt64) {
    counter &+= 1
    sum &+= UInt64(weight)
  }
}
