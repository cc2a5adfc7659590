import BatonCore
import Foundation

/// An SCXML document, ready to run in any number of sessions.
public struct Document: Sendable {
  /// What a state does; by the number that `structure` gives it.
  struct State: Sendable {
    var id: String
    var entries: [[Content]] = []
    var exits: [[Content]] = []
    var data: [DataElement] = []
    var invokes: [InvokeElement] = []
    /// What a final state gives to its parent's done event.
    var result = EventPayload()
  }

  /// What a transition reacts to and does.
  struct Transition: Sendable {
    var events: [String] = []
    var condition: Code?
    var contents: [Content] = []
  }

  /// What errors call the document: the path of its file, or what was given for one.
  package let file: String
  /// The `name` attribute; empty when there is none.
  public let name: String
  /// The data model that it names, or the one for documents that name none.
  let model: ModelName
  /// The states and transitions as numbers; state 0 is the document.
  let structure: Structure
  /// Folder that `file:` names are relative to; nil for a document without one.
  let folder: URL?
  let states: [State]
  let transitions: [Transition]
  /// Global scripts, in document order.
  let scripts: [Content]
  /// What of the document does not run, a sentence each with file and line; the rest runs.
  public let notes: [String]
  /// True when data of a state gets its value when the state is entered first.
  let bindsLate: Bool
  let numbers: [ExactName: Int]
  /// How names of the W3C's conformance namespace were rewritten; nil when they were not.
  let conformance: Conformance?

  /// The id of a state, by its number.
  package func id(of state: Int) -> String { states[state].id }

  /// The number of the state of this id.
  package func state(_ id: String) -> Int? { numbers[ExactName(id)] }
}

extension Document.Transition {
  /// Whether an event of this name meets one of the descriptors (SCXML 3.12.1).
  func matches(_ name: String) -> Bool {
    events.contains { descriptor in
      guard descriptor != "*" else { return true }
      guard name.utf8.starts(with: descriptor.utf8) else { return false }
      let rest = name.utf8.dropFirst(descriptor.utf8.count)
      return rest.isEmpty || rest.first == UInt8(ascii: ".")
    }
  }
}
