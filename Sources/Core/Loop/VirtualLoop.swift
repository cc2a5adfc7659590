/// A loop for tests: its clock stands still until it is told, and descriptors are ready when a test says so.
///
/// One round calls, in this order: residents whose bell rang, signals, descriptors in order of registration, and
/// timers by deadline (by order of arming when that is the same).
public final class VirtualLoop: Loop {
  fileprivate enum Source {
    case descriptor(CInt, Ready)
    case signal(CInt)
    case timer
    case bell(CInt)
  }

  fileprivate final class Entry {
    let registration: Registration
    let source: Source
    let watch: Int
    // Nil once it was removed.
    unowned(unsafe) var watcher: (any Watcher)?
    // Watched, or armed.
    var isActive: Bool
    var deadline: UInt64 = 0
    var armingOrder: UInt64 = 0

    init(
      _ registration: Registration, _ source: Source, _ watcher: any Watcher, _ watch: Int,
      isActive: Bool
    ) {
      self.registration = registration
      self.source = source
      unsafe self.watcher = watcher
      self.watch = watch
      self.isActive = isActive
    }
  }

  public let kernel: Kernel
  public private(set) var now: UInt64
  private let asksKernel: Bool
  private let rounds = RoundList()
  private var entries: [Entry] = []
  private var residents: [(watcher: any Watcher, bell: Registration)] = []
  private var readiness: [CInt: Ready] = [:]
  private var signals: [CInt] = []
  private var armingCount: UInt64 = 0
  private var nextNumber: UInt = 2

  /// Makes a loop whose clock shows `nanos`.
  ///
  /// With `asksKernel` a descriptor is also ready when the kernel says so (``Kernel/readiness(of:)``), which makes
  /// real sockets, or those of a simulated kernel, work under the virtual clock.
  public init(kernel: Kernel, asksKernel: Bool = false, startingAt nanos: UInt64 = 0) {
    self.kernel = kernel
    self.asksKernel = asksKernel
    self.now = nanos
  }

  // MARK: Driving, by the test

  /// Makes `descriptor` ready for `what`, once: it stays so until a watch that is active was called for it.
  public func signalReady(_ descriptor: CInt, _ what: Ready) {
    readiness[descriptor, default: []].formUnion(what)
  }

  /// Sends `signal` to the watches of it.
  public func raise(_ signal: CInt) { signals.append(signal) }

  /// Runs one round.
  ///
  /// - Returns: whether anybody was called.
  @discardableResult
  public func poll() -> Bool {
    let wasRung = callResidents()
    let wasSignalled = callSignals()
    let wasReady = callDescriptors()
    let wasDue = callTimers()
    rounds.end()
    return wasRung || wasSignalled || wasReady || wasDue
  }

  /// Runs rounds until one calls nobody; the clock stands still.
  ///
  /// It traps after `roundsMax` rounds: somebody keeps the loop busy for ever.
  public func runUntilIdle(roundsMax: Int = 10_000) {
    for _ in 0..<roundsMax where !poll() { return }
    preconditionFailure("the loop does not come to rest")
  }

  /// Moves the clock on to `moment`, and on the way runs until idle at every deadline.
  public func advance(to moment: UInt64) {
    precondition(moment >= now, "time does not run backwards")
    runUntilIdle()
    while let deadline = nextDeadline, deadline <= moment {
      now = max(now, deadline)
      runUntilIdle()
    }
    now = moment
  }

  /// Moves the clock on by `nanos`, like ``advance(to:)``.
  public func advance(by nanos: UInt64) { advance(to: now + nanos) }

  /// When the next timer is due; nil when none is armed.
  public var nextDeadline: UInt64? {
    entries.lazy.filter { $0.isArmedTimer }.map { $0.deadline }.min()
  }

  /// What `descriptor` is watched for at the moment.
  public func watched(_ descriptor: CInt) -> Ready {
    var all: Ready = []
    for entry in entries where entry.isActive {
      if case .descriptor(descriptor, let what) = entry.source { all.formUnion(what) }
    }
    return all
  }

  // MARK: Registering

  public func add(
    descriptor: CInt, for what: Ready, watcher: any Watcher, watch: Int
  ) -> Registration {
    precondition(!what.isEmpty && what.isSubset(of: [.read, .write]), "read, write or both")
    return insert(.descriptor(descriptor, what), watcher, watch, isActive: true)
  }

  public func addTimer(watcher: any Watcher, watch: Int) -> Registration {
    insert(.timer, watcher, watch, isActive: false)
  }

