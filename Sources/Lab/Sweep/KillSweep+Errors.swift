import BatonCore
import Foundation

/// Refuses either process of a handover its system calls, one after the other, with every error
/// that their pages document and that a handover can meet: real processes, strace(1) injects.
///
/// The simulated kernel does so for the calls that go through `Kernel`; these are the others, which
/// libevent, the allocator and the logger make. Nobody may die, and who owns the guest runs it.
extension KillSweep {
  /// One call that is refused.
  package struct Injection: Codable, Hashable, Sendable {
    package var point: Point
    package var error: String
    /// Whether all later calls of this name are refused as well, to the end of the attempt.
    package var isLasting = false

    /// As strace(1) wants it.
    var argument: String {
      "inject=\(point.call):error=\(error):when=\(point.number)\(isLasting ? "+" : "")"
    }
  }

  /// What was refused to one side.
  package struct ErrorReport: Codable, Sendable {
    /// `source` or `target`.
    package var side: String
    /// Handovers, and how many calls strace says it refused in them.
    package var runs = 0
    package var injected = 0
    /// How often the guest moved all the same.
    package var moved = 0
    /// What did not end as it must, a line each.
    package var complaints: [String] = []
  }

  /// Of each call the errors of its page, without those that only mean a mistake of ours (EFAULT).
  static let errors: [String: [String]] = [
    "epoll_ctl": ["ENOMEM", "ENOSPC", "EPERM", "ENOENT", "EEXIST", "EINVAL"],
    "epoll_wait": ["EINVAL", "EBADF", "EINTR"],
    "epoll_pwait": ["EINVAL", "EBADF", "EINTR"],
    "timerfd_create": ["EMFILE", "ENOMEM"],
    "timerfd_settime": ["EINVAL", "ECANCELED"],
    // Not mmap: malloc and the stacks of threads are refused with it, which ends a Swift process.
    // What becomes of a mapping of ours that is refused is simulated (`baton soak`).
    "munmap": ["ENOMEM", "EINVAL"],
    "getrandom": ["ENOSYS", "EAGAIN", "EINTR"],
    "accept4": ["EMFILE", "ENFILE", "ENOMEM", "ECONNABORTED", "EAGAIN"],
    "fallocate": ["ENOSPC", "EPERM"],
    "fstatfs": ["EIO", "ENOMEM"],
    "poll": ["ENOMEM", "EINVAL"],
    "eventfd2": ["EMFILE", "ENOMEM"],
    // The channel's, and those to the control socket.
    "sendmsg": ["EPIPE", "ECONNRESET", "EAGAIN", "ENOBUFS", "ENOMEM"],
  ]

  /// Those that are refused once at a time: a channel that never sends is no other case than one
  /// that broke, and a control socket that never answers is not asked.
  private static let onceOnly: Set = ["sendmsg"]

  /// Of write(2) on the trace and on standard error, the files of a host that may fill up.
  private static let fileErrors = ["EPIPE", "EIO", "ENOSPC", "EAGAIN", "EFBIG", "EDQUOT"]
  /// How many writes to them are refused, one after the other.
  private static let fileWrites = 6

  /// Refuses one side its calls, first to last, and then each kind for good.
  ///
  /// - Parameter stride: Every how many of them are taken; 1 for all.
  package func refuse(_ side: KillPoint.Side, every stride: Int = 1) throws -> ErrorReport {
    var report = ErrorReport(side: side.rawValue)
    let points = try calibrate(side).filter { Self.errors[$0.call] != nil }
    let first = points.filter { $0.number == 1 }
    traceFile = "\(folder)/trace"
    errorFile = "\(folder)/log"
    let written = (1...Self.fileWrites).map { Point(call: "write", number: $0) }
    let all =
      Self.injections(at: points, isLasting: false) + Self.injections(at: first, isLasting: true)
      + Self.injections(at: written, isLasting: false)
      + Self.injections(at: [written[0]], isLasting: true)
    say("\(side.rawValue): \(points.count) calls, \(all.count) errors")
    for (place, injection) in all.enumerated() where place % stride == stride - 1 {
      if interruption != nil { break }
      try strike(side, with: injection, &report)
      report.runs += 1
      if report.runs % 50 == 0 { say("\(side.rawValue): \(report.runs) errors") }
    }
    if report.injected == 0 { report.complaints.append("nothing was refused") }
    end()
    return report
  }

