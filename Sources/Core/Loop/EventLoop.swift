import BatonCLibevent

/// The loop of a real process, on libevent's epoll.
///
/// It changes nothing process-wide, and the environment does not change it. Drive it with
/// ``run()``, or from a loop of the host's own with ``poll()``, or give it the host's `event_base`.
///
/// What the kernel refuses it ends nothing: a descriptor that epoll does not take is asked for with
/// poll(2), once a millisecond, until epoll does; see ``refusals``.
@safe public final class EventLoop: Loop {
  // What libevent holds for one registration; its address is the registration's name.
  @safe struct Cell {
    // Safe: a watch holds the loop, and its owner, the watcher, removes it before it goes.
    unowned(unsafe) let loop: EventLoop
    unowned(unsafe) let watcher: any Watcher
    let watch: Int
    var event: OpaquePointer?
  }

  private struct Resident {
    let watcher: any Watcher
    let registration: Registration
  }

  /// The kernel that the watched descriptors are open in.
  public let kernel: Kernel
  private let base: OpaquePointer
  private let ownsBase: Bool
  private let rounds = RoundList()
  let timers = TimerList()
  private var residents: [Resident] = []
  private var isDriving = false
  private var isStopping = false
  private var callCount: UInt64 = 0
  // Both are made when first needed: the one that fires our timers, and the one that ends a round
  // which the host drives.
  private var clockEvent: OpaquePointer?
  private var roundEvent: OpaquePointer?
  // The deadline that `clockEvent` waits for.
  private var scheduled: UInt64?
  // Every descriptor that is registered.
  var registered: [Registration] = []
  // Every group.
  var groups: [Registration] = []
  // Those of the registered that are watched and that the kernel does not take.
  var untaken: [Registration] = []
  // When those are asked for; nil when there are none.
  var askDeadline: UInt64?
  // What a host waits for in place of us; nil until it asked for that.
  var outlet: Outlet?
  /// What the kernel has refused the loop so far.
  public internal(set) var refusals = Refusals()

  /// Makes a loop with a base of its own; ends the process when it has no descriptors left for it,
  /// for which ``checkRoom(in:)`` asks.
  public init(kernel: Kernel) {
    self.kernel = kernel
    self.ownsBase = true
    // Safe: the configuration is ours and freed here; the base is freed in `deinit`.
    unsafe self.base = Self.makeBase()
  }

  /// Uses the host's `event_base`, which is not freed and has to outlive this loop and all its
  /// watches.
  ///
  /// The calls come on the thread that runs the base.
  public init(base: OpaquePointer, kernel: Kernel) {
    self.kernel = kernel
    self.ownsBase = false
    // Safe: the host promises that the base outlives us.
    unsafe self.base = base
  }

  deinit {
    for resident in residents { remove(resident.registration) }
    // Safe: every watch holds the loop, so nothing of ours is left on the base.
    if let event = unsafe clockEvent { unsafe event_free(event) }
    if let event = unsafe roundEvent { unsafe event_free(event) }
    // Safe: our events are freed above, and the base is our own.
    if ownsBase { unsafe event_base_free(base) }
  }

  private static func makeBase() -> OpaquePointer {
    // Safe: the configuration lives until it is freed below.
    guard let configuration = unsafe event_config_new() else {
      preconditionFailure("no memory for the loop")
    }
    let flags = [
      EVENT_BASE_FLAG_NOLOCK, EVENT_BASE_FLAG_IGNORE_ENV, EVENT_BASE_FLAG_PRECISE_TIMER,
    ]
    // Safe: the configuration is there, and takes only a flag.
    for flag in flags { unsafe event_config_set_flag(configuration, CInt(flag.rawValue)) }
    // Safe: the base copies what it needs, so that the configuration may be freed.
    let base = unsafe event_base_new_with_config(configuration)
    unsafe event_config_free(configuration)
    guard let base = unsafe base else { preconditionFailure("no descriptor for the loop") }
    return unsafe base
  }

  // MARK: Driving

  /// The kernel's monotonic clock, in nanoseconds.
  public var now: UInt64 { kernel.now() }

  /// Runs rounds until ``stop()``, or until nothing is watched; a ``WatchGroup`` is, suspended or
  /// not.
  public func run() {
    // Ends when somebody calls `stop`, or nothing is left that could.
    while !isStopping, round(EVLOOP_ONCE) {}
    isStopping = false
  }

  /// Waits until something happens and runs that one round.
  ///
  /// - Returns: false when nothing is watched, so that nothing can happen.
  @discardableResult
  public func runOnce() -> Bool { round(EVLOOP_ONCE) }

  /// Runs one round of what is ready now, without waiting.
  ///
  /// - Returns: whether anybody was called.
  @discardableResult
  public func poll() -> Bool {
    let before = callCount
    // libevent counts from when its event was added: later than we did, if we were held up there.
    if let deadline = nextDeadline, deadline <= now {
      scheduled = nil
      schedule()
    }
    // EVLOOP_NONBLOCK alone goes on as long as anything is ready.
    _ = round(EVLOOP_ONCE | EVLOOP_NONBLOCK)
    // It was ready for what is done by now, or is not due yet.
    outlet?.answer(nextDeadline)
    return callCount != before
  }