  public func add(signal: CInt, watcher: any Watcher, watch: Int) -> Registration {
    insert(.signal(signal), watcher, watch, isActive: true)
  }

  public func addRound(watcher: any Watcher, watch: Int) -> Registration {
    rounds.add(watcher: watcher, watch: watch)
  }

  public func remove(_ registration: Registration) {
    if rounds.remove(registration) { return }
    let index = index(of: registration)
    unsafe entries[index].watcher = nil
    entries[index].isActive = false
    entries.remove(at: index)
  }

  public func suspend(_ registration: Registration) {
    entries[index(of: registration)].isActive = false
  }

  public func resume(_ registration: Registration) {
    entries[index(of: registration)].isActive = true
  }

  public func arm(_ registration: Registration, at deadline: UInt64) {
    let entry = entries[index(of: registration)]
    armingCount += 1
    entry.armingOrder = armingCount
    entry.deadline = deadline
    entry.isActive = true
  }

  public func disarm(_ registration: Registration) { suspend(registration) }

  public func install(_ resident: any Watcher, bell: CInt) {
    residents.append((resident, insert(.bell(bell), resident, 0, isActive: true)))
  }

  public func dismiss(_ resident: any Watcher) {
    guard let index = residents.firstIndex(where: { $0.watcher === resident }) else { return }
    remove(residents.remove(at: index).bell)
  }

  private func insert(
    _ source: Source, _ watcher: any Watcher, _ watch: Int, isActive: Bool
  ) -> Registration {
    let registration = Registration(rawValue: nextNumber)
    nextNumber += 2  // Even, because the rounds' numbers are odd.
    entries.append(Entry(registration, source, watcher, watch, isActive: isActive))
    return registration
  }

  private func index(of registration: Registration) -> Int {
    guard let index = entries.firstIndex(where: { $0.registration == registration }) else {
      preconditionFailure("a registration that was removed was used")
    }
    return index
  }

  // MARK: Calling

  private func callResidents() -> Bool {
    var isAnyCalled = false
    for entry in entries {
      guard case .bell(let bell) = entry.source else { continue }
      if Linux.readiness(of: bell).contains(.read), entry.call(.read) { isAnyCalled = true }
    }
    return isAnyCalled
  }

  private func callSignals() -> Bool {
    var isAnyCalled = false
    let raised = signals
    signals = []
    for signal in raised {
      for entry in entries {
        guard case .signal(signal) = entry.source else { continue }
        if entry.call(.signal) { isAnyCalled = true }
      }
    }
    return isAnyCalled
  }

  private func callDescriptors() -> Bool {
    var hits: [(entry: Entry, descriptor: CInt, what: Ready, byHand: Ready)] = []
    for entry in entries where entry.isActive {
      guard case .descriptor(let descriptor, let wanted) = entry.source else { continue }
      let byHand = wanted.intersection(readiness[descriptor] ?? [])
      let asked = asksKernel ? wanted.intersection(kernel.readiness(of: descriptor)) : []
      let what = byHand.union(asked)
      if !what.isEmpty { hits.append((entry, descriptor, what, byHand)) }
    }
    for hit in hits { readiness[hit.descriptor]?.subtract(hit.byHand) }
    var isAnyCalled = false
    for hit in hits {
      if hit.entry.call(hit.what) {
        isAnyCalled = true
      } else if !hit.byHand.isEmpty {
        // Suspended by an earlier call of this round: it is still ready.
        signalReady(hit.descriptor, hit.byHand)
      }
    }
    return isAnyCalled
  }

  private func callTimers() -> Bool {
    let moment = now
    let due = entries.filter { $0.isArmedTimer && $0.deadline <= moment }
      .sorted { ($0.deadline, $0.armingOrder) < ($1.deadline, $1.armingOrder) }
    var isAnyCalled = false
    for entry in due where entry.isActive && entry.deadline <= moment {
      entry.isActive = false
      if entry.call(.timer, evenIfInactive: true) { isAnyCalled = true }
    }
    return isAnyCalled
  }
}

extension VirtualLoop.Entry {
  fileprivate var isArmedTimer: Bool {
    if case .timer = source { return isActive }
    return false
  }

  /// Calls the watcher unless it was removed or suspended, and says whether it did.
  fileprivate func call(_ what: Ready, evenIfInactive: Bool = false) -> Bool {
    // Safe: a watcher removes its watch before it goes; the copy keeps it for the call.
    guard isActive || evenIfInactive, let watcher = unsafe watcher else { return false }
    watcher.ready(what, watch: watch)
    return true
  }
}

@available(*, unavailable)
extension VirtualLoop: Sendable {}
