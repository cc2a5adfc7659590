package import Foundation

/// One of the W3C's tests for SCXML processors: a document that ends in `pass` or `fail`.
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

  /// Whether it ended in the final state `pass`, as the plan asks for.
  package enum Outcome: Hashable, Sendable {
    case passed
    /// Where it ended or waits, or why it could not run.
    case failed(String)
  }

  /// The start document; others that it invokes lie beside it.
  package let file: URL
  /// What the manifest says of it; `mandatory` where there is no manifest.
  package let kind: Kind

  /// Its file without ending, such as `test403a`.
  package var name: String { file.deletingPathExtension().lastPathComponent }

  /// Runs it on a virtual clock; a document that cannot be loaded has failed.
  package func run() -> Outcome {
    do {
      let document = try Document(contentsOf: file, isConformanceTest: true)
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

  /// The tests of a folder in order of their numbers, with the manifest in it or above it.
  ///
  /// - Throws: When there is no such folder.
  package static func all(in folder: URL) throws -> [ConformanceTest] {
    let kinds = try manifest(of: folder)
    let names = try FileManager.default.contentsOfDirectory(atPath: folder.path)
    let tests = names.filter { $0.hasSuffix(".txml") || $0.hasSuffix(".scxml") }.map { name in
      let file = folder.appending(path: name)
      let kind = kinds[file.deletingPathExtension().lastPathComponent]
      return ConformanceTest(file: file, kind: kind ?? (kinds.isEmpty ? .mandatory : .unlisted))
    }
    return tests.sorted { $0.name.compare($1.name, options: .numeric) == .orderedAscending }
  }

  /// What the manifest says, by the name of the start document.
  private static func manifest(of folder: URL) throws -> [String: Kind] {
    let places = [folder, folder.deletingLastPathComponent()]
    let file = places.map { $0.appending(path: "manifest.xml") }.first {
      FileManager.default.fileExists(atPath: $0.path)
    }
    guard let file else { return [:] }
    let root = try ElementReader.read(try Data(contentsOf: file), file: file.path)
    var kinds: [String: Kind] = [:]
    for test in root.children("assert").flatMap({ $0.children("test") }) {
      let isManual = test.attributes["manual"] == "true"
      let isMandatory = test.attributes["conformance"] == "mandatory"
      for start in test.children("start") {
        let name = ((start.attributes["uri"] ?? "") as NSString).lastPathComponent
        let stem = (name as NSString).deletingPathExtension
        kinds[stem] = isManual ? .manual : isMandatory ? .mandatory : .optional
      }
    }
    return kinds
  }
}
