package import ArgumentParser
import BatonDiagrams
import BatonTraces
import Foundation

/// `trace`: a trace for other tools, and as a page.
package struct TraceCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Writes a trace for other tools, or as a page.",
    discussion: """
      The trace has a line of JSON for each step of a machine: what a Trace of BatonCore writes, \
      and --trace of a program that has it.
      """)

  @Option(
    help: ArgumentHelp(
      "Write what ui.perfetto.dev opens into this file, - for standard output.", valueName: "file"))
  var perfetto: String?

  @Option(
    help: ArgumentHelp(
      "Write a page that replays the trace on the charts into this file, - for standard output.",
      valueName: "file"))
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

  package init() {}

  package func validate() throws {
    guard perfetto != nil || page != nil else {
      throw ValidationError("one of --perfetto and --page is needed")
    }
    try OutputFile.checkDistinct([("--perfetto", perfetto), ("--page", page)])
    for fact in fact where !fact.contains("=") {
      throw ValidationError("--fact \(fact) is not NAME=VALUE")
    }
  }

  package func run() throws {
    let (data, lines) = try TraceFileArgument.read(trace)
    let other = try perfetto.map { try OutputFile($0) }
    let own = try page.map { try OutputFile($0) }
    try other?.write(try PerfettoTrace(lines, arrows: ChartShelf.arrows).data() + Data("\n".utf8))
    try own?.write(Data(text(of: data).utf8))
  }

  private func text(of trace: Data) -> String {
    var page = ChartPage(title: title, charts: ChartShelf.outlines)
    page.trace = String(decoding: trace, as: UTF8.self)
    page.facts = fact.map { fact in
      let parts = fact.split(separator: "=", maxSplits: 1, omittingEmptySubsequences: false)
      return ChartPage.Fact(String(parts[0]), String(parts[1]))
    }
    return page.text()
  }
}

/// Reads the trace that a command was given.
enum TraceFileArgument {
  static func read(_ path: String) throws -> (data: Data, lines: [TraceLine]) {
    let data = try InputFile.data(path, limit: TraceLine.byteCountMax)
    do { return (data, try TraceLine.all(in: data)) } catch let error as TraceLine.Malformed {
      throw OutputFile.refusal(path, line: error.line, error.problem)
    }
  }
}
