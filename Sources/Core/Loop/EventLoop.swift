import BatonCLibevent

/// The loop of a real process, on libevent's epoll.
///
/// It changes nothing process-wide, and the environment does not change it. Drive it with ``run()``, or from a loop of
/// the host's own with ``poll()``, or give it the host's `event_base`.
@safe public final class EventLoop: Loop {
  // What libevent holds for one registration; its address is the registration's name.
  @safe fileprivate struct Cell {
    unowned(unsafe) let loop: EventLoop
    unowned(unsafe) let watcher: any Watcher
    let watch: Int
    var event: OpaquePointer?
    // When a timer is to fire.
    var deadline: UInt64 = 0
  }

  private struct Resident {
    let watcher: any Watcher
    let registration: Registration
  }

  public let kernel: Kernel
  private let base: OpaquePointer
  private let ownsBase: Bool
  private let rounds = RoundList()
  private var residents: [Resident] = []
  private var isDriving = false
  private var isStopping = false
  private var callCount: UInt64 = 0
  // Ends a round that the host drives; made when first needed.
  private var roundEvent: OpaquePointer?

  /// Makes a loop with a base of its own; traps when the process has no descriptor left for it.
  public init(kernel: Kernel) {
    self.kernel = kernel
    self.ownsBase = true
    // Safe: the configuration is ours and freed here; the base is freed in `deinit`.
    unsafe self.base = Self.makeBase()
  }

  /// Uses the host's `event_base`, which is not freed and has to outlive this loop and all its watches.
  ///
  /// The calls come on the thread that runs the base.
  public init(base: OpaquePointer, kernel: Kernel) {
    self.kernel = kernel
    self.ownsBase = false
    unsafe self.base = base
  }

  deinit {
    for resident in residents { remove(resident.registration) }
    // Safe: every watch holds the loop, so nothing of ours is left on the base.
    unsafe roundEvent.map { unsafe event_free($0) }
    // Safe: as above, and the base is our own.
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
    // Safe: as above.
    for flag in flags { unsafe event_config_set_flag(configuration, CInt(flag.rawValue)) }
    // Safe: as above.
    let base = unsafe event_base_new_with_config(configuration)
    unsafe event_config_free(configuration)
    guard let base = unsafe base else { preconditionFailure("no descriptor for the loop") }
    return unsafe base
  }

  // MARK: Driving

  /// The kernel's monotonic clock.
  public var now: UInt64 { kernel.now() }

