import ArgumentParser
import BatonDiagrams
import BatonHost
import Foundation

/// `baton trace`: a trace for other tools, and as a page.
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Writes a trace for other tools, or as a page.",
    discussion: "The trace is what --trace of demo, host and net has written.")

  @Option(
    help: ArgumentHelp(
      "Write what ui.perfetto.dev opens into this file, - for standard output.", valueName: "file"))
  var perfetto: String?

  @Option(
    help: ArgumentHelp(
      "Write a page into this file that replays the trace on the charts.", valueName: "file"))
  var page: String?

  @Option(help: ArgumentHelp("The page's heading.", valueName: "text"))
  var title = "Trace"

  @Option(
    help: ArgumentHelp(
      "What the head of the page says in short, as NAME=VALUE; repeat it for more.",
      valueName: "name=value"))
  var fact: [String] = []

  @Argument(help: "The trace.")
  var trace: String

  func validate() throws {
    guard perfetto != nil || page != nil else {
      throw ValidationError("one of --perfetto and --page is needed")
    }
    for fact in fact where !fact.contains("=") {
      throw ValidationError("--fact \(fact) is not NAME=VALUE")
    }
  }

  func run() throws {
    let lines = try TraceFileArgument.read(trace)
    if let perfetto {
      let data = try PerfettoTrace(lines).data()
      if perfetto == "-" {
        FileHandle.standardOutput.write(data + Data("\n".utf8))
      } else {
        try data.write(to: URL(filePath: perfetto))
      }
    }
    if let page { try writePage(to: page) }
  }

  private func writePage(to file: String) throws {
    var page = ChartPage(title: title, charts: ProjectCharts.outlines)
    page.trace = try String(contentsOfFile: trace, encoding: .utf8)
    page.facts = fact.map { fact in
      let parts = fact.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return ChartPage.Fact(String(parts[0]), String(parts[1]))
    }
    try Data(page.text().utf8).write(to: URL(filePath: file))
  }
}

/// Reads the trace that a command was given.
enum TraceFileArgument {
  static func read(_ path: String) throws -> [TraceLine] {
    let data: Data
    do { data = try Data(contentsOf: URL(filePath: path)) } catch {
      throw ValidationError("\(path) cannot be read")
    }
    do { return try TraceLine.all(in: data) } catch {
      throw ValidationError("\(path): \(error)")
    }
  }
}
