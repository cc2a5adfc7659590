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

  init(_ document: Document, _ processor: Processor, isTraced: Bool) {
    self.document = document
    self.processor = processor
    processor.report = { [weak self] in
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

  /// Takes lines until the input or the document ends.
  func read(_ session: Session) throws(ProcessorError) {
    tell(session)
    while !session.isEnded, let line = readLine() {
      let words = line.split(maxSplits: 1, whereSeparator: \.isWhitespace).map(String.init)
      guard let first = words.first, !first.hasPrefix("#") else { continue }
      if let text = Self.time(in: line) {
        guard let time = Self.time(text, after: processor.now) else {
          Kernel().write("baton scxml: \(Self.refusal(of: line))\n", to: 2)
          continue
        }
        guard time >= processor.now else {
          let words = line.split(whereSeparator: \.isWhitespace).joined(separator: " ")
          Kernel().write("baton scxml: \(words) is past: it is \(seconds) s already\n", to: 2)
          continue
        }
        try processor.advance(to: time, with: session)
      } else if let event = event(first, words.count > 1 ? words[1] : nil) {
        session.send(event)
        try processor.run(until: session, limit: processor.now)
      } else {
        continue
      }
      if !session.isEnded { tell(session) }
    }
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