  /// Ends ``run()`` after this round; called before it, the next one ends at once.
  public func stop() { isStopping = true }

  private func round(_ flags: CInt) -> Bool {
    precondition(!isDriving, "a loop cannot be run from its own callback")
    isDriving = true
    // Safe: the base lives as long as the loop.
    let answer = unsafe event_base_loop(base, flags)
    if answer < 0 { serveUnwaited(mayRest: flags & EVLOOP_NONBLOCK == 0) }
    isDriving = false
    rounds.end()
    return answer <= 0
  }

  // MARK: Registering

  /// Registers a descriptor, level-triggered, until removed.
  public func add(
    descriptor: CInt, for what: Ready, watcher: any Watcher, watch: Int
  ) -> Registration {
    precondition(!what.isEmpty && what.isSubset(of: [.read, .write]), "read, write or both")
    let registration = addSuspended(
      descriptor: descriptor, for: what, watcher: watcher, watch: watch)
    resume(registration)
    return registration
  }

  func addSuspended(
    descriptor: CInt, for what: Ready, watcher: any Watcher, watch: Int
  ) -> Registration {
    let events = what.rawValue | Int16(EV_PERSIST)
    // Safe: libevent calls `deliver` with the cell that `make` gives it.
    return unsafe make(descriptor, events, deliver, watcher, watch)
  }

  /// Registers a group, suspended: an epoll set of its own, which costs a descriptor.
  public func addGroup() -> Registration { register(EpollGroup(self)) }

  /// Registers a descriptor, level-triggered, in a group.
  public func add(
    descriptor: CInt, for what: Ready, watcher: any Watcher, watch: Int, in group: Registration
  ) -> Registration {
    precondition(!what.isEmpty && what.isSubset(of: [.read, .write]), "read, write or both")
    guard let group = part(of: group)?.whole else {
      return add(descriptor: descriptor, for: what, watcher: watcher, watch: watch)
    }
    let member = EpollMember(group, descriptor, what, watcher, watch)
    group.add(member)
    return register(member)
  }

  /// Registers a timer, not armed; see ``arm(_:at:)``.
  public func addTimer(watcher: any Watcher, watch: Int) -> Registration {
    timers.add(watcher: watcher, watch: watch)
  }

  /// Registers a signal of this process (signal(7)), until removed.
  public func add(signal: CInt, watcher: any Watcher, watch: Int) -> Registration {
    let registration = register(SignalPart(self, signal, watcher, watch))
    // A mask outlives exec(2): who started us may have left it blocked, and it would wait for ever.
    kernel.admitSignal(signal)
    return registration
  }

  /// Registers for the end of each round, when all callbacks of the round have run.
  public func addRound(watcher: any Watcher, watch: Int) -> Registration {
    rounds.add(watcher: watcher, watch: watch)
  }

  /// Takes back any registration; its watcher is not called again.
  public func remove(_ registration: Registration) {
    switch registration.kind {
    case .round: return rounds.remove(registration)
    case .timer:
      timers.remove(registration)
      return schedule()
    case .part: return forget(registration)
    case .cell: break
    }
    suspend(registration)
    registered.removeAll { $0 == registration }
    // Safe: a registration is removed once; freeing an event is legal in its own callback.
    let cell = unsafe cell(of: registration)
    unsafe event_free(cell.pointee.event)
    unsafe cell.deinitialize(count: 1)
    unsafe cell.deallocate()
  }

  /// Stops watching a descriptor or a group without forgetting it; cheaper than to remove and to
  /// add it.
  public func suspend(_ registration: Registration) {
    if let part = part(of: registration) { return part.suspend() }
    forgo(registration)
    outlet?.forget(registration)
    // Safe: the registration is in force, so its cell and event are.
    unsafe unwatch(cell(of: registration).pointee.event)
  }

  /// Watches a suspended descriptor or group again.
  public func resume(_ registration: Registration) {
    if let part = part(of: registration) { return part.resume() }
    if !take(registration) { askInstead(for: registration) }
  }

  /// Arms a timer for this time, once; one that was armed is moved.
  public func arm(_ registration: Registration, at deadline: UInt64) {
    timers.arm(registration, at: deadline)
    schedule()
  }

  /// Disarms a timer; legal when it is not armed.
  public func disarm(_ registration: Registration) {
    timers.disarm(registration)
    schedule()
  }

  /// Keeps `resident` and calls it when `bell` rings, until it is dismissed.
  public func install(_ resident: any Watcher, bell: CInt) {
    let registration = add(descriptor: bell, for: .read, watcher: resident, watch: 0)
    residents.append(Resident(watcher: resident, registration: registration))
  }

  /// Lets go of a resident; its bell is no longer watched.
  public func dismiss(_ resident: any Watcher) {
    guard let index = residents.firstIndex(where: { $0.watcher === resident }) else { return }
    remove(residents.remove(at: index).registration)
  }