  /// Runs rounds until ``stop()``, or until nothing is watched.
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
    _ = round(EVLOOP_NONBLOCK)
    return callCount != before
  }

  /// Ends ``run()`` after this round; called before it, the next one ends at once.
  public func stop() { isStopping = true }

  private func round(_ flags: CInt) -> Bool {
    precondition(!isDriving, "a loop cannot be run from its own callback")
    isDriving = true
    // Safe: the base lives as long as the loop.
    let answer = unsafe event_base_loop(base, flags)
    precondition(answer >= 0, "the kernel refused to wait")
    isDriving = false
    rounds.end()
    return answer == 0
  }

  // MARK: Registering

  public func add(
    descriptor: CInt, for what: Ready, watcher: any Watcher, watch: Int
  ) -> Registration {
    precondition(!what.isEmpty && what.isSubset(of: [.read, .write]), "read, write or both")
    let events = what.rawValue | Int16(EV_PERSIST)
    // Safe: libevent calls `deliver` with the cell that `make` gives it.
    let registration = unsafe make(descriptor, events, deliver, watcher, watch)
    resume(registration)
    return registration
  }

  public func addTimer(watcher: any Watcher, watch: Int) -> Registration {
    // Safe: libevent calls `fire` with the cell that `make` gives it.
    unsafe make(-1, 0, fire, watcher, watch)
  }

  public func add(signal: CInt, watcher: any Watcher, watch: Int) -> Registration {
    let events = Int16(EV_SIGNAL | EV_PERSIST)
    // Safe: libevent calls `deliver` with the cell that `make` gives it.
    let registration = unsafe make(signal, events, deliver, watcher, watch)
    resume(registration)
    return registration
  }

  public func addRound(watcher: any Watcher, watch: Int) -> Registration {
    rounds.add(watcher: watcher, watch: watch)
  }

  public func remove(_ registration: Registration) {
    if rounds.remove(registration) { return }
    let cell = unsafe cell(of: registration)
    // Safe: a registration is removed once; freeing an event is legal in its own callback.
    unsafe event_free(cell.pointee.event)
    unsafe cell.deinitialize(count: 1)
    unsafe cell.deallocate()
  }

  public func suspend(_ registration: Registration) {
    // Safe: the registration is in force, so its cell and event are.
    unsafe event_del(cell(of: registration).pointee.event)
  }

  public func resume(_ registration: Registration) {
    // Safe: the registration is in force, so its cell and event are.
    let result = unsafe event_add(cell(of: registration).pointee.event, nil)
    precondition(result == 0, "the kernel refused to watch a descriptor")
  }

  public func arm(_ registration: Registration, at deadline: UInt64) {
    let cell = unsafe cell(of: registration)
    // Safe: the registration is in force, so its cell and event are.
    unsafe cell.pointee.deadline = deadline
    unsafe schedule(cell)
  }

  public func disarm(_ registration: Registration) {
    // Safe: the registration is in force, so its cell and event are.
    unsafe event_del(cell(of: registration).pointee.event)
  }

  public func install(_ resident: any Watcher, bell: CInt) {
    let registration = add(descriptor: bell, for: .read, watcher: resident, watch: 0)
    residents.append(Resident(watcher: resident, registration: registration))
  }

  public func dismiss(_ resident: any Watcher) {
    guard let index = residents.firstIndex(where: { $0.watcher === resident }) else { return }
    remove(residents.remove(at: index).registration)
  }

  // libevent counts from the beginning of its round, so an event may come early: `fire` asks the clock.
  fileprivate func schedule(_ cell: UnsafeMutablePointer<Cell>) {
    let nanosMax: UInt64 = 1 << 54
    // Safe: whoever calls this holds a registration in force.
    let deadline = unsafe cell.pointee.deadline
    let moment = now
    let nanos = deadline > moment ? min(deadline - moment, nanosMax) : 0
    let micros = Int((nanos + 999) / 1000)
    var timeout = timeval(tv_sec: micros / 1_000_000, tv_usec: micros % 1_000_000)
    // Safe: libevent copies the timeout.
    let result = unsafe event_add(cell.pointee.event, &timeout)
    precondition(result == 0, "no memory for a timer")
  }

  private func make(
    _ descriptor: CInt, _ events: Int16, _ callback: event_callback_fn,
    _ watcher: any Watcher, _ watch: Int
  ) -> Registration {
    // Safe: the cell lives until `remove`, and the event, which is freed first, is all that points to it.
    let cell = UnsafeMutablePointer<Cell>.allocate(capacity: 1)
    unsafe cell.initialize(to: Cell(loop: self, watcher: watcher, watch: watch))
    guard let event = unsafe event_new(base, descriptor, events, callback, cell) else {
      preconditionFailure("no memory for an event")
    }
    unsafe cell.pointee.event = event
    return Registration(rawValue: UInt(bitPattern: cell))
  }

  private func cell(of registration: Registration) -> UnsafeMutablePointer<Cell> {
    guard let cell = unsafe UnsafeMutablePointer<Cell>(bitPattern: registration.rawValue) else {
      preconditionFailure("a registration is never zero")
    }
    return unsafe cell
  }

  // MARK: Calling

  fileprivate func willCall() {
    callCount &+= 1
    if isDriving || rounds.isEmpty { return }
    // Safe: the loop outlives this event of its own, which is freed in `deinit`.
    if unsafe roundEvent == nil {
      let context = unsafe Unmanaged.passUnretained(self).toOpaque()
      unsafe roundEvent = event_new(base, -1, 0, endRound, context)
    }
    // Safe: an event that is made active again while it waits to be called is called once.
    unsafe event_active(roundEvent, Int32(EV_TIMEOUT), 0)
  }

  fileprivate func endHostRound() { rounds.end() }
}

@available(*, unavailable)
extension EventLoop: Sendable {}

// The three functions that libevent calls. Each copies what it needs out of the cell, because the
// call may free that, and holds the watcher, because the call may drop its last owner.

private func deliver(_: CInt, _ what: Int16, _ context: UnsafeMutableRawPointer?) {
  // Safe: the context is the cell that `make` gave to libevent, and lives as long as its event.
  let cell = unsafe context!.assumingMemoryBound(to: EventLoop.Cell.self).pointee
  let watcher = unsafe cell.watcher
  unsafe cell.loop.willCall()
  watcher.ready(Ready(rawValue: what), watch: cell.watch)
}

private func fire(_: CInt, _: Int16, _ context: UnsafeMutableRawPointer?) {
  // Safe: as in `deliver`.
  let cell = unsafe context!.assumingMemoryBound(to: EventLoop.Cell.self)
  let loop = unsafe cell.pointee.loop
  if unsafe loop.now < cell.pointee.deadline {
    unsafe loop.schedule(cell)
  } else {
    unsafe deliver(-1, Ready.timer.rawValue, context)
  }
}

private func endRound(_: CInt, _: Int16, _ context: UnsafeMutableRawPointer?) {
  // Safe: the context is the loop, which frees the event before it goes.
  let loop = unsafe Unmanaged<EventLoop>.fromOpaque(context!).takeUnretainedValue()
  loop.endHostRound()
}
