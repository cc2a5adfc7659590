import ArgumentParser
import BatonCore
import BatonHost
import BatonSCXML
import Foundation

/// `baton scxml run`: one document to its end, on a virtual clock.
struct SCXMLRunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Runs a document until it ends or waits for somebody.",
    discussion: """
      The clock is virtual: a delayed event comes when nothing else is left to do. Prints the \
      lines of log elements, and at the end the final state, or the configuration in which the \
      document waits. Exit status: 0 in the end, 1 when it waits or does not come to rest, \
      2 when it cannot be loaded.
      """)

  @Flag(help: "Print events, transitions and states as they come.")
  var trace = false

  @Option(help: "An event to send, in order of the options; may be repeated.")
  var send: [String] = []

  @Option(help: "Seconds of the virtual clock after which to stop.")
  var limit: Double = 3600

  @Argument(help: "The document.")
  var file: String

  func validate() throws {
    guard limit > 0, limit < 1e9 else {
      throw ValidationError("--limit \(limit) is not possible: more than 0 is, up to a billion")
    }
  }

  func run() throws {
    let document: Document
    do { document = try Document(contentsOf: URL(filePath: file)) } catch {
      Kernel().write("baton scxml: \(error)\n", to: 2)
      throw ExitCode(2)
    }
    let processor = Processor()
    processor.report = { [trace] in
      if let line = ReportLine.text($0, document, isTraced: trace) { print(line) }
    }
    let session = processor.start(document)
    for name in send { session.send(Event(name)) }
    do {
      try processor.run(until: session, limit: UInt64(limit * 1e9))
    } catch {
      Kernel().write("baton scxml: \(error)\n", to: 2)
      throw ExitCode.failure
    }
    let seconds = Double(processor.now) / 1e9
    if session.isEnded {
      print("ended in \(session.finalState ?? "nothing") after \(seconds) s")
    } else {
      print("waits in \(session.configuration.joined(separator: " ")) after \(seconds) s")
      throw ExitCode.failure
    }
  }
}
