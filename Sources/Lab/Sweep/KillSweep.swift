import BatonCore
import Foundation

/// Kills either process of a handover at every system call that it makes, by strace(1), with real
/// processes and a real TAP; and looks each time whether the outcome is that of docs/PROTOCOL.md.
package final class KillSweep {
  /// A system call of a handover: the n-th of all calls of its name.
  package struct Point: Codable, Hashable, Sendable {
    package var call: String
    /// n, counted from 1.
    package var number: Int
  }

  package enum Outcome: String, Codable, CaseIterable, Sendable {
    /// The survivor runs the guest, and nothing is lost.
    case rescued
    /// The guest died with the process that owned it.
    case lost
    /// The call was never made: the handover was over before.
    case untouched
  }

  /// What was done to one side.
  package struct Report: Codable, Sendable {
    /// `source` or `target`.
    package var side: String
    /// The calls of a handover of this side, in order.
    package var points: [Point] = []
    /// How each run ended, in the order of the points that were taken.
    package var outcomes: [Outcome] = []
    /// What did not end as it must, a line each.
    package var complaints: [String] = []
  }

  /// Why a sweep would show nothing.
  package enum Failure: Error, Sendable {
    /// strace does not trace the process: missing, or the kernel does not let it.
    case notTraced
    /// A handover in which nobody dies does not end.
    case noHandover
    /// strace wrote down no system call.
    case noCalls
  }

  static let tap = "baton0"
  static let hostAddress: UInt32 = 0x0A00_0101
  static let guestAddress: UInt32 = 0x0A00_0102
  static let timeoutMillis: UInt64 = 20_000
  private static let ratePerSecond = 200

  let lab = Lab()
  private let program: String
  let folder: String
  let say: (String) -> Void
  var source: HostProcess?
  private var prober: Prober?
  private var count = 0
  /// Where the hosts write their transition records; nil for nowhere.
  var traceFile: String?
  /// Where they write their logs; nil for this process's standard error.
  var errorFile: String?
  /// What the source has open when it rests.
  private var descriptors: Int?

  /// A sweep in the calling thread, which moves into a network namespace of its own.
  ///
  /// - Parameters:
  ///   - program: The path of the `baton` program.
  ///   - endsOnSignals: Whether SIGINT, SIGTERM and SIGHUP end it in order.
  package init(
    program: String, endsOnSignals: Bool = false, say: @escaping (String) -> Void
  ) throws {
    try NetworkNamespace.enter()
    if endsOnSignals { lab.endOnSignals() }
    self.program = program
    self.say = say
    folder = try Lab.makeFolder()
  }

  /// The signal that asked to end; what comes of a run after that says nothing.
  package var interruption: CInt? { lab.interruption }

  deinit { try? FileManager.default.removeItem(atPath: folder) }

  /// Kills one side at its calls, first to last.
  ///
  /// - Parameter stride: Every how many calls are taken; 1 for all.
  package func run(_ side: KillPoint.Side, every stride: Int = 1) throws -> Report {
    var report = Report(side: side.rawValue)
    report.points = try calibrate(side)
    say("\(side.rawValue): \(report.points.count) system calls in a handover")
    var taken: [Point] = []
    for (place, point) in report.points.enumerated() where place % stride == stride - 1 {
      if interruption != nil { break }
      var complaints: [String] = []
      let outcome = try strike(side, at: point, &complaints)
      taken.append(point)
      report.outcomes.append(outcome)
      report.complaints += complaints.map {
        "\(side.rawValue) at \(point.call) \(point.number): \($0)"
      }
      if taken.count % 50 == 0 { say("\(side.rawValue): \(taken.count) killed") }
    }
    report.points = taken
    report.complaints += Self.disorder(report)
    // Then nobody was killed, and nothing was shown.
    if report.outcomes.allSatisfy({ $0 == .untouched }) {
      report.complaints.append("the \(side.rawValue) was never killed")
    }
    end()
    return report
  }

  /// Calls that only the handover makes, each at its place in every run. The others come with every
  /// frame, or as often as the other side lets them: what it sends may be read in one call or two.
  private static let steady: Set = [
    "sendmsg", "getsockopt", "memfd_create", "ftruncate", "fcntl", "connect", "socket", "accept4",
    "bind", "listen", "shutdown", "ioctl", "newfstatat",
  ]

  /// On the way through a handover the owner changes once: whoever dies before is the one kind of
  /// end, whoever dies behind the other.
  private static func disorder(_ report: Report) -> [String] {
    let early: Outcome = report.side == "source" ? .lost : .rescued
    let late: Outcome = report.side == "source" ? .rescued : .lost
    let steps = zip(report.points, report.outcomes).filter { steady.contains($0.0.call) }
    guard let first = steps.firstIndex(where: { $0.1 == late }),
      let last = steps.lastIndex(where: { $0.1 == early }), last > first
    else { return [] }
    let (a, b) = (steps[first].0, steps[last].0)
    return [
      "the \(report.side) dies at \(a.call) \(a.number): \(late.rawValue), and later, at "
        + "\(b.call) \(b.number): \(early.rawValue)"
    ]
  }

  // MARK: One handover

  /// The calls of this side in a handover in which nobody dies.
  func calibrate(_ side: KillPoint.Side) throws -> [Point] {
    let (source, target) = try sides()
    let victim = side == .source ? source : target
    let file = "\(folder)/calls"
    let tracer = try trace(victim, ["-o", file])
    let handover = Handover(source, target)
    let complaints = begin(handover)
    for complaint in complaints { say(complaint) }
    guard complaints.isEmpty, awaitEnd(of: handover), try status(source) == "completed" else {
      throw Failure.noHandover
    }
    try end(tracer)
    self.source = target
    try reap(source)
    let points = Self.points(try String(contentsOfFile: file, encoding: .utf8))
    guard !points.isEmpty else { throw Failure.noCalls }
    return points
  }

  /// The calls in strace's log, numbered by name.
  static func points(_ log: String) -> [Point] {
    var counts: [String: Int] = [:]
    return log.split(separator: "\n").compactMap { line in
      // "PID name(…", without signals, ends and the second halves of calls. strace fills the PID up
      // with spaces to five places.
      let call = line.drop { $0.isNumber }.drop { $0 == " " }
      guard let end = call.firstIndex(of: "("),
        call.first.map({ $0.isLetter || $0 == "_" }) == true
      else { return nil }
      let name = String(call[..<end])
      guard name.allSatisfy({ $0.isLetter || $0.isNumber || $0 == "_" }) else { return nil }
      counts[name, default: 0] += 1
      return Point(call: name, number: counts[name] ?? 1)
    }
  }

  private func strike(
    _ side: KillPoint.Side, at point: Point, _ complaints: inout [String]
  ) throws -> Outcome {
    let (source, target) = try sides()
    let victim = side == .source ? source : target
    let survivor = side == .source ? target : source
    let tracer = try trace(
      victim,
      [
        "-o", "/dev/null", "-e", "trace=\(point.call)", "-e",
        "inject=\(point.call):signal=KILL:when=\(point.number)",
      ])
    let handover = Handover(source, target)
    complaints += begin(handover, killing: victim)
    let isOver = lab.wait(timeoutMillis: Self.timeoutMillis) {
      victim.hasEnded || handover.hasEnd
    }
    guard isOver else {
      complaints.append("neither dies nor ends")
      try? end(tracer)
      try abandon(handover)
      return .untouched
    }
    guard try outlives(victim, tracer) else {
      return try judge(survivor, handover, side, &complaints)
    }
    try settle(handover, &complaints)
    return .untouched
  }

  /// Whether a process whose handover is over lives on without its tracer.
  ///
  /// Until strace lets go it may strike at what the process does behind its end, and who was struck
  /// does not answer any more, long before the kernel tells us of its death.
  private func outlives(_ victim: HostProcess, _ tracer: ChildProcess) throws -> Bool {
    guard !victim.hasEnded else { return false }
    try end(tracer)
    do throws(ControlClient.Failure) {
      try victim.control.call("query-status")
      return true
    } catch {
      guard lab.wait(timeoutMillis: Self.timeoutMillis, until: { victim.hasEnded }) else {
        throw error
      }
      return false
    }
  }

  /// A handover in which nobody was killed succeeds; then its target is the next one's source.
  private func settle(_ handover: Handover, _ complaints: inout [String]) throws {
    let end = try status(handover.source)
    guard end == "completed" else {
      complaints.append("nobody was killed, the source says \(end)")
      return try abandon(handover)
    }
    source = handover.target
    try reap(handover.source)
  }

  /// Ends both sides of a handover that came to no end that can be judged; the next one boots anew.
  private func abandon(_ handover: Handover) throws {
    forgetGuest()
    try reap(handover.source)
    try reap(handover.target)
  }

  /// The survivor comes to its end of it; who runs the guest hands it to somebody else.
  private func judge(
    _ survivor: HostProcess, _ handover: Handover, _ side: KillPoint.Side,
    _ complaints: inout [String]
  ) throws -> Outcome {
    if side == .source, try status(survivor) == "setup" {
      // Nobody comes any more. It may have ended by itself meanwhile.
      _ = try? survivor.control.call("migrate_cancel")
    }
    let isIdle = try status(survivor) == "none"
    if !isIdle, !awaitEnd(of: handover, at: survivor) {
      complaints.append("the survivor does not end")
    }
    let isRunning = try survivor.control.call("query-status")["running"] as? Bool ?? false
    let end = try status(survivor)
    guard isRunning else {
      let wanted = side == .source ? ["none", "failed", "cancelled"] : ["completed"]
      if !wanted.contains(end) {
        complaints.append("nobody runs the guest, the survivor says \(end)")
      }
      forgetGuest()
      try reap(survivor)
      return .lost
    }
    let wanted = side == .source ? ["completed"] : ["failed", "none"]
    if !wanted.contains(end) { complaints.append("the survivor runs the guest and says \(end)") }
    self.source = survivor
    if side == .target, let descriptors, survivor.child.descriptorCount != descriptors {
      complaints.append(
        "\(survivor.child.descriptorCount ?? 0) descriptors are open, not \(descriptors)")
    }
    complaints += try handOn()
    return .rescued
  }

  /// Probes flow, none is lost, and another handover to a new process succeeds.
  func handOn() throws -> [String] {
    let (source, target) = try sides()
    let handover = Handover(source, target)
    var complaints = begin(handover)
    guard complaints.isEmpty, awaitEnd(of: handover), try status(source) == "completed" else {
      try abandon(handover)
      return complaints + ["the next handover does not succeed"]
    }
    self.source = target
    try reap(source)
    guard let prober else { return complaints }
    let seen = prober.received
    prober.stop()
    lab.wait(timeoutMillis: 2_000) { prober.outstanding == 0 }
    if !prober.result.isClean { complaints.append("probes: \(prober.result)") }
    if seen == 0 { complaints.append("no probe was answered") }
    prober.start()
    return complaints
  }

  // MARK: Processes

  /// A process with a guest, and a fresh one without.
  func sides() throws -> (HostProcess, HostProcess) {
    if source == nil { try boot() }
    guard let source else { throw Failure.noHandover }
    descriptors = source.child.descriptorCount
    return (source, try start(isIncoming: true))
  }

  private func start(isIncoming: Bool) throws -> HostProcess {
    count += 1
    var options = HostProcess.Options(
      program: program, folder: folder, tap: Self.tap, queues: 1, memoryMebibytes: 4)
    options.trace = traceFile
    if let errorFile {
      options.launcher = ["/bin/sh", "-c", "exec \"$0\" \"$@\" 2>>'\(errorFile)'"]
    }
    // Each call of a process that is traced takes its time.
    options.more = ["--switch-ms", "5000"] + (errorFile == nil ? [] : ["--log-level", "info"])
    return try HostProcess(lab, name: "host\(count)", options, isIncoming: isIncoming)
  }

  private func boot() throws {
    source = try start(isIncoming: false)
    let interface = Interface(name: Self.tap)
    try interface.setAddress(Self.hostAddress, prefix: 24)
    try interface.setUp(true)
    let prober = try Prober(
      lab.loop,
      .init(address: Self.guestAddress, ratePerSecond: Self.ratePerSecond, flows: 1))
    prober.start()
    lab.wait(timeoutMillis: Self.timeoutMillis) { prober.received > 0 }
    self.prober = prober
  }

  func forgetGuest() {
    prober?.stop()
    prober = nil
    source = nil
  }

  /// Ends a process that has no guest.
  func reap(_ host: HostProcess) throws {
    host.child.signal(Signal.kill)
    lab.wait(timeoutMillis: Self.timeoutMillis) { host.hasEnded }
  }

  func end() {
    if let source { try? reap(source) }
    forgetGuest()
  }

  /// The target listens and the source migrates; returns what could not be told.
  ///
  /// - Parameter victim: Who may be dead already, so that it does not answer.
  func begin(_ handover: Handover, killing victim: HostProcess? = nil) -> [String] {
    let address = "unix:\(folder)/channel\(count)"
    let orders = [(handover.target, "migrate-incoming"), (handover.source, "migrate")]
    return orders.compactMap { host, command in
      do throws(ControlClient.Failure) {
        try host.control.call(command, ["uri": address])
      } catch {
        if host === victim, case .gone = error { return nil }
        return "\(host.name) does not take \(command): \(error)"
      }
      return nil
    }
  }

  /// Waits for the end of a handover at one side, or at both.
  func awaitEnd(of handover: Handover, at host: HostProcess? = nil) -> Bool {
    lab.wait(timeoutMillis: Self.timeoutMillis) {
      host.map { handover.hasEnd(at: $0) || $0.hasEnded } ?? handover.hasEnd
    }
  }

  func status(_ host: HostProcess) throws -> String {
    try host.control.call("query-migrate")["status"] as? String ?? "none"
  }
}

@available(*, unavailable)
extension KillSweep: Sendable {}
