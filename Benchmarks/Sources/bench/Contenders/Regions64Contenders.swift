import BatonCore

/// `Regions64` on BatonCore's machine.
final class Regions64Table: Contender {
  private var machine: Machine<Regions64>
  private var outbox = Outbox<Regions64>()

  init(observer: (any Observer)? = nil) {
    machine = Machine(.trusted(), memory: .init(), observer: observer)
    precondition((try? machine.start(at: 0, into: &outbox)) != nil)
  }

  var counters: [UInt64] {
    [machine.memory.flips, machine.isActive(.second(Regions64.regionCount - 1)) ? 1 : 0]
  }

  func drive(_ part: Range<Int>) { Self.loop(&machine, &outbox, part) }

  private static func loop(
    _ machine: inout Machine<Regions64>, _ outbox: inout Outbox<Regions64>, _ part: Range<Int>
  ) {
    for index in part {
      do {
        try machine.send(.flip, at: UInt64(index), into: &outbox)
      } catch { fatalError("\(error)") }
      outbox.reset()
    }
  }
}
