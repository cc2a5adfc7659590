import Heap

/// The three engines against each other: the same events in turns, the same counters at the end.
struct Dispatch {
  /// How many times slower than the table in C a machine without regions may be.
  static let goal = 1.3
  /// How many nanoseconds an event may take, on a machine on which the switch takes two.
  private static func nanosMax(_ subject: Subject) -> Double {
    subject == .regions2 ? 100 : 12
  }

  let turns: Int

  /// Prints nanoseconds per event and the ratios of each turn.
  func run(_ report: inout Report) {
    report.heading("Dispatch, ns per event; ratios of paired turns, median (p10–p90) of \(turns)")
    report.row([
      "", "Baton", "Swift switch", "C table", "Baton, traced", "Baton's driver", "inside another",
      "Baton / C",
      "Baton / switch",
    ])
    for subject in Subject.allCases {
      for sequence in EventSequence.allCases { measure(subject, sequence, &report) }
    }
    report.heading("Allocations in \(EventSequence.count - 1) events behind a first one, goal 0")
    report.row(["", "Baton", "Baton, traced", "Baton's driver", "inside another"])
    for subject in Subject.allCases { countAllocations(subject, &report) }
  }

  private func countAllocations(_ subject: Subject, _ report: inout Report) {
    let counts = [Engine.baton, .traced, .driver, .invoked].map { engine in
      let contender = subject.contender(engine, .random)
      // A trace makes room for the leaves of several regions when it first sees some.
      contender.drive(0..<1)
      let before = heap_allocations()
      if before == 0 { report.miss("allocations are not counted") }
      contender.drive(1..<EventSequence.count)
      return heap_allocations() - before
    }
    report.row([subject.rawValue] + counts.map { "\($0)" })
    if counts.contains(where: { $0 != 0 }) { report.miss("\(subject.rawValue): events allocate") }
  }

  private func measure(_ subject: Subject, _ sequence: EventSequence, _ report: inout Report) {
    let name = "\(subject.rawValue) \(sequence.rawValue)"
    guard agree(subject, sequence) else {
      report.miss("\(name): the implementations count differently")
      return
    }
    let contenders = Engine.allCases.map { subject.contender($0, sequence) }
    let times = takeTurns(contenders)
    guard contenders.allSatisfy({ $0.counters == contenders[0].counters }) else {
      report.miss("\(name): the implementations count differently")
      return
    }
    let (baton, written, twin) = (times[0], times[1], times[2])
    let ratio = Spread(zip(baton, twin).map { $0 / $1 })
    let writtenRatio = Spread(zip(baton, written).map { $0 / $1 })
    report.row(
      [name] + times.map { Spread($0).median.text(2) } + [text(ratio), text(writtenRatio)])
    if subject != .regions2 {
      report.require("\(name): Baton / C", ratio.median, atMost: Self.goal)
    }
    // The switch says how fast the machine is today.
    let slowness = max(1, Spread(written).median / 2)
    report.require(
      "\(name): nanoseconds, for a switch of 2", Spread(baton).median / slowness,
      atMost: Self.nanosMax(subject))
  }

  /// Sends every event to all three and compares after each.
  private func agree(_ subject: Subject, _ sequence: EventSequence) -> Bool {
    let contenders = Engine.allCases.map { subject.contender($0, sequence) }
    return (0..<EventSequence.count).allSatisfy { index in
      for contender in contenders { contender.drive(index..<index + 1) }
      return contenders.allSatisfy { $0.counters == contenders[0].counters }
    }
  }

  /// Nanoseconds per event, by contender and turn. Who begins changes from turn to turn.
  private func takeTurns(_ contenders: [any Contender]) -> [[Double]] {
    let clock = ContinuousClock()
    let all = 0..<EventSequence.count
    for contender in contenders { contender.drive(all) }
    var times = contenders.map { _ in [Double]() }
    for turn in 0..<turns {
      for place in contenders.indices {
        let position = (turn + place) % contenders.count
        let duration = clock.measure { contenders[position].drive(all) }
        times[position].append(duration / .nanoseconds(EventSequence.count))
      }
    }
    return times
  }

  private func text(_ spread: Spread) -> String {
    "\(spread.median.text(2)) (\(spread.p10.text(2))–\(spread.p90.text(2)))"
  }
}
