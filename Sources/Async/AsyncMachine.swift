public import BatonCore

/// A chart that runs for tasks: events are sent with `await`, and what it does is a sequence that
/// any number of tasks follow.
///
///     let door = AsyncMachine(Door.self, memory: .init()) { effect in
///       switch effect {
///       case .ring: .work { await bell.ring(); return .heard }
///       case .log: .done
///       }
///     }
///     let steps = await door.steps()
///     Task { for await step in steps { print(step) } }
///     try await door.send(.wrong)
///
/// An event is handled to completion before the next one is looked at; those of tasks of a higher
/// priority may overtake others, as with any actor. A machine ends with the last that holds it: a
/// task that follows it must not. Effects are begun in the order in which the chart asks for them;
/// what one has to wait for goes on by itself, and its outcome comes back as an event. Delays run
/// by a clock of the user's choice.
public actor AsyncMachine<C: Chart> {
  /// What becomes of an effect.
  public enum Handling: Sendable {
    /// It is done, or nothing has to be done.
    case done
    /// It goes on by itself, and an event may come of it. Work of a name cancels other work of that
    /// name, and does not wait for its end; all is cancelled when the machine is stopped.
    case work(name: String? = nil, @Sendable () async -> C.Event?)
    /// Work of a name is cancelled, and no event comes of it.
    case cancel(name: String)
  }

  /// One event, delay or beginning, and all that came of it.
  public struct Step: Sendable {
    /// The event; nil for a delay that ran out, for what the chart sent to itself, and for the
    /// beginning.
    public let event: C.Event?
    /// What became of the event, or of the delay, whose guard may not hold.
    public let outcome: Outcome
    /// The active leaf before; with regions the first one in document order.
    public let from: C.State
    /// The active leaf afterwards, likewise.
    public let to: C.State
    /// All active states afterwards, outer ones before inner ones.
    public let configuration: [C.State]
    /// What was asked for, in order.
    public let effects: [C.Effect]
    /// The microsteps, oldest first, for a trace.
    public let records: [TransitionRecord]
    /// Why the chart went no further: a mistake in it, and the machine rests where it is.
    public let failure: MachineError?
  }

  /// Nothing is handled any more.
  public struct Stopped: Error, Hashable {}

  private var machine: Machine<C>
  private var outbox = Outbox<C>()
  private let observer = StepObserver()
  private let begin: @Sendable (C.Effect) -> Handling
  /// The time in nanoseconds since the machine was made, and a wait of so many.
  private let clock: (now: @Sendable () -> UInt64, wait: @Sendable (UInt64) async throws -> Void)
  private var followers: [Int: AsyncStream<Step>.Continuation] = [:]
  private var lastFollower = 0
  private var work: [Int: (name: String?, task: Task<Void, Never>)] = [:]
  private var lastWork = 0
  private var alarm: Task<Void, Never>?
  private var armed: UInt64?
  private var hasStarted = false
  /// Whether ``stop()`` was called, after which nothing is handled.
  public private(set) var isStopped = false

  /// A machine that has not started.
  ///
  /// - Parameters:
  ///   - chart: The chart.
  ///   - memory: The extended state to begin with.
  ///   - table: Its table; the chart's own unless it is given.
  ///   - number: How records name the machine.
  ///   - clock: What delays run by.
  ///   - perform: Performs an effect, or says what has to be waited for. It is called in the order
  ///     of the effects, and must not wait.
  public init<K: Clock>(
    _ chart: C.Type = C.self, memory: C.Memory, table: Table<C>? = nil, number: UInt16 = 0,
    clock: K = ContinuousClock(),
    perform: @escaping @Sendable (C.Effect) -> Handling = { _ in .done }
  ) where K.Duration == Duration {
    let origin = clock.now
    self.clock = (
      { Self.nanoseconds(origin.duration(to: clock.now)) },
      { try await clock.sleep(until: origin.advanced(by: .nanoseconds($0)), tolerance: nil) }
    )
    machine = Machine(
      table ?? Table<C>.trusted(), memory: memory, number: number, observer: observer)
    begin = perform
  }

  deinit {
    alarm?.cancel()
    for each in work.values { each.task.cancel() }
    for follower in followers.values { follower.finish() }
  }

  /// The active leaf; with regions the first one in document order.
  public var state: C.State { machine.state }

  /// All active states in document order, outer ones before inner ones.
  public var configuration: [C.State] { machine.configuration }

  /// The extended state as the last action left it.
  public var memory: C.Memory { machine.memory }

  /// The machine's whole state between two steps.
  public var snapshot: Snapshot<C> { machine.snapshot }

  /// Enters the initial states, and begins their effects; nothing more when it has started.
  ///
  /// - Throws: ``Stopped``, or `MachineError` when the chart cannot begin: a mistake in it.
  public func start() throws {
    guard !isStopped else { throw Stopped() }
    guard !hasStarted else { return }
    hasStarted = true
    let step = handle(nil) { machine, outbox, now throws(MachineError) in
      try machine.start(at: now, into: &outbox)
      return .taken
    }
    if let failure = step.failure { throw failure }
  }

  /// Handles an event, and begins its effects. A machine that has not started starts with it.
  ///
  /// - Returns: What became of it.
  /// - Throws: ``Stopped``, or `MachineError` when the chart went beyond its limits: a mistake in
  ///   it, and the machine rests in the leaf reached so far.
  @discardableResult
  public func send(_ event: C.Event) throws -> Outcome {
    try start()
    let step = handle(event) { machine, outbox, now throws(MachineError) in
      try machine.send(event, at: now, into: &outbox)
    }
    if let failure = step.failure { throw failure }
    return step.outcome
  }

  /// What the machine does from here on, one element for each event and each delay.
  ///
  /// - Parameter policy: What becomes of steps that nobody takes in time; all are kept unless it is
  ///   said.
  public func steps(
    keeping policy: AsyncStream<Step>.Continuation.BufferingPolicy = .unbounded
  ) -> AsyncStream<Step> {
    let (stream, continuation) = AsyncStream.makeStream(of: Step.self, bufferingPolicy: policy)
    guard !isStopped else {
      continuation.finish()
      return stream
    }
    lastFollower += 1
    let number = lastFollower
    followers[number] = continuation
    continuation.onTermination = { [weak self] _ in
      Task { [weak self] in await self?.leave(number) }
    }
    return stream
  }

  /// Waits until a state is active: not at all when it is.
  ///
  /// - Throws: ``Stopped`` when the machine was stopped before, `CancellationError` when the task
  ///   was cancelled.
  public func reaches(_ state: C.State) async throws {
    if hasStarted, machine.configuration.contains(state) { return }
    for await step in steps() where step.configuration.contains(state) { return }
    try Task.checkCancellation()
    throw Stopped()
  }

  /// Ends it: delays run no more, what effects wait for is cancelled, and sequences end.
  public func stop() {
    isStopped = true
    alarm?.cancel()
    for each in work.values { each.task.cancel() }
    work = [:]
    for follower in followers.values { follower.finish() }
    followers = [:]
  }

  private func leave(_ number: Int) { followers[number] = nil }

  /// One step of the machine to completion; nothing here waits.
  @discardableResult
  private func handle(
    _ event: C.Event?,
    _ body: (inout Machine<C>, inout Outbox<C>, UInt64) throws(MachineError) -> Outcome
  ) -> Step {
    let from = machine.state
    observer.records = []
    var (outcome, failure) = (Outcome.refused, MachineError?.none)
    do throws(MachineError) {
      outcome = try body(&machine, &outbox, clock.now())
    } catch {
      failure = error
    }
    let effects = (0..<outbox.count).map { outbox[$0] }
    outbox.reset()
    let step = Step(
      event: event, outcome: outcome, from: from, to: machine.state,
      configuration: machine.configuration, effects: effects, records: observer.records,
      failure: failure)
    for follower in followers.values { follower.yield(step) }
    for effect in effects { perform(effect) }
    arm()
    return step
  }

  private func perform(_ effect: C.Effect) {
    switch begin(effect) {
    case .done: break
    case .cancel(let name): cancel(name)
    case .work(let name, let body):
      if let name { cancel(name) }
      lastWork += 1
      let number = lastWork
      let task = Task { [weak self] in
        let event = await body()
        await self?.finish(number, event)
      }
      work[number] = (name, task)
    }
  }

  private func cancel(_ name: String) {
    for (number, each) in work where each.name == name {
      each.task.cancel()
      work[number] = nil
    }
  }

  private func finish(_ number: Int, _ event: C.Event?) {
    guard work.removeValue(forKey: number) != nil, let event else { return }
    // What a chart does beyond its limits is told to all followers.
    _ = try? send(event)
  }

  /// Waits for the delay that is due first, and for no other.
  private func arm() {
    guard machine.deadline != armed else { return }
    alarm?.cancel()
    alarm = nil
    armed = machine.deadline
    guard let armed else { return }
    alarm = Task { [weak self, wait = clock.wait] in
      // A clock that cannot wait has no more to say of when.
      try? await wait(armed)
      guard !Task.isCancelled else { return }
      await self?.fire(armed)
    }
  }

  /// One delay at a time: whoever sends or stops comes in between.
  private func fire(_ deadline: UInt64) {
    guard !isStopped, armed == deadline else { return }
    armed = nil
    handle(nil) { [observer] machine, outbox, now throws(MachineError) in
      let isDue = try machine.fire(at: max(now, deadline), into: &outbox)
      return isDue ? observer.records.first?.outcome ?? .refused : .refused
    }
  }

  private static func nanoseconds(_ duration: Duration) -> UInt64 {
    let (seconds, attoseconds) = duration.components
    return UInt64(max(seconds, 0)) * 1_000_000_000 + UInt64(max(attoseconds, 0) / 1_000_000_000)
  }
}

/// Keeps the records of one step.
private final class StepObserver: Observer {
  var records: [TransitionRecord] = []
  func observed(_ record: TransitionRecord) { records.append(record) }
}

@available(*, unavailable)
extension StepObserver: Sendable {}
