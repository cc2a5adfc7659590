import ArgumentParser
import BatonCommand
import BatonCore
import BatonHost
import BatonQMP
import BatonRelay
import Foundation
import Logging

/// `baton relay`: replaces a QEMU under its guest.
struct RelayCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "relay",
    abstract: "Replaces an unmodified QEMU under its running guest by another one on this host.",
    discussion: """
      The new QEMU is started with the command of --exec (a shell's words, to which -incoming \
      defer and a monitor are added), or somebody else has started it with -incoming defer and its \
      monitor is at --to. Both machines are compared before anything is moved. Whatever fails, the \
      guest goes on in the old QEMU, and a new one that was started here is ended. Killed at any \
      moment and started again with the same arguments it finds out where the guest is and goes on.

      Exit status: 0 the new QEMU has the guest (with --dry-run: it could); 1 the old one still \
      has it; 3 the machines differ; 4 the guest is in neither; 5 nobody could say where it is; 64 \
      wrong arguments; 73 nothing was begun, and nobody was asked where the guest is: a file or a \
      folder cannot be made; 74 as 0, but something could not be written, which is told.
      """)

  @Option(
    name: .customLong("from"),
    help: ArgumentHelp("The QMP socket of the QEMU that has the guest.", valueName: "path"))
  var source: String

  @Option(
    help: ArgumentHelp(
      "The shell command that starts the new QEMU, without -incoming.", valueName: "command"))
  var exec: String?

  @Option(
    name: .customLong("to"),
    help: ArgumentHelp(
      """
      The new QEMU's QMP socket. With --exec it is one of that command's own; without --exec the \
      process runs already.
      """, valueName: "path"))
  var target: String?

  @Option(
    help: ArgumentHelp(
      "A folder for what the relay needs; without it the source's socket with .relay.",
      valueName: "folder"))
  var folder: String?

  @Flag(help: "Start the new QEMU, compare, end it, and move nothing.")
  var dryRun = false

  @Option(
    help: ArgumentHelp(
      "How long a QEMU may take to start and to answer, in seconds.", valueName: "s"))
  var patience = 15

  @Option(
    help: ArgumentHelp("The most that the source sends, in MiB a second.", valueName: "MiB/s"))
  var bandwidth = 10_240

  @Option(
    help: ArgumentHelp(
      "How long the guest may stand still for its memory, in milliseconds.", valueName: "ms"))
  var downtimeLimit: Int?

  @Option(
    help: ArgumentHelp(
      "Write one JSON object to this file, - for standard output.", valueName: "file"))
  var json: String?

  @Option(
    help: ArgumentHelp(
      "Append transition records to this file, one JSON object a line.", valueName: "file"))
  var trace: String?

  @Option(
    help: ArgumentHelp(
      "Stop the process before it enters CHART/STATE, once; for rehearsals.", visibility: .hidden))
  var stopAt: String?

  func validate() throws {
    guard exec != nil || target != nil else {
      throw ValidationError("--exec or --to is needed: how the new QEMU is had")
    }
    for path in [source, target].compactMap({ $0 }) where SocketPath(path) == nil {
      throw ValidationError("\(path) is longer than a socket's path may be")
    }
    guard source != target else {
      throw ValidationError("--from and --to are both \(source): the new QEMU needs its own")
    }
    try OutputFile.checkDistinct([("--json", json), ("--trace", trace)])
    guard 1...3_600 ~= patience, 1...1_048_576 ~= bandwidth, downtimeLimit.map({ $0 > 0 }) != false
    else { throw ValidationError("--patience, --bandwidth and --downtime-limit are 1 at least") }
    if let exec { try check(exec) }
  }

  private func check(_ command: String) throws {
    if let mistake = SimpleCommand.mistake(in: command) {
      throw ValidationError("--exec is to be one command and its arguments: \(mistake)")
    }
    let words = command.split { " \t\n'\"".contains($0) }
    if words.contains(where: { $0.hasSuffix("-incoming") }) {
      throw ValidationError("--exec has an -incoming of its own; the relay adds one")
    }
    if words.contains(where: { $0.hasSuffix("-daemonize") }) {
      throw ValidationError(
        "--exec has -daemonize: a process that leaves could not be ended; without it the new QEMU "
          + "outlives the relay, too")
    }
    // Whoever binds a path takes it from the QEMU that had it, and removes it at its end.
    let ways = ["unix:\(source)", "path=\(source)"]
    if words.contains(where: { word in
      word.split { ",=:".contains($0) }.contains { $0 == source }
        || word.split(separator: ",").contains { part in ways.contains { part.hasSuffix($0) } }
    }) {
      throw ValidationError(
        "--exec listens at \(source), which is --from: the new QEMU needs a path of its own")
    }
  }

  func run() throws {
    guard let path = SocketPath(source) else { return }
    var options = RelayOptions(source: path, folder: folder)
    // Who never was there has not died either; an earlier relay may know better.
    guard FileManager.default.fileExists(atPath: source) || options.isBegun else {
      throw ValidationError(
        "--from \(source): there is no such socket, and no relay from it was begun")
    }
    let real = URL(filePath: source).resolvingSymlinksInPath().path
    if !options.isBegun, SocketPath(real).map({ Kernel().socketFile(path: $0) == nil }) == true {
      throw ValidationError("--from \(source) is no socket")
    }
    options.command = exec?.trimmingCharacters(in: .whitespacesAndNewlines)
    options.target = target.flatMap { SocketPath($0) }
    options.isDry = dryRun
    options.patienceMillis = UInt64(patience) * 1_000
    options.bytesPerSecond = UInt64(bandwidth) << 20
    options.downtimeMillis = downtimeLimit.map { UInt64($0) }
    try move(options)
  }

  private func move(_ options: RelayOptions) throws {
    let file = try json.map { try OutputFile($0, refusedWith: Self.notBegun) }
    let isQuiet = json == OutputFile.standard
    let host: RelayHost
    do {
      host = try RelayHost(options, trace: trace, stopAt: stopAt)
    } catch {
      Kernel().write("baton relay: \(error)\n", to: 2)
      throw Self.notBegun
    }
    let report = host.run { line in
      if !isQuiet { StandardOutput.print(line) }
    }
    if !isQuiet { StandardOutput.print(RelaySummary(report).text) }
    let isWritten = write(report, to: file, host.loss)
    guard let result = report.result else { throw ExitCode(5) }
    if result.cause != nil {
      let words = ["baton relay: \(result.cause.map { "\($0)" } ?? "")"] + report.notes
      Kernel().write(words.joined(separator: "\n  ") + "\n", to: 2)
    }
    var status = Self.status(result)
    // A status says where the guest is, whatever became of a report.
    if status == 0, !isWritten { status = 74 }
    if status != 0 { throw ExitCode(status) }
  }

  /// Whether all of a report and of a trace has gone where it was to go.
  private func write(_ report: RelayReport, to file: OutputFile?, _ loss: TraceLoss?) -> Bool {
    if let loss { Kernel().write("\(loss)\n", to: 2) }
    do { try file?.write(Data((RelaySummary(report).json + "\n").utf8)) } catch { return false }
    return loss == nil && !StandardOutput.isShort
  }

  /// EX_CANTCREAT of sysexits.h.
  private static let notBegun = ExitCode(73)

  private static func status(_ result: RelayChart.Result) -> Int32 {
    switch (result.place, result.cause) {
    case (.target, _), (.source, nil): 0
    case (.source, .differs): 3
    case (.source, _): 1
    case (.nowhere, _): 4
    case (.unknown, _): 5
    }
  }
}
