/// What one writes without a statechart: the four states of `Flat4` in a nested switch.
struct Flat4Switch {
  private(set) var state = Flat4.State.north
  private(set) var memory = Flat4.Memory()

  @inline(never)
  mutating func send(_ event: Flat4.Event) {
    switch state {
    case .north: turn(event, next: .east, opposite: .south, previous: .west)
    case .east: turn(event, next: .south, opposite: .west, previous: .north)
    case .south: turn(event, next: .west, opposite: .north, previous: .east)
    case .west: turn(event, next: .north, opposite: .east, previous: .south)
    }
  }

  @inline(__always)
  private mutating func turn(
    _ event: Flat4.Event, next: Flat4.State, opposite: Flat4.State, previous: Flat4.State
  ) {
    switch event {
    case .step(let weight):
      memory.weight &+= UInt64(weight)
      if weight < 192 {
        memory.steps &+= 1
        state = next
      } else {
        memory.heavies &+= 1
      }
    case .back(let weight):
      guard weight < 192 else { return }
      memory.weight &+= UInt64(weight)
      memory.backs &+= 1
      state = previous
    case .flip(let weight):
      guard weight % 2 == 0 else { return }
      memory.weight &+= UInt64(weight)
      memory.flips &+= 1
      state = opposite
    case .stay(let weight):
      guard weight % 2 == 0 else { return }
      memory.weight &+= UInt64(weight)
      memory.stays &+= 1
    }
  }
}