  private func make(
    _ descriptor: CInt, _ events: Int16, _ callback: event_callback_fn,
    _ watcher: any Watcher, _ watch: Int
  ) -> Registration {
    // Safe: the cell lives until `remove`, and the event, which is freed first, is all that points
    // to it.
    let cell = UnsafeMutablePointer<Cell>.allocate(capacity: 1)
    unsafe cell.initialize(to: Cell(loop: self, watcher: watcher, watch: watch))
    guard let event = unsafe event_new(base, descriptor, events, callback, cell) else {
      preconditionFailure("no memory for an event")
    }
    // Safe: the cell was initialised above, and nobody else knows of it yet.
    unsafe cell.pointee.event = event
    let registration = Registration(rawValue: UInt(bitPattern: cell))
    registered.append(registration)
    return registration
  }

  func cell(of registration: Registration) -> UnsafeMutablePointer<Cell> {
    // Safe: the number is the address that `make` answered.
    guard let cell = unsafe UnsafeMutablePointer<Cell>(bitPattern: registration.rawValue) else {
      preconditionFailure("a registration is never zero")
    }
    return unsafe cell
  }

  // MARK: Timers

  // libevent counts from the beginning of its round, so its event may come early; then nothing is
  // due yet and it is scheduled again.
  func fireTimers() {
    scheduled = nil
    askUntaken()
    let (moment, count) = (now, timers.armingCount)
    while let due = timers.takeDue(at: moment, armedUpTo: count) {
      willCall()
      due.watcher.ready(.timer, watch: due.watch)
    }
    schedule()
  }

  // One event of libevent waits for the earliest of our deadlines.
  func schedule() {
    guard let deadline = nextDeadline else {
      scheduled = nil
      // Safe: the event is ours until `deinit`.
      if let event = unsafe clockEvent { unsafe event_del(event) }
      outlet?.arm(at: nil)
      return
    }
    if deadline == scheduled { return }
    scheduled = deadline
    outlet?.arm(at: deadline)
    // libevent adds this to its own clock; farther away it is asked for in parts.
    let nanosMax: UInt64 = 1 << 54
    let moment = now
    let nanos = deadline > moment ? min(deadline - moment, nanosMax) : 0
    let micros = Int((nanos + 999) / 1000)
    var timeout = timeval(tv_sec: micros / 1_000_000, tv_usec: micros % 1_000_000)
    // Safe: made on our base, which outlives us; nobody but our `deinit` frees it.
    unsafe clockEvent = clockEvent ?? makeEvent(fire)
    // Safe: the event is ours until `deinit`, and libevent copies the timeout.
    let result = unsafe event_add(clockEvent, &timeout)
    precondition(result == 0, "no memory for a timer")
  }

  private func makeEvent(_ callback: event_callback_fn) -> OpaquePointer {
    // Safe: the loop outlives this event of its own, which is freed in `deinit`.
    let context = unsafe Unmanaged.passUnretained(self).toOpaque()
    guard let event = unsafe event_new(base, -1, 0, callback, context) else {
      preconditionFailure("no memory for an event")
    }
    return unsafe event
  }

  var nextDeadline: UInt64? {
    guard let askDeadline else { return timers.nextDeadline }
    return min(askDeadline, timers.nextDeadline ?? .max)
  }

  // MARK: Calling

  func willCall() {
    callCount &+= 1
    endRoundSoon()
  }

  /// Has the round watches called although nothing else may happen: after this round, or at once
  /// when none is on its way.
  public func endRoundSoon() {
    if isDriving || rounds.isEmpty { return }
    // Safe: made on our base, which outlives us; nobody but our `deinit` frees it.
    unsafe roundEvent = roundEvent ?? makeEvent(endRound)
    // Safe: an event that is made active again while it waits to be called is called once.
    unsafe event_active(roundEvent, Int32(EV_TIMEOUT), 0)
    outlet?.ring()
  }

  fileprivate func endHostRound() { rounds.end() }
}

@available(*, unavailable)
extension EventLoop: Sendable {}

// The three functions that libevent calls.

private func deliver(_: CInt, _ what: Int16, _ context: UnsafeMutableRawPointer?) {
  // Safe: the context is the cell that `make` gave to libevent, and lives as long as its event.
  let cell = unsafe context!.assumingMemoryBound(to: EventLoop.Cell.self).pointee
  EventLoop.call(cell, Ready(rawValue: what))
}

private func fire(_: CInt, _: Int16, _ context: UnsafeMutableRawPointer?) {
  // Safe: the context is the loop, which frees the event before it goes.
  let loop = unsafe Unmanaged<EventLoop>.fromOpaque(context!).takeUnretainedValue()
  loop.fireTimers()
}

private func endRound(_: CInt, _: Int16, _ context: UnsafeMutableRawPointer?) {
  // Safe: the context is the loop, which frees the event before it goes.
  let loop = unsafe Unmanaged<EventLoop>.fromOpaque(context!).takeUnretainedValue()
  loop.endHostRound()
}
