package import BatonCore
import BatonQMP
import Foundation

/// Runs ``RelayChart`` between two QEMUs.
@safe package final class Relay: Driver<RelayChart> {
  /// What somebody who watches is told, a line each.
  package var onLine: ((String) -> Void)?
  /// Told when it is over.
  package var onEnd: ((RelayReport) -> Void)?
  let options: RelayOptions
  let source: Qemu
  let target: Qemu
  package internal(set) var report = RelayReport()
  var comparison: Comparison?
  private var progress: BatonCore.Timer?
  private var attempt: BatonCore.Timer?
  private var entered: UInt64 = 0
  /// Which file the source listens at, when the target is started.
  private var sourceFile: SocketFile?
  /// Whom the survey has asked and who has not answered.
  private var unanswered: Set<Side> = []

  /// One of the two QEMUs.
  enum Side { case source, target }

  private static let progressWatch = 1
  private static let attemptWatch = 2
  /// Between two questions how far the migration is.
  private static let progressNanos: UInt64 = 100_000_000
  /// How long the source may take to say it, before it is asked again.
  private static let progressPatienceMillis: UInt64 = 2_000
  /// Between two attempts to connect to a monitor that is not there yet.
  private static let attemptNanos: UInt64 = 20_000_000

  /// A relay that has not begun.
  ///
  /// - Throws: A folder that cannot be made, or whose path is too long for a socket in it.
  package init(
    _ loop: any Loop, _ options: RelayOptions, number: UInt16 = 0,
    observer: (any Observer)? = nil
  ) throws {
    guard let monitor = options.targetMonitor, SocketPath(options.channel) != nil else {
      throw RelayError("\(options.folder) is too long for a socket's path in it")
    }
    do {
      try FileManager.default.createDirectory(
        atPath: options.folder, withIntermediateDirectories: true,
        attributes: [.posixPermissions: 0o700])
    } catch {
      throw RelayError("\(options.folder): mkdir: \(Self.reason(error))")
    }
    self.options = options
    let former = Self.former(options)
    source = Qemu(loop, at: options.source)
    target = Qemu(loop, at: monitor)
    super.init(
      loop, RelayChart.table,
      memory: .init(
        mayLaunch: options.command != nil, isDry: options.isDry,
        isAgain: former.isAgain, wasPaused: former.wasPaused,
        patienceMillis: options.patienceMillis),
      number: number, observer: observer)
    progress = BatonCore.Timer(loop, id: Self.progressWatch, calling: self)
    attempt = BatonCore.Timer(loop, id: Self.attemptWatch, calling: self)
    source.onGone = { [weak self] in self?.hasEnded(.source) }
    target.onGone = { [weak self] in self?.hasEnded(.target) }
    source.onNews = { [weak self] in self?.heard($0, fromSource: true) }
    target.onNews = { [weak self] in self?.heard($0, fromSource: false) }
  }

  /// What the kernel said, where Foundation tells it.
  private static func reason(_ error: any Error) -> String {
    let below = (error as NSError).userInfo[NSUnderlyingErrorKey] as? any Error
    for case let error? in [error, below] where (error as NSError).domain == NSPOSIXErrorDomain {
      return SystemError.text(CInt(clamping: (error as NSError).code))
    }
    return error.localizedDescription
  }

  /// Begins, with the survey.
  package func begin() {
    entered = loop.now
    start()
  }

  /// The user does not want it any more; too late when the source has sent everything.
  package func quit() { tell(.quit) }

  /// Sends an event, and notes what became of it.
  func tell(_ event: RelayChart.Event) {
    let former = state
    send(event)
    guard state != former else { return }
    report.phases.append(
      .init(state: former.name, millis: Double(loop.now - entered) / 1e6))
    entered = loop.now
    onLine?(state.name)
    writeRecord()
  }

  /// Performs one effect.
  package override func perform(_ effect: RelayChart.Effect) {
    switch effect {
    case .survey: survey()
    case .launch: launch()
    case .compare: compare()
    case .prepare: prepare()
    case .adjust: adjust()
    case .migrate: migrate()
    case .follow: progress?.arm(after: Self.progressNanos)
    case .proceed: proceed()
    case .cancelMigration: cancelMigration()
    case .askSource: look(at: source, orTell: .sourceGone) { .source($0) }
    case .askTarget: look(at: target, orTell: .targetGone) { .target($0) }
    case .endTarget: if target.isGone { tell(.targetGone) } else { target.end() }
    case .contSource: contSource()
    case .quitSource: quitSource()
    case .end(let result): end(result)
    }
  }

  /// The loop calls: the chart's timer, or one of the driver's own.
  package override func ready(_ what: Ready, watch: Int) {
    switch watch {
    case Self.progressWatch: askProgress()
    case Self.attemptWatch: connectToTarget()
    case _: super.ready(what, watch: watch)
    }
  }

  // MARK: The survey

  /// The source first: QEMU serves one client of a monitor, so that who has its ear is the only
  /// relay, and may look for what an earlier one has left.
  private func survey() {
    unanswered = [.source, .target]
    ask(.source)
  }

  private func ask(_ side: Side) {
    let qemu = side == .source ? source : target
    do {
      try qemu.connect(patienceMillis: options.patienceMillis)
    } catch {
      if side == .source || options.command == nil { report.note("\(qemu.path): \(error)") }
      if error.isNobody { answered(side, side == .source ? .sourceGone : .targetGone) }
      return
    }
    qemu.look { [self] outcome in
      switch outcome {
      case .success(let seen): answered(side, side == .source ? .source(seen) : .target(seen))
      // Who does not answer is not gone: the kernel tells that, or the chart's patience ends.
      case .failure(let failure): report.note("\(qemu.path): \(failure)")
      }
    }
  }

  private func answered(_ side: Side, _ event: RelayChart.Event) {
    tell(event)
    unanswered.remove(side)
    if side == .source {
      endOrphan()
      ask(.target)
    } else {
      tell(.surveyed)
    }
  }

  // MARK: Starting the target

  private func launch() {
    sourceFile = loop.kernel.socketFile(path: source.path)
    do throws(SystemError) {
      let process = try started()
      report.targetPID = process.pid
      target.own(
        ProcessHandle(owning: Descriptor(owning: process.pidfd, in: loop.kernel)))
      writeRecord()
      attempt?.arm(after: Self.attemptNanos)
    } catch {
      report.note("the target cannot be started: \(error)")
      tell(.unlaunched)
    }
  }

  private func connectToTarget() {
    guard state == .launching else { return }
    do {
      try target.connect(patienceMillis: options.patienceMillis)
    } catch {
      // Its socket is not there yet; that it has ended is told by the kernel.
      attempt?.arm(after: Self.attemptNanos)
      return
    }
    target.look { [self] outcome in
      switch outcome {
      case .success where loop.kernel.socketFile(path: source.path) != sourceFile:
        report.note("the target listens where the source did, and needs a path of its own")
        tell(.unlaunched)
      case .success(let seen):
        tell(.target(seen))
        tell(.launched)
      case .failure(let failure):
        report.note("the target: \(failure): \(lastWords)")
        tell(.unlaunched)
      }
    }
  }

  private func hasEnded(_ side: Side) {
    if side == .target { report.note("the target has ended: \(lastWords)") }
    let event: RelayChart.Event = side == .source ? .sourceGone : .targetGone
    // Whoever ends while it is asked has answered by that.
    if unanswered.contains(side) { answered(side, event) } else { tell(event) }
  }

  // MARK: Asking

  private func look(
    at qemu: Qemu, orTell gone: RelayChart.Event, _ event: @escaping (Seen) -> RelayChart.Event
  ) {
    if qemu.isGone { return tell(gone) }
    qemu.look { [self] outcome in
      if case .success(let seen) = outcome { tell(event(seen)) }
    }
  }

  private func heard(_ news: News, fromSource: Bool) {
    switch news.event {
    case "MIGRATION" where fromSource:
      tell(.status(MigrationStage(named: news.data["status"]?.text)))
    case "STOP" where fromSource: report.stopMicros = news.microseconds
    case "RESUME" where !fromSource:
      report.resumeMicros = news.microseconds
      tell(.target(Seen(.running)))
    case _: break
    }
  }

  private func askProgress() {
    guard state.isMigrating else { return }
    source.execute("query-migrate", millis: Self.progressPatienceMillis) { [self] outcome in
      // One that does not answer now may go on later.
      if case .success(let info) = outcome {
        report.take(info)
        if let line = RelayReport.progress(info) { onLine?(line) }
        tell(.status(MigrationStage(named: info["status"]?.text)))
      }
      if state.isMigrating { progress?.arm(after: Self.progressNanos) }
    }
  }

  private func end(_ result: RelayChart.Result) {
    progress?.disarm()
    attempt?.disarm()
    report.result = result
    if result.place == .target, !source.isGone, memory.source != .gone {
      report.note("the source stands still, and its process has not ended")
    }
    finish()
  }

  private func finish() {
    // Where nobody knows where the guest is, a later relay needs all of it to find out.
    if report.result?.place != .unknown { clear() }
    source.client?.leave()
    target.client?.leave()
    onEnd?(report)
  }

  private func clear() {
    for path in [options.channel, options.record] {
      try? FileManager.default.removeItem(atPath: path)
    }
    // A relay that was killed while it wrote its record has left what Foundation calls so.
    let names = (try? FileManager.default.contentsOfDirectory(atPath: options.folder)) ?? []
    for name in names where name.hasPrefix(".dat.nosync") {
      try? FileManager.default.removeItem(atPath: "\(options.folder)/\(name)")
    }
    // What the target says, or listens at, stays as long as the target; an empty folder does not.
    let left = (try? FileManager.default.contentsOfDirectory(atPath: options.folder)) ?? []
    if report.result?.place != .target || left.isEmpty {
      try? FileManager.default.removeItem(atPath: options.folder)
    }
  }
}

extension RelayChart.State {
  /// Whether the source migrates.
  var isMigrating: Bool {
    switch self {
    case .migrating, .setup, .active, .verifying, .device: true
    case _: false
    }
  }
}

extension SystemError {
  /// Nobody listens at a path.
  var isNobody: Bool { code == Errno.noEntry || code == Errno.connectionRefused }
}
