package import Foundation

/// A test for SCXML processors: one of the W3C's, a document that ends in `pass` or `fail`, or a
/// vector, a document with a script of events and the configurations that they lead to.
package struct ConformanceTest: Sendable {
  /// Whether a processor must pass it, and whether a machine can tell (from the manifest).
  package enum Kind: String, Sendable {
    /// A machine can tell, and it must pass.
    case mandatory
    /// What a processor need not support, such as the HTTP event processor.
    case optional
    /// Somebody has to judge its log.
    case manual
    /// The manifest does not name it: a document that another one invokes.
    case unlisted
  }

  /// Whether it ended in the final state `pass`, as the plan asks for, or went as its script says.
  package enum Outcome: Hashable, Sendable {
    case passed
    /// Where it ended or waits, or why it could not run.
    case failed(String)
  }

  /// The start document; others that it invokes lie beside it.
  package let file: URL
  /// Its path below the folder that was asked for, without ending: `test403a`, `history/history2`.
  package let name: String
  /// What the manifest says of it; `mandatory` where there is no manifest.
  package let kind: Kind
  /// The script of a vector; nil for a test of the W3C, and for a file that is no script.
  package let script: VectorScript?
  /// A file of the document's name that is no script, and why: the vector cannot pass.
  package let broken: (file: URL, error: any Error)?

  /// Runs it on a virtual clock; a document that cannot be loaded has failed.
  ///
  /// - Parameter model: The data model that the W3C's tests are rewritten for: `mini` or
  ///   `ecmascript`; nil for the one of documents that name none.
  package func run(model: String? = nil) -> Outcome {
    do {
      if let broken { return .failed("\(broken.file.lastPathComponent): \(broken.error)") }
      if let script { return try script.run(Document(contentsOf: file)) }
      let document = try Document(
        contentsOf: file, conformance: Conformance(model: ModelName(model)))
      let processor = Processor()
      let session = processor.start(document)
      try processor.run(until: session)
      if session.finalState == "pass" { return .passed }
      if let end = session.finalState { return .failed("ended in \(end)") }
      return .failed("waits in \(session.configuration.joined(separator: " "))")
    } catch {
      return .failed("\(error)")
    }
  }
}
