import ArgumentParser
import BatonCommand
import BatonCore
import BatonHost
import BatonSCXML
import Foundation

/// `baton scxml run`: one document, on a virtual clock.
struct SCXMLRunCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "run",
    abstract: "Runs a document until it ends or waits for somebody, by hand or by a script.",
    discussion: """
      The clock is virtual: a delayed event comes when nothing else is left to do. Prints the \
      lines of log elements, and at the end the final state, or the configuration in which the \
      document waits. What becomes the event error.execution is told once, with file, line and \
      expression, and so is what of the document does not run.

      By hand (--interactive, or a terminal): each line is an event, its name and perhaps data as \
      JSON, such as `coin {"value": 2}`; `+2s` and `+100ms` let the clock go on, `advance to 5s` \
      up to a time. It is told of each event whether a transition took it, and the state after \
      it. `help` lists the events that are expected; `quit` or Ctrl-D ends the input, after which \
      the clock goes on as far as it can (a document's own events of these names come first).

      By a script (--script): a JSON file in the format of SCION's vectors, with the expected \
      configurations.

      Exit status: 0 in the end, or when all of a script was as expected; 1 when it waits, does \
      not come to rest or differs; 2 when it cannot be loaded.
      """)

  @Flag(help: "Print events, transitions and states as they come.")
  var trace = false

  @Option(
    help: ArgumentHelp(
      "The name of an event to send when the document has started; may be repeated.",
      valueName: "event"))
  var send: [String] = []

  @Option(
    help: ArgumentHelp(
      "A script of events, times and expected configurations (JSON).", valueName: "file"))
  var script: String?

  @Flag(name: .shortAndLong, help: "Read events from the standard input.")
  var interactive = false

  @Option(help: ArgumentHelp("Seconds of the virtual clock after which to stop.", valueName: "s"))
  var limit: Double = 3600

  @Option(
    help: ArgumentHelp(
      "Steps that a script or an expression of ecmascript may execute.", valueName: "n"))
  var steps = ScriptLimits().stepCount

  @Option(help: ArgumentHelp("Bytes that the scripts of ecmascript may hold.", valueName: "bytes"))
  var memory = ScriptLimits().byteCount

  @Argument(help: "The document.")
  var file: String

  func validate() throws {
    guard limit > 0, limit < 1e9 else {
      throw ValidationError("--limit \(limit) is not possible: more than 0 is, up to a billion")
    }
    guard steps > 0 else { throw ValidationError("--steps \(steps) is not possible: 1 is") }
    guard memory > 0 else { throw ValidationError("--memory \(memory) is not possible: 1 is") }
    for name in send where name.isEmpty || name.contains(where: \.isWhitespace) {
      throw ValidationError(
        "--send '\(name)' is no name of an event: it \(name.isEmpty ? "is empty" : "has a blank"); "
          + "data goes along by hand (--interactive) and by a script (--script)")
    }
    guard script == nil || (send.isEmpty && !interactive) else {
      throw ValidationError("--script says which events come: not with --send or --interactive")
    }
  }

  func run() throws {
    let document: Document
    do { document = try Document(contentsOf: URL(filePath: file)) } catch {
      throw DocumentRun.refused("\(error)", 2)
    }
    let limits = ScriptLimits(byteCount: memory, stepCount: steps)
    let run = DocumentRun(document, Processor(limits: limits), isTraced: trace)
    for note in document.notes { run.warn(note) }
    do {
      if let script { return try follow(script, run) }
      try watch(run)
    } catch let error as ProcessorError {
      throw run.givenUp(error)
    }
  }

  /// Runs by hand, or with the events of the options.
  private func watch(_ run: DocumentRun) throws {
    let session = run.processor.start(run.document)
    // The document's own first events come before any from outside.
    try run.processor.run(until: session, limit: run.processor.now)
    for name in send {
      session.send(Event(name))
      try run.processor.run(until: session, limit: run.processor.now)
    }
    let isByHand = interactive || (send.isEmpty && isatty(STDIN_FILENO) == 1)
    if isByHand { try run.read(session) }
    try run.processor.run(until: session, limit: UInt64(limit * 1e9))
    run.tell(session)
    if !session.isEnded { throw ExitCode.failure }
  }

  /// Runs by a script.
  private func follow(_ path: String, _ run: DocumentRun) throws {
    let script = try InputFile.json(VectorScript.self, of: path)
    var steps = VectorRun(run.document, script, processor: run.processor)
    var differs = 0
    while let result = try steps.next() {
      let expected = result.expected.joined(separator: " ")
      if let found = result.found {
        differs += 1
        StandardOutput.print(
          "fail  \(result.what): \(found.joined(separator: " ")), and not \(expected)")
      } else {
        StandardOutput.print("pass  \(result.what): \(expected)")
      }
    }
    StandardOutput.print(
      "\(script.events.count + 1 - differs) of \(script.events.count + 1) as expected")
    if differs > 0 { throw ExitCode.failure }
  }
}
