import BatonCore
import Glibc
import Heap

/// What tables of large charts cost: seconds of the processor, and memory that stays, for charts of
/// three sizes, flat and nested, with eight transitions a state and with one for each kind of
/// event.
struct LargeTables {
  /// How many times longer a transition may take in the largest chart than in the smallest one.
  static let goal = 4.0

  private struct Cost {
    let seconds: Double
    let transitions: Int
    var each: Double { seconds / Double(transitions) }
  }

  static func run(_ report: inout Report) {
    report.heading("Tables of large charts: the definition read, checked and flattened")
    report.row([
      "states × kinds", "", "transitions", "seconds", "ns a transition", "MiB kept",
      "ns an event", "allocations",
    ])
    for isNested in [false, true] {
      for isFull in [false, true] {
        let costs = [(250, 200), (1000, 300), (5000, 500)].map { states, kinds in
          measure(
            .init(
              states: states, kinds: kinds, degree: isFull ? kinds : isNested ? 56 : 8,
              isNested: isNested),
            &report)
        }
        report.require(
          "large charts: time of a transition at 5 000 states / at 250",
          costs[2].each / costs[0].each, atMost: goal)
      }
    }
  }

  private static func measure(_ size: LargeChart.Size, _ report: inout Report) -> Cost {
    LargeChart.$size.withValue(size) {
      let before = heap_bytes()
      let begin = clock()
      let table: Table<LargeChart>
      do { table = try Table() } catch {
        report.miss("a chart of \(size.states) states: \(error)")
        return Cost(seconds: 0, transitions: 1)
      }
      let seconds = Double(clock() - begin) / Double(CLOCKS_PER_SEC)
      let kept = heap_bytes() - before
      let cost = Cost(
        seconds: seconds, transitions: size.states * (size.degree / (size.isNested ? 7 : 1)))
      let (nanos, allocations) = drive(table, size)
      report.row([
        "\(size.states) × \(size.kinds)", size.isNested ? "nested" : "flat",
        "\(cost.transitions)", seconds.text(3), (cost.each * 1e9).text(0),
        (Double(kept) / 1_048_576).text(1), nanos.text(0), "\(allocations)",
      ])
      if allocations != 0 { report.miss("a chart of \(size.states) states: events allocate") }
      return cost
    }
  }

  /// Sends events of all kinds in turn.
  private static func drive(
    _ table: Table<LargeChart>, _ size: LargeChart.Size
  ) -> (nanos: Double, allocations: UInt) {
    var machine = Machine(table, memory: .init())
    var outbox = Outbox<LargeChart>()
    let count = 200_000
    do {
      try machine.start(at: 0, into: &outbox)
      let before = heap_allocations()
      let begin = clock()
      for number in 0..<count {
        let kind = LargeChart.Event.Kind(rawValue: UInt16(number * 7 % size.kinds))
        try machine.send(.init(kind: kind), at: 0, into: &outbox)
        outbox.reset()
      }
      let seconds = Double(clock() - begin) / Double(CLOCKS_PER_SEC)
      precondition(machine.memory.count > 0, "no event was taken")
      return (seconds * 1e9 / Double(count), heap_allocations() - before)
    } catch {
      fatalError("\(error)")
    }
  }
}
