import BatonCore
import BatonQMP
import Foundation

/// What is asked of both QEMUs.
extension Relay {
  func compare() {
    let comparison = Comparison(source, target) { [weak self] in self?.compared($0) }
    self.comparison = comparison
    comparison.begin()
  }

  private func compared(_ comparison: Comparison) {
    report.differences = comparison.differences
    report.machine = comparison.facts.machine
    report.losses = comparison.facts.losses
    for loss in report.losses { onLine?("network: " + loss) }
    if comparison.differences.isEmpty { return tell(.fits) }
    report.note("the machines differ: " + comparison.differences.joined(separator: "; "))
    tell(.differs)
  }

  // MARK: Preparing

  /// The capabilities that are wanted of each side, where it has them.
  private var capabilities: [String: Bool] {
    [
      "events": true, "return-path": true, "pause-before-switchover": true,
      "x-ignore-shared": comparison?.facts.sharesFiles ?? false,
    ]
  }

  func prepare() {
    setCapabilities(of: source, named: "the source") { [self] in
      setCapabilities(of: target, named: "the target") { [self] in
        setParameters { [self] in listen() }
      }
    }
  }

  private func setCapabilities(
    of qemu: Qemu, named who: String, then next: @escaping () -> Void
  ) {
    step(qemu, who, "query-migrate-capabilities") { [self] known in
      let wanted: [JSONValue] = (known.elements ?? []).compactMap { entry in
        guard let name = entry["capability"]?.text, let state = capabilities[name] else {
          return nil
        }
        return ["capability": .text(name), "state": .bool(state)]
      }
      step(
        qemu, who, "migrate-set-capabilities", ["capabilities": .list(wanted)]
      ) { _ in next() }
    }
  }

  private var parameters: [String: JSONValue] {
    var parameters: [String: JSONValue] = ["max-bandwidth": JSONValue(options.bytesPerSecond)]
    if let millis = options.downtimeMillis { parameters["downtime-limit"] = JSONValue(millis) }
    return parameters
  }

  private func setParameters(then next: @escaping () -> Void) {
    step(source, "the source", "migrate-set-parameters", parameters) { _ in next() }
  }

  /// A migration that refuses it goes on as it is.
  func adjust() {
    source.execute("migrate-set-parameters", parameters) { [self] outcome in
      if case .failure(let failure) = outcome {
        report.note("the source: migrate-set-parameters: \(failure)")
      }
    }
  }

  /// The target listens, unless an earlier relay has had it listen already.
  private func listen() {
    if case .seen(let seen) = memory.target, seen.migration == .setup { return tell(.prepared) }
    try? FileManager.default.removeItem(atPath: options.channel)
    step(
      target, "the target", "migrate-incoming", ["uri": .text("unix:" + options.channel)]
    ) { [self] _ in tell(.prepared) }
  }

  /// One command of the preparation; the first refusal ends it.
  private func step(
    _ qemu: Qemu, _ who: String, _ command: String, _ arguments: [String: JSONValue] = [:],
    then next: @escaping (JSONValue) -> Void
  ) {
    qemu.execute(command, arguments) { [self] outcome in
      switch outcome {
      case .success(let value): next(value)
      case .failure(let failure):
        report.note("\(who): \(command): \(failure)")
        tell(.unprepared)
      }
    }
  }

  // MARK: Migrating

  func migrate() {
    source.execute("migrate", ["uri": .text("unix:" + options.channel)]) { [self] outcome in
      refused(outcome, "migrate")
      if case .success = outcome { perform(.follow) }
    }
  }

  func proceed() {
    source.execute("migrate-continue", ["state": "pre-switchover"]) { [self] in
      refused($0, "migrate-continue")
    }
  }

  private func refused(_ outcome: QMPClient.Outcome, _ command: String) {
    guard case .failure(let failure) = outcome else { return }
    report.note("the source: \(command): \(failure)")
    tell(.refused)
  }

  func cancelMigration() {
    source.execute("migrate_cancel") { [self] _ in
      source.execute("query-migrate") { [self] outcome in
        guard case .success(let info) = outcome else { return }
        report.take(info)
        tell(.status(MigrationStage(named: info["status"]?.text)))
      }
    }
  }

