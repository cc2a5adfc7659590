import ArgumentParser
import BatonHost
import Foundation

/// `baton trace`: a trace for other tools.
struct TraceCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "trace",
    abstract: "Writes a trace for other tools.",
    discussion: "The trace is what --trace of demo and host has written.")

  @Option(help: "Write what ui.perfetto.dev opens into this file, - for standard output.")
  var perfetto: String

  @Argument(help: "The trace.")
  var trace: String

  func run() throws {
    let data = try PerfettoTrace(TraceFileArgument.read(trace)).data()
    if perfetto == "-" {
      FileHandle.standardOutput.write(data + Data("\n".utf8))
    } else {
      try data.write(to: URL(filePath: perfetto))
    }
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
