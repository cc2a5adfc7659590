import Foundation

/// The blackout of real handovers against the bare C program, in turns within one run.
struct Blackout {
  /// How many times the bare program's duration a blackout with one queue may last, at one pace.
  static let goal = 5.0
  /// Into how many parts the handovers are cut, a part of one program after a part of the other.
  static let parts = 5
  /// Milliseconds between two handovers of `baton demo`; the bare program pauses as long, so that
  /// both find the caches and processors equally cold. It also runs without a pause, to be seen.
  static let pauseMillis = 60
  private static let phases = ["stop", "quiesce", "save", "send", "load", "take", "apply", "start"]

  /// The command `baton`.
  let baton: String
  /// Handovers for each number of queues.
  let handovers: Int
  let queues: [Int]

  /// Prints medians in microseconds for each number of queues.
  func run(_ report: inout Report) throws {
    guard FileManager.default.isExecutableFile(atPath: baton) else {
      report.miss("blackout: there is no program \(baton)")
      return
    }
    report.heading("Blackout, µs; median (p10–p90) of \(handovers) handovers")
    report.row(
      ["", "Baton", "bare C, same pace", "bare C, no pause", "Baton / bare", "Baton / no pause"],
      width: 22)
    var medians: [(queues: Int, phases: [String: Double])] = []
    for count in queues {
      let turns = try takeTurns(count)
      let all = turns.handovers
      let name = "\(count) queue\(count == 1 ? "" : "s")"
      let times = all.compactMap(\.blackoutMicros)
      guard all.count == handovers, times.count == handovers else {
        report.miss("\(name): \(times.count) of \(handovers) handovers were completed")
        continue
      }
      medians.append((count, phases(all)))
      let (ours, theirs, hot) = (Spread(times), Spread(turns.bare), Spread(turns.hot))
      let ratios = [theirs, hot].map { (ours.median / $0.median).text(2) }
      report.row([name] + [ours, theirs, hot].map(text) + ratios, width: 22)
      if count == 1 { judge(ours.median, theirs.median, &report) }
    }
    report.heading("Phases of the blackout, median µs")
    report.row([""] + Self.phases, width: 10)
    for entry in medians {
      report.row(
        ["\(entry.queues) queues"] + Self.phases.map { entry.phases[$0]?.text(1) ?? "–" }, width: 10
      )
    }
  }

  private func judge(_ ours: Double, _ theirs: Double, _ report: inout Report) {
    guard ours > Self.goal * theirs else { return }
    report.miss(
      "blackout: \(ours.text(1)) µs against \(theirs.text(1)) µs of the bare program, "
        + "the goal is at most \(Self.goal.text(0)) times as long")
  }

  /// What was measured with one number of queues.
  private struct Turns {
    var handovers: [Rehearsal.Handover] = []
    var bare: [Double] = []
    var hot: [Double] = []
  }

  private func takeTurns(_ queues: Int) throws -> Turns {
    let workshop = try Workshop()
    var turns = Turns()
    for part in 0..<Self.parts {
      let count = handovers * (part + 1) / Self.parts - handovers * part / Self.parts
      turns.bare += try runBare(workshop, count, pauseMillis: Self.pauseMillis)
      turns.hot += try runBare(workshop, count, pauseMillis: 0)
      let json = try workshop.run([
        baton, "demo", "--handovers", "\(count)", "--queues", "\(queues)", "--json", "-",
      ]).output
      turns.handovers += try JSONDecoder().decode(Rehearsal.self, from: json).handovers
    }
    return turns
  }

  private func runBare(_ workshop: Workshop, _ count: Int, pauseMillis: Int) throws -> [Double] {
    let bare = try Workshop.neighbour("bare")
    let lines = try workshop.run([bare, "\(count)", "\(pauseMillis)"]).output
    let durations = String(decoding: lines, as: UTF8.self).split(separator: "\n")
      .compactMap { Double($0) }
    guard durations.count == count else {
      throw Workshop.Failure(description: "\(bare) measured \(durations.count) of \(count)")
    }
    return durations
  }

  private func phases(_ handovers: [Rehearsal.Handover]) -> [String: Double] {
    var result: [String: Double] = [:]
    for phase in Self.phases {
      let times = handovers.compactMap { $0.phasesMicros?[phase] }
      if !times.isEmpty { result[phase] = Spread(times).median }
    }
    return result
  }

  private func text(_ spread: Spread) -> String {
    "\(spread.median.text(1)) (\(spread.p10.text(1))–\(spread.p90.text(1)))"
  }
}
