/// Runs one machine on a loop: takes events one at a time, performs their effects in order, and
/// arms one timer for the machine's delays.
///
/// A subclass overrides `perform(_:)` and feeds outcomes back with `send(_:)`. An event that comes
/// while another is handled waits until that one's effects are performed: run to completion.
open class Driver<C: Chart>: Watcher {
  /// The loop that everything here is confined to.
  public final let loop: any Loop
  private var timer: Timer?
  @usableFromInline final let number: UInt16
  @usableFromInline final let observer: (any Observer)?
  // Two thirds of what an event cost were checks that nobody uses one of these five while another
  // does. Only this class names them, on the loop's thread, and no effect is performed while one is
  // lent: what is called meanwhile are the chart's pure functions and the observer, which only
  // takes records.
  // Safe: as said above; `isBusy` keeps an event that comes meanwhile out of all of them.
  @safe @exclusivity(unchecked) @usableFromInline final var pending: [C.Event] = []
  @safe @exclusivity(unchecked) @usableFromInline final var isBusy = false
  @safe @exclusivity(unchecked) @usableFromInline final var armed: UInt64?
  // Of another size in each chart, and so last: see `Machine.store`.
  @safe @exclusivity(unchecked) @usableFromInline final var machine: Machine<C>
  @safe @exclusivity(unchecked) @usableFromInline final var outbox = Outbox<C>()

  /// The watch number of the machine's timer; subclasses use others.
  public static var timerWatch: Int { .min }

  /// A driver whose machine has not started.
  ///
  /// - Parameters:
  ///   - loop: What arms the machine's timer; everything is confined to its thread.
  ///   - table: The chart's table, made once and shared by all machines of the chart.
  ///   - memory: The extended state to begin with.
  ///   - number: How records name the machine.
  ///   - observer: Sees every microstep and every rest.
  public init(
    _ loop: any Loop, _ table: Table<C>, memory: C.Memory, number: UInt16,
    observer: (any Observer)?
  ) {
    self.loop = loop
    self.number = number
    self.observer = observer
    machine = Machine(table, memory: memory, number: number, observer: observer)
  }

  /// Whether an event is being handled, so that one which is sent now waits.
  package final var isHandling: Bool { isBusy }

  /// The active leaf; with regions the first one in document order.
  @inlinable public final var state: C.State { machine.state }

  /// All active states in document order, outer ones before inner ones.
  public final var configuration: [C.State] { machine.configuration }

  /// The extended state as the last action left it.
  @inlinable public final var memory: C.Memory { machine.memory }

  /// The machine's whole state, for tests and explorers.
  public final var snapshot: Snapshot<C> { machine.snapshot }

  /// Enters the initial states and performs their effects. Called once, before any event is sent.
  public final func start() {
    isBusy = true
    attempt { (now) throws(MachineError) in try machine.start(at: now, into: &outbox) }
    flush()
    settle()
  }

  /// Handles an event, at once or behind the one that is being handled.
  ///
  /// Inlinable, so that a driver runs the code that was made for its chart: 40 times less of it.
  ///
  /// - Returns: What became of it; nil when it had to wait.
  @inlinable @discardableResult
  public final func send(_ event: C.Event) -> Outcome? {
    guard !isBusy else {
      pending.append(event)
      return nil
    }
    isBusy = true
    let outcome = handle(event)
    settle()
    return outcome
  }

  /// Performs one effect against the world; its outcome comes back as an event.
  open func perform(_ effect: C.Effect) {}

  /// The loop calls: the machine's timer, or a watch of the subclass, which overrides this.
  open func ready(_ what: Ready, watch: Int) {
    guard watch == Self.timerWatch, !isBusy else { return }
    isBusy = true
    armed = nil
    var fired = true
    while fired {  // Ends when no delay is due any more.
      attempt { (now) throws(MachineError) in
        fired = try machine.fire(at: now, into: &outbox)
      }
      flush()
    }
    settle()
  }

  /// A macrostep went beyond the chart's limits: a fault in the chart, and so this traps. A host
  /// that goes on overrides it: the machine rests in the leaf reached so far, what it emitted until
  /// then is performed next, and the event counts as refused.
  open func failed(_ error: MachineError) { Self.trap(error) }

  @inlinable final func handle(_ event: C.Event) -> Outcome {
    var outcome = Outcome.refused
    do { outcome = try machine.send(event, at: loop.now, into: &outbox) } catch { failed(error) }
    flush()
    return outcome
  }

  private func attempt(_ body: (UInt64) throws(MachineError) -> Void) {
    do { try body(loop.now) } catch { failed(error) }
  }

  @usableFromInline static func trap(_ error: MachineError) -> Never {
    switch error {
    case .endlessMacrostep: fatalError("a macrostep does not end")
    case .overfullPool: fatalError("a machine defers or sends too many events")
    case .overfullOutbox: fatalError("a macrostep wants too many effects")
    }
  }

  @inlinable final func flush() {
    let count = outbox.count
    for position in 0..<count { perform(outbox.effect(at: position)) }
    outbox.reset()
    observer?.rested(number, in: machine.state.code)
  }

  @inlinable final func settle() {
    var next = 0
    while next < pending.count {  // Ends when no effect brings a new event.
      let event = pending[next]
      next += 1
      _ = handle(event)
    }
    if next > 0 { pending.removeAll(keepingCapacity: true) }
    isBusy = false
    // Asked first by what is stored: the whole machine is copied for the other.
    if machine.hasDelays || machine.hasPool, machine.deadline != armed { arm() }
  }

  @usableFromInline final func arm() {
    armed = machine.deadline
    guard let armed else {
      timer?.disarm()
      return
    }
    if timer == nil { timer = Timer(loop, id: Self.timerWatch, calling: self) }
    timer?.arm(at: armed)
  }
}

@available(*, unavailable)
extension Driver: Sendable {}
