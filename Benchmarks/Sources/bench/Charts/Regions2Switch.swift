/// What one writes without a statechart: a variable for each region.
struct Regions2Switch {
  private(set) var isLeftB = false
  private(set) var isRightB = false
  private(set) var memory = Regions2.Memory()

  @inline(never)
  mutating func send(_ event: Regions2.Event) {
    switch event {
    case .left(let weight): moveLeft(weight)
    case .right(let weight): moveRight(weight)
    case .both(let weight):
      moveLeft(weight)
      moveRight(weight)
    case .mark(let weight):
      guard weight % 2 == 0 else { return }
      memory.weight &+= UInt64(weight)
      memory.marks &+= 1
    }
  }

  private mutating func moveLeft(_ weight: UInt32) {
    guard weight < 192 else { return }
    memory.weight &+= UInt64(weight)
    memory.lefts &+= 1
    isLeftB.toggle()
  }

  private mutating func moveRight(_ weight: UInt32) {
    guard weight % 2 == 0 else { return }
    memory.weight &+= UInt64(weight)
    memory.rights &+= 1
    isRightB.toggle()
  }
}
