import BatonCore

extension Document {
  /// Whether a transition names this event, or events whose names begin with it.
  package func names(_ event: String) -> Bool {
    transitions.contains { it in
      it.events.contains { $0 == event || $0.hasPrefix("\(event).") || $0 == "\(event)*" }
    }
  }
}

extension Session {
  /// The events that the active states have transitions for, as the document writes them.
  package var expected: [String] {
    var known: Set<ExactName> = []
    return waiting.flatMap(\.events).filter { known.insert(ExactName($0)).inserted }
  }

  /// Whether one of these is for an event of the name; its condition need not hold.
  package func expects(_ event: String) -> Bool { waiting.contains { $0.matches(event) } }

  private var waiting: [Document.Transition] {
    let active = Set(configuration.compactMap(document.state))
    return document.transitions.indices.filter {
      active.contains(document.structure.transitions[$0].source)
    }.map { document.transitions[$0] }
  }
}
