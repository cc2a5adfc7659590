// swift-format-ignore-file: AlwaysUseLowerCamelCase

import BatonCore
import CBaton

/// A machine of a host's chart: takes events one at a time, and arms one timer for its delays.
///
/// It is what `Driver` is for charts of Swift, for a chart whose mistakes are the host's: what does
/// not come to rest is refused here, and ends no process.
@safe final class MachineHandle: Handle, Watcher {
  override class var mark: UInt { 0x2000 }

  let chart: ChartHandle
  private let trace: TraceHandle?
  private let number: UInt16
  private let calls: baton_machine_calls
  private let seat: UnsafeMutablePointer<HostMemory.Seat>
  /// The loop's, asked for the time with each event without a reference that is counted.
  private let kernel: Kernel
  // As in Driver, checks that nobody uses one of these while another does would cost most.
  // Safe: `isBusy` keeps every call that comes from inside of an event out of all of them, but for
  // those of actions, which reach the outbox as they are lent it.
  @safe @exclusivity(unchecked) var machine: Machine<HostChart>
  @safe @exclusivity(unchecked) private var outbox = Outbox<HostChart>()
  @safe @exclusivity(unchecked) private var pending: [HostEvent] = []
  @safe @exclusivity(unchecked) private(set) var isBusy = false
  @safe @exclusivity(unchecked) private(set) var hasBegun = false
  @safe @exclusivity(unchecked) private var armed: UInt64?
  @safe @exclusivity(unchecked) private var timer: Timer?
  /// Whether the end was told, or is not to be, as of a chart that has none.
  @safe @exclusivity(unchecked) private var isOver: Bool
  /// What was refused of events that nobody waits for, to be told behind them.
  private var untold: [MachineError] = []

  /// A machine that has not begun.
  init(
    _ chart: ChartHandle, _ trace: TraceHandle?, _ calls: baton_machine_calls,
    _ context: UnsafeMutableRawPointer?
  ) {
    self.chart = chart
    self.trace = trace
    kernel = chart.home.kernel
    isOver = !chart.isEnd.contains(true)
    // Safe: only stored; the functions live as long as the chart, the context as the machine.
    self.calls = calls
    unsafe seat = .allocate(capacity: 1)
    unsafe seat.initialize(
      to: HostMemory.Seat(
        guards: chart.guards, actions: chart.actions, delays: chart.delays, context: context))
    number = trace?.trace.register(Legend(chart.table, chart.names, instance: "")) ?? 0
    // Safe: as above.
    machine = Machine(
      chart.table, memory: unsafe HostMemory(seat), number: number, observer: trace?.trace)
    super.init(chart.home)
    use(chart)
    use(trace)
  }

  deinit {
    // Safe: allocated in `init`; the machine that had it is gone with this object.
    unsafe seat.deallocate()
  }

  override func end() {
    timer = nil
    trace?.trace.retire(number)
    leave(trace)
    leave(chart)
  }

  /// Issues the handle, and gives it to the actions to be.
  func issueItself(_ place: UnsafeMutablePointer<OpaquePointer?>?) throws(Hindrance) {
    // Safe: the caller's place, or NULL; the seat is this machine's.
    try unsafe issue(place)
    unsafe seat.pointee.machine = pointer
  }

  /// Whether a final state of the chart itself is active.
  var isDone: Bool { hasBegun && chart.isEnd[machine.state.index] }

  /// Where an action that runs puts what it wants; nil while none runs.
  var lentOutbox: UnsafeMutablePointer<Outbox<HostChart>>? {
    // Safe: the seat lives as long as this machine.
    unsafe seat.pointee.outbox
  }

  // MARK: Events

  /// Enters the initial states.
  func start() throws(Hindrance) {
    hasBegun = true
    isBusy = true
    let error = attempt { now throws(MachineError) in try machine.start(at: now, into: &outbox) }
    settle()
    if let error { throw .refused(error) }
  }

  /// Handles an event of the host's. Embedded Swift compiles all else to be small, where copying
  /// the event costs twice what it could.
  #if hasFeature(Embedded)
    @_optimize(speed) @inline(never)
  #else
    @inline(__always)
  #endif
  func send(
    _ number: UInt32, _ data: UnsafeRawPointer?, _ count: Int
  ) throws(Hindrance) -> CInt {
    // Safe: the bytes are the host's, which lends them for the call.
    try send(unsafe event(number, data, count))
  }

  /// Handles an event, and those that its actions send, to their end.
  @inline(__always)
  func send(_ event: HostEvent) throws(Hindrance) -> CInt {
    guard hasBegun, !isBusy else { return try wait(event) }
    isBusy = true
    var outcome = Outcome.unexpected
    var failure: MachineError?
    home.call {
      do throws(MachineError) {
        outcome = try machine.send(event, at: kernel.now(), into: &outbox)
      } catch {
        failure = error
      }
    }
    outbox.reset()
    trace?.trace.rested(number, in: machine.state.code)
    if failure != nil || !pending.isEmpty || hasMore {
      settle()
      if let failure { throw .refused(failure) }
    } else {
      isBusy = false
    }
    return CInt(outcome.rawValue)
  }

