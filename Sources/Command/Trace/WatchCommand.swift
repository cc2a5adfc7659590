package import ArgumentParser
import BatonCore
import BatonSCXML
import BatonTraces
import Dispatch
import Foundation
import Synchronization

/// `watch`: a trace while it is written, in the terminal or on a page.
package struct WatchCommand: ParsableCommand {
  package static let configuration = CommandConfiguration(
    commandName: "watch",
    abstract: "Follows a trace while it is written.",
    discussion: """
      The trace is a file to which a running program appends, a FIFO, or - for standard input. \
      Every step is printed when it comes, as replay prints it; with --port a page follows on the \
      charts, which listens on 127.0.0.1 alone and is shown to whoever has the address, with its \
      token. It ends with its other end where that is a FIFO or a pipe, when the file is removed, \
      and by Ctrl-C. A file that is cut off begins again.
      """)

  /// The longest line, in bytes.
  private static let lineMax = 16 << 20

  @Option(
    help: ArgumentHelp(
      "Only this machine, such as \"Door north\", or all of a chart, such as Door.",
      valueName: "name"))
  var machine: String?

  @Flag(help: "One line for each step.")
  var short = false

  @Option(
    help: ArgumentHelp(
      "Serve a page on this port of the loopback interface, and print its address.",
      valueName: "number"))
  var port: UInt16?

  @Argument(help: "The trace.")
  var trace: String

  package init() {}

  package func validate() throws {
    guard port != 0 else { throw ValidationError("--port 0 is not possible: 1 to 65535 are") }
    guard port == nil || !short else {
      throw ValidationError("--short is of the terminal, and --port serves a page")
    }
  }

  package func run() throws {
    let feed = try port.map { try serve($0) }
    let file: GrowingFile
    do { file = try GrowingFile(trace) } catch { throw refusal("open", error) }
    try follow(file, feed)
    guard feed != nil else { return }
    Kernel().write("\(trace): nothing more comes, the page stays; Ctrl-C ends it\n", to: 2)
    while true { DispatchSemaphore(value: 0).wait() }  // Ends with the process.
  }

  private func follow(_ file: GrowingFile, _ feed: TraceFeed?) throws {
    var walk = WatchWalk(StepText(ChartShelf.outlines), isShort: short)
    var rest = Data()
    while !StandardOutput.isShort {
      let piece: GrowingFile.Piece?
      do { piece = try file.next() } catch { throw refusal("read", error) }
      switch piece {
      case nil:
        // The last line may have no end.
        return rest.isEmpty ? () : try take(Data([10]), after: &rest, &walk, feed)
      case .cut:
        Kernel().write("\(trace): begins again\n", to: 2)
        rest = Data()
        walk.begin()
        feed?.clear()
      case .bytes(let data):
        try take(data, after: &rest, &walk, feed)
      }
    }
  }

  /// Shows the lines that end in a piece; `rest` is what has come of the next one.
  private func take(
    _ piece: Data, after rest: inout Data, _ walk: inout WatchWalk, _ feed: TraceFeed?
  ) throws {
    let parts = piece.split(separator: 10, omittingEmptySubsequences: false)
    for (place, part) in parts.enumerated() {
      rest += part
      guard rest.count <= Self.lineMax else {
        throw OutputFile.refusal(
          trace, line: walk.line + 1, "is longer than \(Self.lineMax) bytes")
      }
      guard place < parts.count - 1 else { return }
      walk.line += 1
      try show(rest, &walk, feed)
      rest = Data()
    }
  }

  private func show(_ bytes: Data, _ walk: inout WatchWalk, _ feed: TraceFeed?) throws {
    if bytes.isEmpty { return }
    let line: TraceLine
    do throws(TraceLine.Malformed) { line = try TraceLine(bytes, number: walk.line) } catch {
      throw OutputFile.refusal(trace, line: error.line, error.problem)
    }
    guard machine == nil || line.machine == machine || line.chart == machine else { return }
    if let feed {
      feed.append(String(decoding: bytes, as: UTF8.self))
    } else {
      StandardOutput.print(walk.text(line))
    }
  }

  private func refusal(_ call: String, _ error: any Error) -> ExitCode {
    if let error = error as? SystemError { return OutputFile.refusal(trace, "\(error)") }
    return OutputFile.refusal(trace, "\(call): \(BoundedFile.reason(error))")
  }

  /// Serves the page until the process ends.
  ///
  /// - Throws: `ExitCode` 1 when the port is not to be had.
  private func serve(_ port: UInt16) throws -> TraceFeed {
    let server: WatchServer
    do throws(SystemError) {
      server = try WatchServer(port: port, title: trace, charts: ChartShelf.outlines)
    } catch {
      throw unserved(port, "\(error)")
    }
    let failure = Mutex<String?>(nil)
    let begun = DispatchSemaphore(value: 0)
    Task.detached {
      await server.keepServing {
        Kernel().write("watch \(server.address)\n", to: 2)
        begun.signal()
      } failed: { error, isEnd in
        guard isEnd else { return Self.tell(port, "\(error)") }
        failure.withLock { $0 = "\(error)" }
        begun.signal()
      }
    }
    begun.wait()
    if let reason = failure.withLock({ $0 }) { throw unserved(port, reason) }
    return server.feed
  }

  private func unserved(_ port: UInt16, _ reason: String) -> ExitCode {
    Self.tell(port, reason)
    return .failure
  }

  private static func tell(_ port: UInt16, _ reason: String) {
    Kernel().write("--port \(port) does not serve: \(reason)\n", to: 2)
  }
}

/// The steps that have come.
private struct WatchWalk {
  private let steps: StepText
  private let isShort: Bool
  private var count = 0
  private var origin: UInt64 = 0
  /// The last step of each machine, and the one before.
  private var last: [String: (line: TraceLine, former: TraceLine?)] = [:]
  /// How many lines the file has had.
  var line = 0

  init(_ steps: StepText, isShort: Bool) {
    self.steps = steps
    self.isShort = isShort
  }

  mutating func begin() { self = Self(steps, isShort: isShort) }

  mutating func text(_ line: TraceLine) -> String {
    if count == 0 { origin = line.time }
    count += 1
    let known = last[line.machine]
    let isOne = known?.line.isOfOneStep(with: line) ?? false
    let former = isOne ? known?.former : known?.line
    last[line.machine] = (line, former)
    return isShort
      ? steps.head(line, count, since: origin)
      : steps.text(line, count, since: origin, after: former)
  }
}
