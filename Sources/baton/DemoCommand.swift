import ArgumentParser
import BatonCommand
import BatonCore
import BatonHost
import BatonLab
import Foundation

/// `baton demo`: the main job, shown.
struct DemoCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "demo",
    abstract: "Hands a running guest and its TAP to and fro between two processes, under probes.",
    discussion: """
      Everything happens in a network namespace that the command makes for itself, as root or \
      through an unprivileged user namespace. The exit status is 0 only if every handover that was \
      asked for succeeded and no probe was lost, duplicated, reordered or corrupted.

      By hand the same is two hosts with one TAP and their control sockets, which speak QMP \
      (docs/QMP.md has the whole session, and how a manager drives it):

        baton host --control /tmp/a.sock --tap tap0 &
        baton host --control /tmp/b.sock --tap tap0 --incoming &
        socat - UNIX:/tmp/b.sock <<< '{"execute":"qmp_capabilities"}
          {"execute":"migrate-incoming","arguments":{"uri":"unix:/tmp/channel"}}'
        socat -t 1 - UNIX:/tmp/a.sock <<< '{"execute":"qmp_capabilities"}
          {"execute":"migrate","arguments":{"uri":"unix:/tmp/channel"}}'
      """)

  @Option(help: ArgumentHelp("How often the guest changes hands.", valueName: "n"))
  var handovers: Int?

  @Option(help: ArgumentHelp("Queue pairs of the guest's device, 1 to 256.", valueName: "n"))
  var queues = 1

  @Option(
    help: ArgumentHelp(
      "Who serves the guest's rings: \(Self.datapaths); kernel is vhost-net.", valueName: "name"))
  var datapath = "process"

  @Option(help: ArgumentHelp("Probes per second, 1 to 100000.", valueName: "n"))
  var rate = 1000

  @Option(
    help: ArgumentHelp(
      "Kill source or target at a phase of the last handover: \(Self.phases).",
      valueName: "side@phase"))
  var kill: KillArgument?

  @Option(
    help: ArgumentHelp(
      """
      How many milliseconds the guest may stand still for a switch, 1 to 3600000 (default: as \
      baton host, or 5000 with --kill).
      """, valueName: "ms"))
  var switchMs: UInt64?

  @Option(
    help: ArgumentHelp(
      "Write one JSON object to this file, - for standard output.", valueName: "file"))
  var json: String?

  @Option(
    help: ArgumentHelp(
      "Append the transition records of all processes to this file, as JSON lines.",
      valueName: "file"))
  var trace: String?

  @Option(
    help: ArgumentHelp(
      "Write a page with the run into this file: summary, time axis, charts with replay.",
      valueName: "file"))
  var report: String?

  private static var datapaths: String {
    Demo.Datapath.allCases.map(\.rawValue).joined(separator: ", ")
  }

  private static var phases: String {
    KillPoint.Phase.allCases.map(\.rawValue).joined(separator: ", ")
  }

  func validate() throws {
    if let handovers, !(1...10_000 ~= handovers) {
      throw ValidationError("--handovers \(handovers) is not possible: 1 to 10000 are")
    }
    guard 1...256 ~= queues else {
      throw ValidationError("--queues \(queues) is not possible: 1 to 256 are")
    }
    guard Demo.Datapath(rawValue: datapath) != nil else {
      throw ValidationError("--datapath \(datapath) is not possible: \(Self.datapaths) are")
    }
    guard 1...100_000 ~= rate else {
      throw ValidationError("--rate \(rate) is not possible: 1 to 100000 are")
    }
    try OutputFile.checkDistinct([("--json", json), ("--trace", trace), ("--report", report)])
    if let switchMs, !(1...3_600_000 ~= switchMs) {
      throw ValidationError("--switch-ms \(switchMs) is not possible: 1 to 3600000 are")
    }
  }

  func run() throws {
    let kernel = Kernel()
    kernel.raiseDescriptorLimit()
    // Who reads the progress may leave; the hosts must still be ended.
    kernel.ignoreSignal(Signal.brokenPipe)
    var options = Demo.Options(program: try Self.program())
    options.handovers = handovers ?? (kill == nil ? 5 : 1)
    options.queues = queues
    options.datapath = Demo.Datapath(rawValue: datapath) ?? .process
    options.rate = rate
    options.kill = kill?.value
    options.switchMillis = switchMs
    let json = try json.map { try OutputFile($0) }
    let page = try report.map { try OutputFile($0) }
    let log = try trace.map { try OutputFile(log: $0) }
    defer { withExtendedLifetime(log) {} }
    let folder = try report.map { _ in try TemporaryFolder() }
    options.trace = trace.map { URL(filePath: $0).path } ?? folder?.path("trace.jsonl")
    let isQuiet = self.json == OutputFile.standard || report == OutputFile.standard
    options.endsOnSignals = true
    let result: DemoReport
    do {
      let demo = try Demo(options) { line in
        if isQuiet { kernel.write(line + "\n", to: 2) } else { StandardOutput.print(line) }
      }
      result = try demo.run()
    } catch {
      kernel.write("baton demo: \(error)\n", to: 2)
      throw ExitCode.failure
    }
    if !isQuiet { StandardOutput.print(Summary.text(result)) }
    try json?.write(json: result)
    try page?.write(Data(try ReportPage(result, trace: options.trace).text().utf8))
    if let signal = result.interruption { throw ExitCode(128 + signal) }
    if !result.complaints.isEmpty { throw ExitCode.failure }
  }

  private static func program() throws -> String {
    try FileManager.default.destinationOfSymbolicLink(atPath: "/proc/self/exe")
  }
}
