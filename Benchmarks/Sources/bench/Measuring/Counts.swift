/// What valgrind counts: it repeats to the instruction, whatever else the machine does.
///
/// Each program runs twice, with few and with many events; the difference belongs to the events.
struct Counts {
  /// How many times the instructions of the table in C a machine may need.
  static let goal = 1.3
  /// How many instructions a machine may need for an event, in any order of the events.
  static let most: [Subject: Double] = [.flat4: 80, .hier3: 110, .regions2: 250]
  /// The same for the flat chart with what belongs to a host.
  static let mostAround: [Engine: Double] = [.traced: 400, .driver: 250]
  /// The name of the chart with 64 regions, which has no contenders, and how many instructions it
  /// may need for an event that all of them take.
  static let wide = "regions64"
  static let wideGoal = 15_000.0
  private static let few = 1000
  private static let more = 100_000

  private let workshop: Workshop
  private let valgrind: String
  private let program: String

  /// Prints allocations and instructions per event, or says why not.
  static func run(_ report: inout Report) throws {
    guard let valgrind = Workshop.find("valgrind"), let strip = Workshop.find("strip") else {
      report.heading("Counts: skipped, they need valgrind and strip (Debian: valgrind, binutils)")
      return
    }
    let workshop = try Workshop()
    // Valgrind 3.19 gives up on the debug information of current compilers.
    let program = workshop.path("bench")
    _ = try workshop.run([strip, "--strip-debug", "-o", program, Workshop.neighbour("bench")])
    let counts = Counts(workshop: workshop, valgrind: valgrind, program: program)
    try counts.countAllocations(&report)
    try counts.countInstructions(&report)
    try counts.countWide(&report)
  }

  private func countAllocations(_ report: inout Report) throws {
    let (few, many) = (Self.few, Self.few + Self.more)
    report.heading("Allocations of a whole run, which must not depend on the events")
    report.row(["", "\(few) events", "\(many) events"])
    for subject in Subject.allCases {
      for engine in [Engine.baton, .traced, .driver, .invoked] {
        // The program defines malloc itself: see Heap.
        let options = [
          "--tool=memcheck", "--run-libc-freeres=no", "--soname-synonyms=somalloc=NONE",
        ]
        let counts = try [few, many].map { count in
          try workshop.number(
            after: "total heap usage: ", command(options, engine, subject.rawValue, .random, count))
        }
        let name = "\(subject.rawValue) \(engine.rawValue)"
        report.row([name] + counts.map { "\($0)" })
        guard counts[0] != counts[1] else { continue }
        report.miss("\(name): \(counts[0]) allocations become \(counts[1]), the goal is the same")
      }
    }
  }

  private func countInstructions(_ report: inout Report) throws {
    report.heading("Instructions per event, over \(Self.more) events")
    report.row([
      "", "Baton", "Swift switch", "C table", "Baton, traced", "Baton's driver", "inside another",
      "Baton / C",
    ])
    for subject in Subject.allCases {
      for sequence in EventSequence.allCases {
        let each = try Engine.allCases.map { try instructions($0, subject.rawValue, sequence) }
        let name = "\(subject.rawValue) \(sequence.rawValue)"
        let ratio = each[0] / each[2]
        report.row([name] + each.map { $0.text(1) } + [ratio.text(2)])
        let around = subject == .flat4 ? Self.mostAround : [:]
        for (engine, count) in zip(Engine.allCases, each) {
          let most = engine == .baton ? Self.most[subject] : around[engine]
          guard let most else { continue }
          report.require("\(name), \(engine.rawValue): instructions", count, atMost: most)
        }
        guard subject != .regions2 else { continue }
        report.require("\(name): instructions of Baton / C", ratio, atMost: Self.goal)
      }
    }
  }

  private func countWide(_ report: inout Report) throws {
    let each = try instructions(.baton, Self.wide, .cyclic)
    report.heading("Instructions per event that all of 64 regions take: \(each.text(0))")
    report.require("64 regions: instructions", each, atMost: Self.wideGoal)
  }

  private func instructions(
    _ engine: Engine, _ subject: String, _ sequence: EventSequence
  ) throws -> Double {
    let options = ["--tool=callgrind", "--callgrind-out-file=\(workshop.path("callgrind"))"]
    let counts = try [Self.few, Self.few + Self.more].map { count in
      try workshop.number(
        after: "Collected : ", command(options, engine, subject, sequence, count))
    }
    return Double(counts[1] - counts[0]) / Double(Self.more)
  }

  private func command(
    _ options: [String], _ engine: Engine, _ subject: String, _ sequence: EventSequence,
    _ count: Int
  ) -> [String] {
    [valgrind] + options
      + [program, "run", engine.rawValue, subject, sequence.rawValue, "\(count)"]
  }
}
