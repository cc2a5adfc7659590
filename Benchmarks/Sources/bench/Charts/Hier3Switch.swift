/// What one writes without a statechart: the leaves of `Hier3` in a nested switch, with entries and
/// exits where they belong.
struct Hier3Switch {
  private(set) var state = Hier3.State.leftUpperA
  private(set) var memory = Hier3.Memory()

  init() {
    memory.outerEntries = 1
    memory.innerEntries = 1
  }

  /// Returns the effect that the event asks for, if any.
  @inline(never)
  mutating func send(_ event: Hier3.Event) -> Hier3.Effect? {
    switch event {
    case .sibling(let weight):
      memory.weight &+= UInt64(weight)
      if weight % 2 == 0 {
        memory.siblings &+= 1
        state = sibling
      } else {
        memory.odds &+= 1
      }
    case .cousin(let weight):
      guard weight < 192 else { return nil }
      memory.innerExits &+= 1
      memory.weight &+= UInt64(weight)
      memory.cousins &+= 1
      memory.innerEntries &+= 1
      state = cousin
    case .across(let weight):
      guard weight < 192 else { return nil }
      memory.innerExits &+= 1
      memory.outerExits &+= 1
      memory.weight &+= UInt64(weight)
      memory.acrosses &+= 1
      memory.outerEntries &+= 1
      memory.innerEntries &+= 1
      state = across
      return .crossed(weight)
    case .mark(let weight):
      guard weight % 2 == 0 else { return nil }
      memory.weight &+= UInt64(weight)
      memory.marks &+= 1
    }
    return nil
  }

  private var sibling: Hier3.State {
    switch state {
    case .leftUpperA: .leftUpperB
    case .leftUpperB: .leftUpperA
    case .leftLowerA: .leftLowerB
    case .leftLowerB: .leftLowerA
    case .rightUpperA: .rightUpperB
    case .rightUpperB: .rightUpperA
    case .rightLowerA: .rightLowerB
    case .rightLowerB: .rightLowerA
    case .left, .leftUpper, .leftLower, .right, .rightUpper, .rightLower: state
    }
  }

  private var cousin: Hier3.State {
    switch state {
    case .leftUpperA, .leftUpperB: .leftLowerA
    case .leftLowerA, .leftLowerB: .leftUpperA
    case .rightUpperA, .rightUpperB: .rightLowerA
    case .rightLowerA, .rightLowerB: .rightUpperA
    case .left, .leftUpper, .leftLower, .right, .rightUpper, .rightLower: state
    }
  }

  private var across: Hier3.State {
    switch state {
    case .leftUpperA, .leftUpperB, .leftLowerA, .leftLowerB: .rightUpperA
    case .rightUpperA, .rightUpperB, .rightLowerA, .rightLowerB: .leftUpperA
    case .left, .leftUpper, .leftLower, .right, .rightUpper, .rightLower: state
    }
  }
}
