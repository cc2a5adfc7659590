import BatonCore
import Foundation

/// Hands one guest to and fro between two processes that live on, thousands of times, and looks at
/// what grows: memory, descriptors, numbers that run out. Probes go all the while.
package final class PairSoak {
  /// What is handed over, and how often.
  package struct Options: Sendable {
    /// The path of the `baton` program.
    package var program: String
    package var handovers: Int
    /// Network devices of the guest, each with a TAP of its own.
    package var taps = 1
    package var probesPerSecond = 200
    /// Whether SIGINT, SIGTERM and SIGHUP end it in order.
    package var endsOnSignals = false

    package init(program: String, handovers: Int) {
      self.program = program
      self.handovers = handovers
    }
  }

  /// What the processes hold when the guest is at the first one again.
  package struct Sample: Codable, Hashable, Sendable {
    package var handover: Int
    /// Resident memory (VmRSS) of the first process and the second one, in KiB.
    package var residentKibibytes: [Int]
    package var descriptors: [Int]
  }

  /// How it went.
  package struct Report: Codable, Sendable {
    package var handovers = 0
    package var samples: [Sample] = []
    package var probes = ProbeResult()
    package var seconds = 0.0
    /// What did not go as it must, a line each.
    package var complaints: [String] = []
    /// The signal that ended it early; nil for none.
    package var interruption: CInt?

    /// How far a process grew above its first sample that counts, in KiB; the larger of the two.
    package var growthKibibytes: Int {
      guard let first = samples.first else { return 0 }
      return samples.map { sample in
        zip(sample.residentKibibytes, first.residentKibibytes).map { $0 - $1 }.max() ?? 0
      }.max() ?? 0
    }
  }

  /// How far resident memory may grow.
  package static let growthMaxKibibytes = 1024
  /// Handovers in which buffers, traces and the allocator come to their size.
  static let warmUpMax = 1000
  private static let timeoutMillis: UInt64 = 30_000
  private static let sampleCount = 200
  private static let restRounds = 250
  private static let restMillis: UInt64 = 20

  private let lab = Lab()
  private let options: Options
  private let folder: String
  private let say: (String) -> Void

  /// A soak in the calling thread, which moves into a network namespace of its own.
  package init(_ options: Options, say: @escaping (String) -> Void) throws {
    try NetworkNamespace.enter()
    if options.endsOnSignals { lab.endOnSignals() }
    self.options = options
    self.say = say
    folder = try Lab.makeFolder()
  }

  /// The signal that asked to end; what comes of a run after that says nothing.
  package var interruption: CInt? { lab.interruption }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Runs all handovers, or as many as go well.
  package func run() throws -> Report {
    var report = Report()
    let hosts = [try start("a", isIncoming: false), try start("b", isIncoming: true)]
    defer { for host in hosts { host.child.signal(Signal.kill) } }
    let interface = Interface(name: tap(0))
    try interface.setAddress(KillSweep.hostAddress, prefix: 24)
    try interface.setUp(true)
    let prober = try Prober(
      lab.loop,
      .init(
        address: KillSweep.guestAddress, ratePerSecond: options.probesPerSecond, flows: 1))
    prober.start()
    lab.wait(timeoutMillis: Self.timeoutMillis) { prober.received > 0 }
    let begin = lab.loop.now
    while lab.interruption == nil, report.handovers < options.handovers, report.complaints.isEmpty {
      let side = report.handovers % 2
      let complaint = handOver(from: hosts[side], to: hosts[1 - side])
      if lab.interruption != nil { break }
      if let complaint {
        report.complaints.append("handover \(report.handovers + 1): \(complaint)")
      }
      report.handovers += 1
      look(hosts, &report, prober, since: begin)
    }
    report.seconds = Double(lab.loop.now - begin) / 1e9
    report.interruption = lab.interruption
    if report.interruption != nil { return report }
    prober.stop()
    lab.wait(timeoutMillis: 2_000) { prober.outstanding == 0 }
    report.probes = prober.result
    judge(&report, atRest: descriptors(of: hosts, notMoreThan: leastDescriptors(report)))
    return report
  }

  private func tap(_ index: Int) -> String { "baton\(index)" }

  private func start(_ name: String, isIncoming: Bool) throws -> HostProcess {
    var options = HostProcess.Options(
      program: options.program, folder: folder, tap: tap(0), queues: 1,
      memoryMebibytes: max(4, self.options.taps))
    options.more = (1..<max(1, self.options.taps)).flatMap { ["--tap", tap($0)] }
    return try HostProcess(lab, name: name, options, isIncoming: isIncoming)
  }

  /// What went wrong, nil for nothing.
  private func handOver(from source: HostProcess, to target: HostProcess) -> String? {
    let address = "unix:\(folder)/\(target.name).channel"
    for host in [source, target] { host.control.forgetEvents() }
    do {
      try target.control.call("migrate-incoming", ["uri": address])
      try source.control.call("migrate", ["uri": address])
    } catch {
      return "\(error)"
    }
    let hosts = [source, target]
    let isOver = lab.wait(timeoutMillis: Self.timeoutMillis) {
      hosts.allSatisfy { $0.hasEnded || Self.ends.contains($0.control.statuses.last ?? "") }
    }
    for host in hosts {
      if host.hasEnded { return "\(host.name) has died" }
      let end = host.control.statuses.last ?? "nothing"
      if !isOver || end != "completed" {
        let why = try? host.control.call("query-migrate")["error-desc"]
        return "\(host.name) says \(end): \(why.map { "\($0)" } ?? "nothing")"
      }
    }
    return nil
  }

  private static let ends: Set = ["completed", "failed", "cancelled"]

  private var warmUp: Int { min(Self.warmUpMax, options.handovers / 4 / 2 * 2) }

  /// Takes a sample now and then, always with the guest at the same process.
  private func look(
    _ hosts: [HostProcess], _ report: inout Report, _ prober: Prober, since begin: UInt64
  ) {
    let done = report.handovers
    let step = max(2, (options.handovers / Self.sampleCount + 1) / 2 * 2)
    guard done >= warmUp, (done - warmUp) % step == 0 else { return }
    let sample = Sample(
      handover: done,
      residentKibibytes: hosts.map { ProcessFiles.residentKibibytes($0.child.pid) ?? 0 },
      descriptors: hosts.map { $0.child.descriptorCount ?? 0 })
    report.samples.append(sample)
    guard (done - warmUp) % (step * Self.sampleCount / 20) == 0 else { return }
    let seconds = Double(lab.loop.now - begin) / 1e9
    say(
      String(
        format: "%d handovers, %.0f a second, %d and %d KiB resident, %d and %d descriptors", done,
        Double(done) / max(seconds, 1e-9), sample.residentKibibytes[0],
        sample.residentKibibytes[1], sample.descriptors[0], sample.descriptors[1])
        + ", \(prober.received) probes answered")
  }

  private func leastDescriptors(_ report: Report) -> Int {
    let half = report.samples.prefix(report.samples.count / 2)
    return half.map { $0.descriptors.reduce(0, +) }.min() ?? 0
  }

  /// How many descriptors both have. A side lets go of its channel a moment after it has told its
  /// end, on a busy machine a long one: what counts is what is open when both are at rest.
  private func descriptors(of hosts: [HostProcess], notMoreThan least: Int) -> Int {
    func count() -> Int { hosts.reduce(0) { $0 + ($1.child.descriptorCount ?? 0) } }
    for _ in 0..<Self.restRounds where count() > least { lab.pass(millis: Self.restMillis) }
    return count()
  }

  private func judge(_ report: inout Report, atRest: Int) {
    if !report.probes.isClean { report.complaints.append("probes: \(report.probes)") }
    // A short soak is over before traces of many devices have come to their size.
    let isShort = options.handovers < 2 * Self.warmUpMax
    let limit = Self.growthMaxKibibytes * (isShort ? min(4, options.taps) : 1)
    if report.growthKibibytes > limit {
      report.complaints.append("resident memory grew by \(report.growthKibibytes) KiB")
    }
    let least = leastDescriptors(report)
    if atRest > least {
      report.complaints.append("descriptors: \(least) at first, \(atRest) at last")
    }
  }
}

@available(*, unavailable)
extension PairSoak: Sendable {}
