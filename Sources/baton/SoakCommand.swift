import ArgumentParser
import BatonCommand
import BatonCore
import BatonHost
import BatonLab
import BatonProof
import BatonTesting
import Foundation

/// `baton soak`: what takes longer than a test may.
struct SoakCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "soak",
    abstract: "Lets handovers go wrong in every way, simulated and for real.",
    discussion: """
      Without --real: every system call of a simulated handover fails in turn, then pairs of them, \
      then --cases handovers with faults at random. With --real: strace(1) kills either of two \
      real processes at every system call, in a network namespace of its own, with --errors it \
      refuses them calls instead, and both have to live. With --pair: two real processes hand a \
      guest to and fro so often, and neither may grow or lose a probe. With --guest: somebody \
      writes all over the memory of a guest that exchanges frames, for so many seconds. With \
      --ring: a guest on a thread of its own and its device meet at every barrier between them, so \
      many seconds at each, and neither may miss the other. Exit status 1 when anything does not \
      end as docs/PROTOCOL.md says.
      """)

  @Option(help: ArgumentHelp("Simulated handovers with faults at random.", valueName: "n"))
  var cases = 1_000_000

  @Option(help: ArgumentHelp("The seed of the first one.", valueName: "n"))
  var seed: UInt64 = 1

  @Option(help: ArgumentHelp("Where failures are kept.", valueName: "folder"))
  var store = ".state-failures"

  @Flag(help: "Kill real processes.")
  var real = false

  @Flag(help: "Refuse real processes their system calls.")
  var errors = false

  @Option(help: ArgumentHelp("Handovers between one pair of real processes.", valueName: "n"))
  var pair = 0

  @Option(help: ArgumentHelp("Network devices of the guest with --pair.", valueName: "n"))
  var taps = 1

  @Option(help: ArgumentHelp("Seconds in which a guest's memory is written over.", valueName: "s"))
  var guest = 0

  @Option(
    help: ArgumentHelp(
      "Seconds for each barrier between a guest and its device on two threads.", valueName: "s"))
  var ring = 0

  @Option(
    help: ArgumentHelp("Take every n-th system call, and every n-th pair, only.", valueName: "n"))
  var every = 1

  func validate() throws {
    guard cases >= 0 else {
      throw ValidationError("--cases \(cases) is not possible: 0 or more is")
    }
    guard pair >= 0 else {
      throw ValidationError("--pair \(pair) is not possible: 0 or more is")
    }
    guard guest >= 0 else {
      throw ValidationError("--guest \(guest) is not possible: 0 or more is")
    }
    guard ring >= 0 else {
      throw ValidationError("--ring \(ring) is not possible: 0 or more is")
    }
    guard 1...200 ~= taps else {
      throw ValidationError("--taps \(taps) is not possible: 1 to 200 are")
    }
    guard every > 0 else { throw ValidationError("--every \(every) is not possible: 1 or more is") }
  }

  func run() throws {
    if !(try soak()) { throw ExitCode.failure }
  }

  /// Whether all went as it must.
  private func soak() throws -> Bool {
    if guest > 0 { return try scribble() }
    if ring > 0 { return try race() }
    guard real || errors || pair > 0 else { return try simulate() }
    // Who reads the progress may leave; the hosts must still be ended.
    Kernel().ignoreSignal(Signal.brokenPipe)
    let program = try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
    do {
      if pair > 0 { return try handToAndFro(program) }
      return errors ? try refuse(program) : try strike(program)
    } catch let code as ExitCode {
      throw code
    } catch {
      Kernel().write("baton soak: \(error)\n", to: 2)
      return false
    }
  }

  // MARK: Two threads

  private func race() throws -> Bool {
    var isClean = true
    for wantsEventIndex in [true, false] {
      let means = wantsEventIndex ? "event indices" : "flags"
      for meeting in RingLitmus.Meeting.allCases {
        let report = try RingLitmus(meeting, wantsEventIndex: wantsEventIndex)
          .run(rounds: .max, seconds: Double(ring))
        isClean = isClean && report.isClean
        StandardOutput.print("\(meeting.rawValue), \(means): \(report)")
      }
      let report = try RingRace(wantsEventIndex: wantsEventIndex)
        .run(frames: .max, seconds: Double(ring))
      isClean = isClean && report.isClean
      StandardOutput.print(
        "freely, \(means): \(report.frames) frames, \(report.lostInterrupts) interrupts and "
          + "\(report.lostBells) bells lost, \(report.wrongFrames) frames out of order")
    }
    if isClean { StandardOutput.print("✓ nobody rests who is not called") }
    return isClean
  }

  // MARK: For real

  private func strike(_ program: String) throws -> Bool {
    try sweep(program) { sweep, side in
      let report = try sweep.run(side, every: every)
      StandardOutput.print(Self.table(report))
      return report.complaints.isEmpty
    }
  }

  private func refuse(_ program: String) throws -> Bool {
    try sweep(program) { sweep, side in
      let report = try sweep.refuse(side, every: every)
      StandardOutput.print(
        "\(report.side) is refused \(report.injected) calls in \(report.runs) handovers, "
          + "the guest moved in \(report.moved)")
      for complaint in report.complaints { StandardOutput.print("✗ \(complaint)") }
      if report.complaints.isEmpty { StandardOutput.print("✓ nobody died, and the guest ran on") }
      return report.complaints.isEmpty
    }
  }

  /// One side after the other; true when both are clean.
  private func sweep(
    _ program: String, _ body: (KillSweep, KillPoint.Side) throws -> Bool
  ) throws -> Bool {
    let sweep = try KillSweep(program: program, endsOnSignals: true) { StandardOutput.print($0) }
    var isClean = true
    do {
      for side in KillPoint.Side.allCases where sweep.interruption == nil {
        isClean = try body(sweep, side) && isClean
      }
    } catch {
      if sweep.interruption == nil { throw error }
    }
    try Self.end(on: sweep.interruption)
    return isClean
  }

  /// Whoever was asked to end does so when its children are gone; the status is a shell's.
  private static func end(on signal: CInt?) throws {
    guard let signal else { return }
    StandardOutput.print("✗ interrupted by signal \(signal)")
    throw ExitCode(128 + signal)
  }

  private func handToAndFro(_ program: String) throws -> Bool {
    var options = PairSoak.Options(program: program, handovers: pair)
    options.taps = taps
    options.endsOnSignals = true
    let soak = try PairSoak(options) { StandardOutput.print($0) }
    let report: PairSoak.Report
    do { report = try soak.run() } catch {
      try Self.end(on: soak.interruption)
      throw error
    }
    StandardOutput.print(
      String(
        format: "%d handovers between two processes, %d TAP(s), %.0f s; resident memory +%d KiB",
        report.handovers, taps, report.seconds, report.growthKibibytes)
        + "; \(report.probes.sent) probes, \(report.probes.lost) lost")
    for complaint in report.complaints { StandardOutput.print("✗ \(complaint)") }
    try Self.end(on: report.interruption)
    if report.complaints.isEmpty { StandardOutput.print("✓ nothing grows, runs out or is lost") }
    return report.complaints.isEmpty
  }

  private static func table(_ report: KillSweep.Report) -> String {
    var rows: [String: [KillSweep.Outcome: Int]] = [:]
    for (point, outcome) in zip(report.points, report.outcomes) {
      rows[point.call, default: [:]][outcome, default: 0] += 1
    }
    func row(_ name: String, _ counts: [KillSweep.Outcome: Int]) -> String {
      let cells = KillSweep.Outcome.allCases.map { String(format: "%10d", counts[$0] ?? 0) }
      return name.padding(toLength: 18, withPad: " ", startingAt: 0) + cells.joined()
    }
    var lines = ["\(report.side) dies at".padding(toLength: 18, withPad: " ", startingAt: 0)]
    lines[0] += KillSweep.Outcome.allCases.map {
      String(repeating: " ", count: 10 - $0.rawValue.count) + $0.rawValue
    }.joined()
    for (name, counts) in rows.sorted(by: { $0.key < $1.key }) { lines.append(row(name, counts)) }
    var all: [KillSweep.Outcome: Int] = [:]
    for outcome in report.outcomes { all[outcome, default: 0] += 1 }
    lines.append(row("all", all))
    lines += report.complaints.map { "✗ \($0)" }
    if report.complaints.isEmpty { lines.append("✓ every end is one of docs/PROTOCOL.md") }
    return lines.joined(separator: "\n")
  }

  /// In pieces, so that it can be told how far it is.
  private func scribble() throws -> Bool {
    var failures: UInt64 = 0
    var (left, piece) = (guest, seed)
    StandardOutput.print("seed \(seed), commit \(Self.commit)")
    while left > 0 {
      let report = try GuestFuzzer(seed: piece).run(seconds: Double(min(left, 100)))
      left -= 100
      piece += 1
      failures += report.failures
      let faults = report.faults.map { "\($0.key) \($0.value)" }.sorted().joined(separator: ", ")
      StandardOutput.print(
        "\(report.delivered + report.taken) frames beside \(report.writes) writes, "
          + "\(report.resets) resets (\(faults)), \(report.failures) of them wrong")
    }
    StandardOutput.print(
      failures == 0 ? "✓ frames flow after each reset" : "✗ \(failures) resets do not help")
    return failures == 0
  }

  // MARK: Simulated

  private func simulate() throws -> Bool {
    var isClean = true
    for queues in [1, 4] {
      var sweep = FaultSweep(queues: queues)
      try sweep.errors()
      let errors = sweep.report.runs
      try sweep.deaths()
      let deaths = sweep.report.runs - errors
      try sweep.shortages()
      let shortages = sweep.report.runs - errors - deaths
      try sweep.pairs(every: every)
      StandardOutput.print(
        "\(queues) queue(s): \(errors) errors of \(sweep.report.kinds.count) kinds, "
          + "\(deaths) deaths, \(shortages) shortages, "
          + "\(sweep.report.runs - errors - deaths - shortages) pairs, "
          + "\(sweep.report.findings.count) of them wrong")
      for finding in sweep.report.findings.prefix(20) { StandardOutput.print("✗ \(finding)") }
      isClean = isClean && sweep.report.findings.isEmpty
    }
    return try atRandom() && isClean
  }

  private func atRandom() throws -> Bool {
    var soak = HandoverSoak(cases: cases, seed: seed)
    soak.store = store
    soak.progress = { done in
      guard done % 100_000 == 0 else { return }
      Kernel().write("\(done) cases\n", to: 2)
    }
    StandardOutput.print("seed \(seed), commit \(Self.commit)")
    let report = soak.run()
    StandardOutput.print(
      String(
        format: "%d simulated handovers with faults, %.0f s, %.0f a second", report.cases,
        report.seconds, Double(report.cases) / max(report.seconds, 1e-9)))
    StandardOutput.print("among them \(report.text)")
    if let failure = report.failure { StandardOutput.print("✗ \(failure)") }
    return report.failure == nil
  }

  /// The commit of the working directory, when there is one.
  private static var commit: String {
    let lab = Lab()
    let script = "exec git rev-parse --short HEAD 2>/dev/null"
    guard let git = try? ChildProcess(lab.loop, "/bin/sh", ["-c", script]) else { return "unknown" }
    lab.wait(timeoutMillis: 5_000) { git.hasClosedOutput }
    return git.lines.first ?? "unknown"
  }
}
