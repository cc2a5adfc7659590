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
    let active = Set(configuration.compactMap(document.state))
    var known: Set<ExactName> = []
    return document.transitions.indices.flatMap { place in
      let isActive = active.contains(document.structure.transitions[place].source)
      return isActive ? document.transitions[place].events : []
    }.filter { known.insert(ExactName($0)).inserted }
  }
}