  /// Its last word on the migration comes before its end.
  func quitSource() {
    if source.isGone { return tell(.sourceGone) }
    source.execute("query-migrate") { [self] outcome in
      if case .success(let info) = outcome { report.take(info) }
    }
    source.execute("quit") { _ in }
  }

  func contSource() {
    source.execute("cont") { [self] outcome in
      if case .failure(let failure) = outcome { report.note("the source: cont: \(failure)") }
      perform(.askSource)
    }
  }

  // MARK: The target's process

  func started() throws(SystemError) -> (pid: Int32, pidfd: CInt) {
    var words = ["-c", "exec " + (options.command ?? "false") + " \"$@\"", "sh"]
    words += ["-incoming", "defer"]
    if options.target == nil {
      // In an option's value a comma is written twice.
      let path = "\(target.path)".replacingOccurrences(of: ",", with: ",,")
      words += ["-qmp", "unix:\(path),server=on,wait=off"]
    }
    let output = Descriptor(
      owning: try loop.kernel.openLog(path: options.output), in: loop.kernel)
    let none = Descriptor(owning: try loop.kernel.openLog(path: "/dev/null"), in: loop.kernel)
    var program = ChildProgram("/bin/sh", words)
    // Its guest outlives this process, and the terminal from which that was started.
    program.leadsSession = true
    return try loop.kernel.spawn(
      program,
      lending: ChildDescriptors(
        input: none.number, output: output.number, error: output.number))
  }

  /// The last lines of what the target has said.
  var lastWords: String {
    let text = (try? String(contentsOfFile: options.output, encoding: .utf8)) ?? ""
    let lines = text.split(separator: "\n").suffix(3)
    return lines.isEmpty ? "it said nothing" : lines.joined(separator: " / ")
  }

  // MARK: What a later relay has to know

  private struct Record: Codable {
    var state: String
    var pid: Int32?
    var begin: String?
    var wasPaused: Bool
  }

  /// What an earlier relay has left; nil where there was none, or where it came to its end.
  private static func record(at path: String) -> Record? {
    FileManager.default.contents(atPath: path).flatMap {
      try? JSONDecoder().decode(Record.self, from: $0)
    }
  }

  /// What has to be known of an earlier relay with the same arguments.
  static func former(_ options: RelayOptions) -> (isAgain: Bool, wasPaused: Bool) {
    let record = record(at: options.record)
    return (record != nil, record?.wasPaused ?? false)
  }

  /// Written at each step, whole or not at all.
  func writeRecord() {
    guard state != .done, state != .failed, state != .lost else { return }
    let record = Record(
      state: state.name, pid: report.targetPID, begin: report.targetPID.flatMap(Self.begin),
      wasPaused: memory.wasPaused)
    guard let data = try? JSONEncoder().encode(record) else { return }
    do {
      try data.write(to: URL(fileURLWithPath: options.record), options: .atomic)
    } catch {
      report.note("\(options.record): \(error.localizedDescription)")
    }
  }

  /// When a process began, in the kernel's own count (proc(5)); nil when there is none.
  private static func begin(of pid: Int32) -> String? {
    guard let line = try? String(contentsOfFile: "/proc/\(pid)/stat", encoding: .utf8),
      let fields = line.split(separator: ")").last?.split(separator: " "), fields.count > 19
    else { return nil }
    return String(fields[19])
  }

  /// Ends a target that an earlier relay has started, and that cannot be spoken to yet: it has been
  /// told nothing.
  func endOrphan() {
    guard let record = Self.record(at: options.record), let pid = record.pid,
      let begin = record.begin, Self.begin(of: pid) == begin
    else { return }
    report.targetPID = pid
    guard record.state == RelayChart.State.launching.name,
      (try? loop.kernel.connect(path: target.path)).map({ loop.kernel.close($0) }) == nil
    else { return }
    do throws(SystemError) {
      try ProcessHandle(opening: pid, in: loop.kernel).kill()
    } catch { report.note("the target of an earlier relay, process \(pid): \(error)") }
  }
}
