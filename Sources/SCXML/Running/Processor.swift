/// Runs sessions of SCXML documents that can invoke and speak to each other, on a virtual clock.
///
/// All that can be done now is done before the clock goes on to the next delayed event, so that a
/// test of thirty seconds takes none.
public final class Processor {
  /// What happens, for whoever watches.
  public enum Report: Sendable {
    /// A session takes an event out of a queue.
    case event(session: String, Event)
    /// A transition is taken; nil stands for an initial or a default one.
    case taken(session: String, transition: Int)
    /// A state was left, by its id.
    case exited(session: String, state: String)
    /// A state was entered, by its id.
    case entered(session: String, state: String)
    /// A `log` element.
    case log(session: String, String)
    /// A session ended in this final state; nil when it was cancelled.
    case ended(session: String, state: String?)
  }

  struct Timed {
    let due: UInt64
    let number: Int
    let event: Event
    let sender: String
    let target: String
  }

  /// Macrosteps of all sessions after which a run is given up.
  public static let macrostepsMax = 1_000_000
  /// Sessions that may exist at the same time.
  public static let sessionsMax = 1_000

  /// Nanoseconds since the processor was made.
  public private(set) var now: UInt64 = 0
  /// Told of everything that happens.
  public var report: ((Report) -> Void)?
  private(set) var sessions: [Session] = []
  private var timers: [Timed] = []
  private var counter = 0

  /// A processor without sessions.
  public init() {}

  /// Makes a session, which starts when the processor runs.
  public func start(_ document: Document) -> Session {
    let session = Session(document, id: "session\(next())", in: self)
    sessions.append(session)
    return session
  }

  /// Lets all sessions go on until this one has ended, or nobody has anything to do.
  ///
  /// - Parameters:
  ///   - session: One of this processor's.
  ///   - limit: Nanoseconds of the clock at which it stops all the same.
  /// - Throws: `ProcessorError`, when a session does not come to rest.
  public func run(until session: Session, limit: UInt64 = .max) throws(ProcessorError) {
    var turns = 0
    while !session.isEnded {
      let isBusy = try turn()
      turns += 1
      guard turns <= Self.macrostepsMax else {
        throw ProcessorError.endless("\(Self.macrostepsMax) macrosteps were not enough")
      }
      if !isBusy, !deliver(by: limit) { return }
    }
  }

  /// Each session that has something to do does one thing.
  private func turn() throws(ProcessorError) -> Bool {
    var isBusy = false
    for session in sessions where session.hasWork {
      try session.turn()
      isBusy = true
    }
    sessions.removeAll { $0.isEnded && $0.parent != nil }
    return isBusy
  }

  /// The clock goes to the next delayed event; false when none comes by then.
  private func deliver(by limit: UInt64) -> Bool {
    guard let first = timers.first, first.due <= limit else { return false }
    timers.removeFirst()
    now = max(now, first.due)
    guard let sender = sessions.first(where: { $0.id == first.sender }) else { return true }
    sender.dispatch(first.event, to: first.target)
    return true
  }

  /// A number that was not given before.
  func next() -> Int {
    counter += 1
    return counter
  }

  func delay(_ event: Event, by nanos: UInt64, to target: String, from session: Session) {
    let timed = Timed(
      due: now &+ nanos, number: next(), event: event, sender: session.id, target: target)
    let place = timers.lastIndex { $0.due <= timed.due }.map { $0 + 1 } ?? 0
    timers.insert(timed, at: place)
  }

  func cancel(_ sendID: String, of session: Session) {
    timers.removeAll { $0.sender == session.id && $0.event.sendID == sendID }
  }

  /// Adds the session of an invocation; false when there are too many.
  func add(_ session: Session) -> Bool {
    guard sessions.count < Self.sessionsMax else { return false }
    sessions.append(session)
    return true
  }

  func session(_ id: String) -> Session? { sessions.first { $0.id == id && !$0.isEnded } }
}

/// Why a run was given up.
public enum ProcessorError: Error, Hashable, Sendable, CustomStringConvertible {
  /// A session or the whole does not come to rest.
  case endless(String)

  /// One sentence.
  public var description: String {
    switch self {
    case .endless(let what): what
    }
  }
}

@available(*, unavailable)
extension Processor: Sendable {}