  /// Whether there is anything to do behind an event; asked first by what is stored, since all of
  /// the machine is copied for its deadline.
  @inline(__always)
  private var hasMore: Bool {
    ((machine.hasDelays || machine.hasPool) && machine.deadline != armed) || (!isOver && isDone)
  }

  /// Keeps an event that an action sends.
  @inline(never)
  private func wait(_ event: HostEvent) throws(Hindrance) -> CInt {
    guard hasBegun else { throw .rule("a machine is sent an event before it was started") }
    // Safe: only compared.
    guard unsafe lentOutbox != nil else {
      throw .rule("a machine is used in its own guards or delays")
    }
    guard pending.count < ChartLimits.waiting else {
      throw .refusal(
        Refusal(.usedUp, here: .number(UInt64(ChartLimits.waiting)), there: .number(1)),
        text: "64 events wait for the machine already")
    }
    pending.append(event)
    return Self.waits
  }

  private static let waits: CInt = 5

  /// The loop calls: a delay is due.
  func ready(_ what: Ready, watch: Int) {
    guard !isBusy else { return }
    isBusy = true
    armed = nil
    // Delays of no length come again without end; the loop has others to serve.
    for _ in 0..<Limits.microsteps {
      var fired = false
      let error = attempt { now throws(MachineError) in
        fired = true
        fired = try machine.fire(at: now, into: &outbox)
      }
      if let error { untold.append(error) }
      guard fired else { break }
    }
    settle()
  }

  private func attempt(_ body: (UInt64) throws(MachineError) -> Void) -> MachineError? {
    var failure: MachineError?
    home.call {
      do throws(MachineError) { try body(home.loop.now) } catch { failure = error }
    }
    outbox.reset()
    trace?.trace.rested(number, in: machine.state.code)
    return failure
  }

  /// Handles what waits, arms the timer, and tells what is to be told. Nothing of this machine is
  /// used behind that: its host may have destroyed it.
  @inline(never)
  private func settle() {
    // Safe: released where this function ends, and nothing is used of the machine behind that.
    let kept = unsafe Unmanaged.passRetained(self)
    defer { unsafe kept.release() }
    var next = 0
    while next < pending.count {  // Ends when no action sends anything more.
      let event = pending[next]
      next += 1
      let error = attempt { now throws(MachineError) in
        try machine.send(event, at: now, into: &outbox)
      }
      if let error { untold.append(error) }
      if next == ChartLimits.waiting {
        pending.removeFirst(next)
        next = 0
      }
    }
    pending.removeAll(keepingCapacity: true)
    isBusy = false
    if machine.deadline != armed { arm() }
    tell()
  }

  private func arm() {
    armed = machine.deadline
    guard let armed else {
      timer?.disarm()
      return
    }
    if timer == nil { timer = Timer(home.loop, calling: self) }
    timer?.arm(at: armed)
  }

  private func tell() {
    let errors = untold
    untold = []
    let ends = !isOver && isDone
    if ends { isOver = true }
    // Safe: the host's functions and context; a refusal outlives its call.
    let context = unsafe seat.pointee.context
    for error in errors {
      var why = baton_refusal(Refusal(error), text: Refusal.text(error))
      home.call { unsafe calls.failed?(&why, context) }
    }
    // Safe: as above.
    if ends { home.call { unsafe calls.done?(context) } }
  }

  // MARK: State

  /// The numbers of all active states, outer ones before inner ones.
  var configuration: [UInt32] {
    chart.table.plan.states.compactMap { state in
      machine.isActive(HostSymbol(rawValue: UInt8(state.symbol))) ? UInt32(state.symbol) + 1 : nil
    }
  }

  /// Puts the machine into a state that was saved; the bytes are as `SavedChart` made them.
  func restore(_ bytes: borrowing RawSpan, _ policy: TimerPolicy) throws(Hindrance) {
    let known = 1...UInt32(max(1, chart.names.events.count))
    do throws(SavedChart.Problem) {
      try SavedChart.restore(
        bytes, &machine, chart.names, at: home.loop.now, policy
      ) { known ~= $0.raw.number && $0.raw.count <= ChartLimits.eventData }
    } catch {
      throw error.hindrance(chart)
    }
    hasBegun = true
    isOver = isDone || !chart.isEnd.contains(true)
    arm()
  }
}

extension Hindrance {
  /// What a chart did not come to rest for.
  static func refused(_ error: MachineError) -> Self {
    .refusal(Refusal(error), text: Refusal.text(error))
  }
}

extension Refusal {
  /// What a chart did not come to rest for.
  init(_ error: MachineError) { self.init(.usedUp, here: .number(Self.limit(error)), there: .none) }

  private static func limit(_ error: MachineError) -> UInt64 {
    switch error {
    case .endlessMacrostep: UInt64(Limits.microsteps)
    case .overfullPool: UInt64(Limits.sends)
    case .overfullOutbox: UInt64(Limits.raised)
    }
  }

  static func text(_ error: MachineError) -> String {
    switch error {
    case .endlessMacrostep: "the chart does not come to rest in \(Limits.microsteps) steps"
    case .overfullPool: "more than \(Limits.sends) events are deferred or sent at one time"
    case .overfullOutbox: "more than \(Limits.raised) events are raised at one time"
    }
  }
}
