import BatonCore
package import Foundation

/// A script for a document, in the format of SCION's vectors: events with data and times, and the
/// configurations that they lead to.
///
///     {"initialConfiguration": ["a"],
///      "events": [{"event": {"name": "t", "data": 1}, "after": 100, "nextConfiguration": ["b"]}]}
///
/// A configuration is a set of active states that have none inside; that of a document that has
/// ended is its final state. `after` waits so many milliseconds first, at most a billion. Events
/// that the document sends itself without a delay come before the next event of the script; a
/// configuration is right when it is reached before them or between them, since whoever recorded it
/// did not wait for them.
///
/// Keys that mean nothing are refused: one that is misspelt would be an expectation that nobody
/// looks at.
package struct VectorScript: Hashable, Sendable, Decodable {
  /// One event, and where it leads.
  package struct Step: Hashable, Sendable, Decodable {
    package struct Message: Hashable, Sendable, Decodable {
      private enum CodingKeys: String, CodingKey, CaseIterable { case name, data }

      package let name: String
      package let data: Value?

      package init(from decoder: any Decoder) throws {
        let container = try decoder.strict(CodingKeys.self)
        name = try container.decode(String.self, forKey: .name)
        data = try container.decodeIfPresent(Value.self, forKey: .data)
      }
    }

    /// What is waited for first.
    package struct Delay: Hashable, Sendable, Decodable {
      /// The longest that can be asked for.
      private static let most = 1e9

      package let milliseconds: Double

      /// - Throws: `DecodingError`, for a time that cannot be waited for.
      package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        milliseconds = try container.decode(Double.self)
        guard 0...Self.most ~= milliseconds else {
          throw DecodingError.dataCorruptedError(
            in: container,
            debugDescription: "\(milliseconds) is not possible: 0 to \(Int(Self.most)) are")
        }
      }
    }

    private enum CodingKeys: String, CodingKey, CaseIterable {
      case event, after, nextConfiguration
    }

    package let event: Message
    package let after: Delay?
    package let nextConfiguration: [String]

    package init(from decoder: any Decoder) throws {
      let container = try decoder.strict(CodingKeys.self)
      event = try container.decode(Message.self, forKey: .event)
      after = try container.decodeIfPresent(Delay.self, forKey: .after)
      nextConfiguration = try container.decode([String].self, forKey: .nextConfiguration)
    }
  }

  private enum CodingKeys: String, CodingKey, CaseIterable {
    /// The last one is what SCION's vectors expect of other rules than SCXML's.
    case initialConfiguration, events, legacySemantics
  }

  package let initialConfiguration: [String]
  package let events: [Step]

  package init(from decoder: any Decoder) throws {
    let container = try decoder.strict(CodingKeys.self)
    initialConfiguration = try container.decode([String].self, forKey: .initialConfiguration)
    events = try container.decode([Step].self, forKey: .events)
  }

  /// A script from its file.
  ///
  /// - Throws: Why it is none.
  package init(contentsOf file: URL) throws {
    self = try JSONDecoder().decode(VectorScript.self, from: try BoundedFile.read(file))
  }

  /// The script's file beside a document; nil when there is none.
  static func file(of document: URL) -> URL? {
    let stem = document.deletingPathExtension()
    return [stem, stem.deletingPathExtension()].map { $0.appendingPathExtension("json") }.first {
      FileManager.default.fileExists(atPath: $0.path)
    }
  }

  /// Runs a document by the script, to the first configuration that is another one.
  func run(_ document: Document) throws(ProcessorError) -> ConformanceTest.Outcome {
    var run = VectorRun(document, self)
    while let result = try run.next() {
      if let found = result.found {
        return .failed("\(result.what) leads to \(found), and not to \(result.expected)")
      }
    }
    return .passed
  }
}

/// A document that runs by a script, step by step.
package struct VectorRun {
  /// What one step came to.
  package struct Result {
    /// `the start`, or the event's name.
    package let what: String
    package let expected: [String]
    /// The configuration instead of the expected one; nil when it is that.
    package let found: [String]?
  }

  /// How long an end is waited for.
  private static let patience: UInt64 = 3_600_000_000_000

  package let processor: Processor
  package let session: Session
  private let script: VectorScript
  private var place = -1

  package init(
    _ document: Document, _ script: VectorScript, processor: Processor = Processor()
  ) {
    self.processor = processor
    self.script = script
    session = processor.start(document)
  }

  /// Starts, or sends the next event; nil when there is none left.
  package mutating func next() throws(ProcessorError) -> Result? {
    guard place < script.events.count else { return nil }
    defer { place += 1 }
    guard place >= 0 else { return try lead("the start", to: script.initialConfiguration) }
    let step = script.events[place]
    let nanoseconds = UInt64((step.after?.milliseconds ?? 0) * 1e6)
    try processor.advance(to: processor.now &+ nanoseconds, with: session)
    session.send(Event(step.event.name, data: step.event.data ?? .unbound))
    return try lead(step.event.name, to: step.nextConfiguration)
  }

  private func lead(_ what: String, to expected: [String]) throws(ProcessorError) -> Result {
    var isReached = false
    while !isReached, try processor.step() { isReached = isIn(expected) }
    // An end is waited for: nothing else can come.
    let isLast = place == script.events.count - 1
    if !isReached, isLast, session.document.ends(in: expected) {
      try processor.run(until: session, limit: processor.now &+ Self.patience)
    }
    return Result(
      what: what, expected: expected,
      found: isReached || isIn(expected) ? nil : session.atomicConfiguration)
  }

  private func isIn(_ expected: [String]) -> Bool {
    Set(expected.map(ExactName.init)) == Set(session.atomicConfiguration.map(ExactName.init))
  }
}

extension Document {
  /// Whether this is the configuration of a document that has ended.
  fileprivate func ends(in configuration: [String]) -> Bool {
    guard configuration.count == 1, let number = configuration.first.flatMap(state) else {
      return false
    }
    return structure.states[number].kind == .final && structure.states[number].parent == 0
  }
}
