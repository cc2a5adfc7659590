import BatonSCXML

/// Whether some session takes a transition for an event that somebody has typed.
struct TypedEvent {
  private let name: String
  /// Sessions that have the event, and have taken no other one since.
  private var holders: Set<String> = []
  /// Whether one of them has taken a transition.
  private(set) var isTaken = false

  /// No event, which nothing takes.
  init() { name = "" }

  init(_ name: String) { self.name = name }

  /// Listens to what happens while the event is handled; sessions that it is forwarded to count.
  mutating func hear(_ report: Processor.Report) {
    switch report {
    case .event(let session, let event):
      if event.kind == .external, event.name == name {
        holders.insert(session)
      } else {
        holders.remove(session)
      }
    case .taken(let session, _): if holders.contains(session) { isTaken = true }
    case .exited, .entered, .log, .error, .ended: return
    }
  }
}
