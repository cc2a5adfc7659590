import ArgumentParser
import BatonCommand
import BatonCore
import BatonHost
import BatonSCXML
import Foundation

/// A document that runs for somebody who watches: what is printed, and what is read.
final class DocumentRun {
  let document: Document
  let processor: Processor
  /// Errors that were told: each is told once.
  private var told: Set<String> = []
  /// What came of the event that was typed last.
  private var typed = TypedEvent()

  init(_ document: Document, _ processor: Processor, isTraced: Bool) {
    self.document = document
    self.processor = processor
    processor.report = { [weak self] in
      self?.typed.hear($0)
      if case .error(_, let text) = $0, !isTraced { self?.warn(text) }
      if let line = ReportLine.text($0, document, isTraced: isTraced) { StandardOutput.print(line) }
    }
  }

  /// Tells once what is wrong.
  func warn(_ text: String) {
    guard told.insert(text).inserted else { return }
    Kernel().write("baton scxml: \(text)\n", to: 2)
  }

  /// An exit, and what is told before it.
  static func refused(_ text: String, _ status: Int32) -> ExitCode {
    Kernel().write("baton scxml: \(text)\n", to: 2)
    return ExitCode(status)
  }

  /// Why the document was given up, without the error that was told when it came.
  func givenUp(_ error: ProcessorError) -> ExitCode {
    switch error {
    case .endless(let what, let cause):
      if let cause { warn(cause) }
      warn(what)
    }
    return .failure
  }

  private var seconds: Double { Double(processor.now) / 1e9 }

  func tell(_ session: Session) {
    if session.isEnded {
      StandardOutput.print("ended in \(session.finalState ?? "nothing") after \(seconds) s")
    } else {
      StandardOutput.print(
        "waits in \(session.configuration.joined(separator: " ")) after \(seconds) s")
    }
  }

  /// Takes lines until the input or the document ends, or somebody leaves.
  func read(_ session: Session) throws(ProcessorError) {
    if !session.isEnded { StandardOutput.print(Self.greeting) }
    tell(session)
    while !session.isEnded, let line = readLine() {
      let words = line.split(maxSplits: 1, whereSeparator: \.isWhitespace).map(String.init)
        .filter { !$0.allSatisfy(\.isWhitespace) }
      guard let first = words.first, !first.hasPrefix("#") else { continue }
      // A document's own event of such a name comes before the word.
      if words.count == 1, !document.names(first) {
        if first == "quit" { return }
        if first == "help" {
          help(session)
          continue
        }
      }
      let isDone =
        if let text = Self.time(in: line) {
          try advance(text, line, session)
        } else if let event = event(first, words.count > 1 ? words[1] : nil) {
          try take(event, session)
        } else {
          false
        }
      if isDone, !session.isEnded { tell(session) }
    }
  }

  private static let greeting = """
    one event each line, such as coin or coin {"value": 2}; +2s and advance to 5s: the clock; \
    help; quit or Ctrl-D: the end of the input
    """

  private func help(_ session: Session) {
    StandardOutput.print(Self.greeting)
    StandardOutput.print("expected now: \(expected(session))")
  }

  private func expected(_ session: Session) -> String {
    session.expected.isEmpty ? "no event" : session.expected.joined(separator: ", ")
  }

  /// Lets the clock go on; false when there is no such time.
  private func advance(
    _ text: String, _ line: String, _ session: Session
  ) throws(ProcessorError) -> Bool {
    guard let time = Self.time(text, after: processor.now) else {
      Kernel().write("baton scxml: \(Self.refusal(of: line))\n", to: 2)
      return false
    }
    guard time >= processor.now else {
      let words = line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
      Kernel().write("baton scxml: \(words) is past: it is \(seconds) s already\n", to: 2)
      return false
    }
    try processor.advance(to: time, with: session)
    return true
  }

  /// Lets the document take an event, and says whether it did.
  private func take(_ event: Event, _ session: Session) throws(ProcessorError) -> Bool {
    let name = event.name
    let reason =
      session.expects(name)
      ? ": no condition of its transitions holds" : ", expected: \(expected(session))"
    typed = TypedEvent(name)
    session.send(event)
    try processor.run(until: session, limit: processor.now)
    StandardOutput.print(typed.isTaken ? "takes \(name)" : "nothing takes \(name)\(reason)")
    return true
  }

  private func event(_ name: String, _ json: String?) -> Event? {
    guard let json else { return Event(name) }
    do { return Event(name, data: try Value(json: Data(json.utf8))) } catch {
      Kernel().write("baton scxml: \(json) is no JSON\n", to: 2)
      return nil
    }
  }

  /// What is to be a time, without spaces: a line that begins with `+` or `advance to`; nil for an
  /// event.
  private static func time(in line: String) -> String? {
    let words = line.split(whereSeparator: \.isWhitespace)
    guard line.drop(while: \.isWhitespace).hasPrefix("+") || words.starts(with: ["advance", "to"])
    else { return nil }
    return words.joined()
  }

  /// `+2s`, `+100ms` and `advanceto5s` as a time of the clock; nil when there is none such.
  private static func time(_ text: String, after now: UInt64) -> UInt64? {
    let isRelative = text.hasPrefix("+")
    let text = text.dropFirst(isRelative ? 1 : 9)
    let unit = text.hasSuffix("ms") ? 1e6 : 1e9
    guard let number = Double(text.prefix { $0.isNumber || $0 == "." }), number < 1e9,
      ["ms", "s", ""].contains(text.drop { $0.isNumber || $0 == "." })
    else { return nil }
    let time = (isRelative ? now : 0).addingReportingOverflow(UInt64(number * unit))
    return time.overflow ? nil : time.partialValue
  }

  private static func refusal(of line: String) -> String {
    let words = line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
    return "\(words) is not possible: +2s, +100ms and advance to 5s are, below a billion of either"
  }
}
