/// Runs sessions of SCXML documents that can invoke and speak to each other, on a virtual clock.
///
///     ┌──────────── Processor: clock, ids, delayed events ───────────┐
///     │  Session "session1" ──invoke──▶ Session "session2" ──▶ …     │
///     │     ▲  │ send, #_parent, #_invokeid, #_scxml_sessionid  │    │
///     │     └──┴────────────────────────────────────────────────┘    │
///     └──── report: events, transitions, states, logs, ends ─────────┘
///
/// It is responsible for what no session can do alone: whose turn it is (each that has something to
/// do takes one external event to the end of its macrostep, in order of their making), the delays
/// of `send` (SCXML 6.2.4; of equal ones the first sent comes first), ids that were not given
/// before, and the way of an event to another session (appendix C.1, the SCXML event I/O
/// processor). All that can be done now is done before the clock goes on to the next delayed
/// event, so that a document of thirty seconds takes none.
///
/// It never looks at the time of day, never sleeps, and reads no network: of the event I/O
/// processors there is SCXML's own only. It gives up with an error where a document goes in
/// circles: see ``ProcessorError``.
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
    /// A `log` element: `label: value`, or the one of the two that is there (SCXML 4.7).
    case log(session: String, String)
    /// What became the event `error.execution`: `file:line: cond "x.y": what is wrong`.
    case error(session: String, String)
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
  package static let macrostepsMax = 1_000_000
  /// Turns after which a processor is given up that has not come to rest at one time of its clock:
  /// documents that send themselves events without a delay, for ever.
  package static let turnsMax = 20_000
  /// Sessions that may exist at the same time.
  package static let sessionsMax = 1_000

  /// Delayed events that may wait at the same time.
  package static let timersMax = 10_000
  /// Elements of executable content that one macrostep may run, loops counted out.
  package static let contentsMax = 1_000_000

  /// Nanoseconds since the processor was made.
  public private(set) var now: UInt64 = 0
  /// Called for everything that happens, inside the step; it may not run the processor.
  public var report: ((Report) -> Void)?
  private(set) var sessions: [Session] = []
  private var timers: [Timed] = []
  private var counter = 0
  /// Turns since all sessions were at rest.
  private var turnsSinceRest = 0
  let budget: ScriptBudget
  private var contents = 0

  /// A processor without sessions, its clock at 0.
  ///
  /// - Parameter limits: What the scripts of its sessions may use (SCXML B.2).
  public init(limits: ScriptLimits = ScriptLimits()) { budget = ScriptBudget(limits) }

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
      let isBusy = try step()
      turns += 1
      guard turns <= Self.macrostepsMax else {
        throw ProcessorError.endless(
          "\(session.document.file): \(Self.macrostepsMax) macrosteps were not enough", error: nil)
      }
      if !isBusy, !deliver(by: limit) { return }
    }
  }

  /// Lets the clock go on to a time, with all that comes until then.
  ///
  /// - Parameters:
  ///   - time: Nanoseconds since the processor was made; the clock never goes back.
  ///   - session: One of this processor's, which may end before.
  /// - Throws: As ``run(until:limit:)``.
  public func advance(to time: UInt64, with session: Session) throws(ProcessorError) {
    try run(until: session, limit: time)
    now = max(now, time)
  }

  /// Each session that has something to do does one thing; false when none has.
  package func step() throws(ProcessorError) -> Bool {
    var busy: Session?
    for session in sessions where session.hasWork {
      (contents, budget.spent) = (0, 0)
      try session.turn()
      busy = session
    }
    sessions.removeAll { $0.isEnded && $0.parent != nil }
    turnsSinceRest = busy == nil ? 0 : turnsSinceRest + 1
    guard let busy, turnsSinceRest > Self.turnsMax else { return busy != nil }
    turnsSinceRest = 0
    throw ProcessorError.endless(
      "\(busy.document.file): \(busy.id) sends and takes events without a delay for ever: more "
        + "than \(Self.turnsMax) macrosteps at \(Double(now) / 1e9) s, the last one of "
        + "\(busy.lastEvent)", error: nil)
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

  /// Counts an element that is run; false when the macrostep has run too many.
  func countContent() -> Bool {
    contents += 1
    return contents <= Self.contentsMax
  }

  func delay(
    _ event: Event, by nanos: UInt64, to target: String, from session: Session
  ) throws(ExpressionError) {
    guard timers.count < Self.timersMax else {
      throw ExpressionError("there are \(Self.timersMax) delayed events already")
    }
    let (due, isOver) = now.addingReportingOverflow(nanos)
    let timed = Timed(
      due: isOver ? .max : due, number: next(), event: event, sender: session.id, target: target)
    let place = timers.lastIndex { $0.due <= timed.due }.map { $0 + 1 } ?? 0
    timers.insert(timed, at: place)
  }

  func cancel(_ sendID: String, of session: Session) {
    let name = ExactName(sendID)
    timers.removeAll { $0.sender == session.id && $0.event.sendID.map(ExactName.init) == name }
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
  ///
  /// The error is the last one of the macrostep, which often is why: an expression of a transition
  /// without event that cannot be evaluated is an event, after which it is evaluated again.
  case endless(String, error: String?)

  /// Which limit was reached by which session, and the last error before that.
  public var description: String {
    switch self {
    case .endless(let what, let error):
      error.map { "\(what); the last error in it: \($0)" } ?? what
    }
  }
}

@available(*, unavailable)
extension Processor: Sendable {}
