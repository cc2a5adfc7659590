import BatonCore

/// One running instance of a document: the queues, the data and the content of SCXML around Core's
/// interpreter, which knows numbers only.
///
/// The rules are those of the W3C's Recommendation, appendix D, procedure by procedure:
///
///     Processor.run                turn()              settle()                  Interpreter
///     next session, next event ──▶ external queue ──▶ ┌ eventless transitions ─▶ what is selected
///                                   (one event)       │ internal queue           what is left,
///                                                     └ invokes of new states ◀─ run and entered
///                                                       until nothing is left
///
/// | appendix D                  | here                                                  |
/// | --------------------------- | ----------------------------------------------------- |
/// | interpret                   | `turn`, the first time: data, global scripts, entry   |
/// | mainEventLoop, outer loop   | `turn`: one external event, `finalize`, autoforward   |
/// | mainEventLoop, inner loop   | `settle`: the macrostep, then the invokes             |
/// | selectTransitions, microstep| `select`, with conditions asked in document order     |
/// | exitInterpreter             | `end`, or `cancel` from outside                       |
///
/// It is responsible for what a step means: running content (an error ends its block, 4.9), binding
/// data early or late (5.3.3), done events (3.7), starting and cancelling invocations (6.4). It
/// never decides which transition is taken or in which order states are left: that is the
/// interpreter's. It never waits and has no clock: delayed events, and whatever is sent to another
/// session, go by its `Processor`. It is confined to one thread, as its processor is.
public final class Session {
  /// What invoked a session, and under which id.
  struct Parent {
    let session: Session
    let invokeID: String
  }

  /// A session that this one invoked.
  struct Invocation {
    let id: String
    let state: Int
    let element: InvokeElement
    let session: Session
  }

  /// Microsteps of one macrostep after which a session is given up.
  package static let microstepsMax = 10_000
  /// Events that may wait in the queues of one session.
  package static let queueMax = 10_000

  /// The value of `_sessionid`, which no other session of the processor has.
  public let id: String
  /// The document that this session is an instance of; others may run the same.
  public let document: Document
  unowned let processor: Processor
  let parent: Parent?
  var interpreter: Interpreter
  let model: any DataModel
  private var internalQueue: [Event] = []
  private var externalQueue: [Event] = []
  /// What the events of both queues weigh together, in bytes.
  private var weight = 0
  private var isFull = false
  /// The name of the last event that it took from outside, or from itself by way of outside.
  private(set) var lastEvent = ""
  /// The last error of the macrostep.
  private var lastError: ExpressionError?
  var invocations: [Invocation] = []
  /// States that were entered and whose invokes have not been started.
  var toInvoke: Set<Int> = []
  /// Values that the invoker gives for data of the document itself.
  var presets: [ExactName: Value] = [:]
  /// States whose data has its value, with late binding.
  var bound: Set<Int> = []
  var isStarted = false
  /// The final state of the document that was entered.
  private var last: Int?
  /// True when it has ended: in a final state, or cancelled.
  public private(set) var isEnded = false
  /// True from when the session that invoked it has ended it.
  private(set) var isCancelled = false
  /// The id of the final state in which the document ended; nil when it did not.
  public var finalState: String? { last.map { document.states[$0].id } }

  init(_ document: Document, id: String, in processor: Processor, parent: Parent? = nil) {
    self.document = document
    self.id = id
    self.processor = processor
    self.parent = parent
    interpreter = Interpreter(document.structure)
    model = processor.budget.model(document.model)
    model.host = ModelHost(
      isActive: { [weak self] in self?.isActive($0) ?? false },
      log: { [weak self] in self?.log($0) },
      now: { [weak processor] in Double(processor?.now ?? 0) / 1e6 })
    let location = Value.record(["location": .string("#_scxml_\(id)")])
    let variables: [(String, Value)] = [
      ("_sessionid", .string(id)), ("_name", .string(document.name)), ("_event", .unbound),
      ("_ioprocessors", .record(["scxml": location, Event.processor: location])),
      ("_x", .record([:])),
    ]
    // A model without memory for them has none for anything else either, and says so.
    for (name, value) in variables { try? model.setSystem(name, value) }
  }

  private func isActive(_ name: String) -> Bool {
    guard let state = document.state(name) else { return false }
    return interpreter.isActive(state)
  }

  /// A line for whoever watches.
  func log(_ text: String) { processor.report?(.log(session: id, text)) }

  /// The ids of the active states in document order.
  public var configuration: [String] {
    interpreter.configuration.filter { $0 != 0 }.map { document.states[$0].id }
  }

  /// The ids of the active states that have none inside; the final state when it has ended.
  package var atomicConfiguration: [String] {
    if let finalState { return [finalState] }
    return interpreter.configuration.compactMap { state in
      switch document.structure.states[state].kind {
      case .atomic, .final: document.states[state].id
      case .compound, .parallel, .history: nil
      }
    }
  }

  /// The value of a variable of the data model (SCXML 5.3); nil when it is not declared.
  public func value(of name: String) -> Value? { model.current(name) }

  /// Puts an event into the external queue; it is handled when the processor runs. One that is sent
  /// to a session that has ended is lost.
  public func send(_ event: Event) {
    guard admits(event) else { return }
    externalQueue.append(event)
  }

  /// Puts an event into the internal queue.
  func queue(_ event: Event) {
    guard admits(event) else { return }
    internalQueue.append(event)
  }

  /// Queues that overflow end the session with an error when it runs.
  private func admits(_ event: Event) -> Bool {
    weight += event.weight
    let count = internalQueue.count + externalQueue.count
    isFull = isFull || count >= Self.queueMax || weight > processor.budget.limits.byteCount
    return !isFull
  }