  private static func injections(at points: [Point], isLasting: Bool) -> [Injection] {
    points.filter { !isLasting || !onceOnly.contains($0.call) }.flatMap { point in
      (point.call == "write" ? fileErrors : errors[point.call] ?? []).filter {
        !isLasting || $0 != "EINTR"
      }
      .map { Injection(point: point, error: $0, isLasting: isLasting) }
    }
  }

  private func strike(
    _ side: KillPoint.Side, with injection: Injection, _ report: inout ErrorReport
  ) throws {
    let (source, target) = try sides()
    let victim = side == .source ? source : target
    let file = "\(folder)/errors"
    let files = [traceFile, errorFile].compactMap { $0 }
    let only = injection.point.call == "write" ? files.flatMap { ["-P", $0] } : []
    let tracer = try trace(
      victim,
      ["-o", file, "-e", "trace=\(injection.point.call)", "-e", injection.argument] + only)
    let handover = Handover(source, target)
    var complaints = begin(handover)
    // Whoever could not be answered was hung up on, and asks again when nothing is refused.
    if !victim.control.isConnected { complaints = [] }
    lab.wait(timeoutMillis: Self.timeoutMillis) {
      handover.hasEnd(at: source) || source.hasEnded || !source.control.isConnected
    }
    // A target that met nobody listens on.
    lab.wait(timeoutMillis: 1_000) {
      handover.hasEnd(at: target) || target.hasEnded || !target.control.isConnected
    }
    try end(tracer)
    if !victim.hasEnded { try victim.reconnect(lab) }
    if !source.hasEnded, !(try comesToRest(source)) {
      complaints.append("the source does not end")
    }
    let log = (try? String(contentsOfFile: file, encoding: .utf8)) ?? ""
    report.injected += log.split(separator: "\n").count { $0.contains("(INJECTED)") }
    try? FileManager.default.removeItem(atPath: file)
    try judge(source, target, &report, &complaints)
    let name = "\(side.rawValue), \(injection.point.call) \(injection.point.number)"
    let error = injection.error + (injection.isLasting ? " for good" : "")
    report.complaints += complaints.map { "\(name) \(error): \($0)" }
  }

  /// Whether a source says in time that no attempt is under way any more.
  private func comesToRest(_ source: HostProcess) throws -> Bool {
    let ends: Set = ["none", "completed", "failed", "cancelled"]
    if ends.contains(try status(source)) { return true }
    return lab.wait(timeoutMillis: Self.timeoutMillis) {
      ends.contains(source.control.statuses.last ?? "")
    }
  }

  /// Both live, one of them runs the guest, and that one hands it to somebody else.
  private func judge(
    _ source: HostProcess, _ target: HostProcess, _ report: inout ErrorReport,
    _ complaints: inout [String]
  ) throws {
    for host in [source, target] where host.hasEnded {
      let status = host.child.exitStatus.map { "\($0)" } ?? "somehow"
      complaints.append("\(host === source ? "the source" : "the target") died: \(status)")
    }
    let running = [source, target].filter { host in
      guard !host.hasEnded else { return false }
      return (try? host.control.call("query-status")["running"] as? Bool) ?? false
    }
    if running.count != 1 { complaints.append("\(running.count) processes run the guest") }
    guard let owner = running.first else {
      forgetGuest()
      for host in [source, target] where !host.hasEnded { try reap(host) }
      return
    }
    if owner === target { report.moved += 1 }
    let other = owner === source ? target : source
    if !other.hasEnded { try reap(other) }
    self.source = owner
    complaints += try handOn()
  }
}
