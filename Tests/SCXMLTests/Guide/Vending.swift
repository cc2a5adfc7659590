import BatonSCXML
import Foundation

// The code of Sources/SCXML/BatonSCXML.docc/RunADocument.md.

/// Runs a vending machine for somebody who pays and goes.
func sell(_ file: URL) throws -> (log: [String], states: [String]) {
  let document = try Document(contentsOf: file)
  // What of the document does not run, with file and line.
  for note in document.notes { print(note) }
  let processor = Processor()
  var log: [String] = []
  processor.report = { report in
    switch report {
    case .log(_, let text), .error(_, let text): log.append(text)
    case .event, .taken, .entered, .exited, .ended: break
    }
  }
  let session = processor.start(document)
  // All that can be done now; delayed events wait.
  try processor.run(until: session, limit: processor.now)
  session.send(Event("coin", data: .record(["value": .int(2)])))
  try processor.run(until: session, limit: processor.now)
  // The clock is virtual: five seconds take none.
  try processor.advance(to: 5_000_000_000, with: session)
  return (log, session.configuration)
}