  private static func takeFirst(_ queue: inout [Event], _ weight: inout Int) -> Event? {
    guard !queue.isEmpty else { return nil }
    let event = queue.removeFirst()
    weight -= event.weight
    return event
  }

  var hasWork: Bool { !isEnded && (!isStarted || !externalQueue.isEmpty) }

  // MARK: The loop

  /// Starts, or handles one external event, to the end of the macrostep.
  func turn() throws(ProcessorError) {
    lastError = nil
    if !isStarted {
      isStarted = true
      initializeData()
      for script in document.scripts { run([script]) }
      interpreter.begin()
      takeSteps()
    } else if let event = Self.takeFirst(&externalQueue, &weight) {
      lastEvent = event.name
      setCurrent(event)
      hear(event)
      select(event)
    }
    try settle()
  }

  /// Eventless transitions and internal events until nothing is left, then the invokes of what was
  /// entered (appendix D, mainEventLoop).
  private func settle() throws(ProcessorError) {
    var steps = 0
    while !interpreter.isFinished {  // Ends when nothing is left, or the limit is reached.
      steps += 1
      guard steps <= Self.microstepsMax else {
        throw ProcessorError.endless(
          "\(document.file): a macrostep of \(id) is longer than \(Self.microstepsMax) microsteps",
          error: lastError?.description)
      }
      guard !isFull else {
        throw ProcessorError.endless(
          "\(document.file): the queues of \(id) are full: \(Self.queueMax) events, or "
            + "\(processor.budget.limits.byteCount) bytes", error: lastError?.description)
      }
      if select(nil) { continue }
      if let event = Self.takeFirst(&internalQueue, &weight) {
        setCurrent(event)
        select(event)
        continue
      }
      guard !toInvoke.isEmpty else { return }
      for state in toInvoke.sorted() { invoke(state) }
      toInvoke = []
    }
    end()
  }

  private func setCurrent(_ event: Event) {
    processor.report?(.event(session: id, event))
    do throws(ExpressionError) { try model.setSystem("_event", event.record) } catch {
      // An error about an error would come for ever.
      if event.name != "error.execution" { fail(error) }
      var event = event
      event.data = .unbound
      try? model.setSystem("_event", event.record)
    }
  }

  /// One microstep; false when nothing was selected.
  @discardableResult
  private func select(_ event: Event?) -> Bool {
    interpreter.beginSelection(eventless: event == nil)
    while let transition = interpreter.candidate {
      if isEnabled(transition, event) { interpreter.accept() } else { interpreter.reject() }
    }
    guard interpreter.prepare() else { return false }
    takeSteps()
    return true
  }

  private func isEnabled(_ transition: Int, _ event: Event?) -> Bool {
    let it = document.transitions[transition]
    if let event, !it.matches(event.name) { return false }
    guard let condition = it.condition else { return true }
    do throws(ExpressionError) {
      return try model.holds(condition)
    } catch {
      fail(error)
      return false
    }
  }

  private func takeSteps() {
    while let step = interpreter.nextStep() {
      switch step {
      case .exit(let state): leave(state)
      case .content(let transition):
        processor.report?(.taken(session: id, transition: transition))
        run(document.transitions[transition].contents)
      case .enter(let state): enter(state)
      case .done(let state, let final): finish(state, final)
      case .finished(let final): last = final
      }
    }
  }

  private func leave(_ state: Int) {
    toInvoke.remove(state)
    for block in document.states[state].exits { run(block) }
    for invocation in invocations where invocation.state == state {
      invocation.session.cancel()
    }
    invocations.removeAll { $0.state == state }
    processor.report?(.exited(session: id, state: document.states[state].id))
  }

  private func enter(_ state: Int) {
    toInvoke.insert(state)
    processor.report?(.entered(session: id, state: document.states[state].id))
    if document.bindsLate, bound.insert(state).inserted { setData(of: state) }
    for block in document.states[state].entries { run(block) }
  }

  /// The done event of a state; a parallel one that is done by its regions has no data.
  private func finish(_ state: Int, _ final: Int) {
    let isOwn = document.structure.states[final].parent == state
    var event = Event("done.state.\(document.states[state].id)", kind: .platform)
    if isOwn { event.data = result(of: final) }
    queue(event)
  }

  private func result(of final: Int) -> Value {
    do throws(ExpressionError) {
      return try data(document.states[final].result)
    } catch {
      fail(error)
      return .unbound
    }
  }

  /// Puts an error into the internal queue (SCXML 3.12.2).
  func fail(_ error: ExpressionError, sendID: String? = nil) {
    lastError = error
    processor.report?(.error(session: id, error.description))
    var event = Event("error.execution", kind: .platform, data: .string(error.description))
    event.sendID = sendID
    queue(event)
  }

  // MARK: The end

  /// Leaves all states and tells who invoked it (appendix D, exitInterpreter).
  private func end() {
    interpreter.beginExit()
    takeSteps()
    isEnded = true
    processor.report?(.ended(session: id, state: finalState))
    guard let parent else { return }
    var event = Event("done.invoke.\(parent.invokeID)")
    event.invokeID = parent.invokeID
    if let last { event.data = result(of: last) }
    parent.session.send(event)
  }

  /// Ends from outside: the states are left, and who invoked it hears nothing (SCXML 6.4.3).
  func cancel() {
    guard !isEnded else { return }
    isCancelled = true
    if isStarted {
      interpreter.beginExit()
      takeSteps()
    }
    isEnded = true
    processor.report?(.ended(session: id, state: nil))
  }
}

@available(*, unavailable)
extension Session: Sendable {}
