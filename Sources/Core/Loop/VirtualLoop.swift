/// A loop for tests: its clock stands still until it is told, and descriptors are ready when a test
/// says so.
///
/// One round calls, in this order: residents whose bell rang, signals, descriptors in order of
/// registration, and timers by deadline (by order of arming when that is the same).
public final class VirtualLoop: Loop {
  fileprivate enum Source {
    case descriptor(CInt, Ready)
    case signal(CInt)
    case bell(CInt)
    case group
  }

  fileprivate final class Entry {
    let registration: Registration
    let source: Source
    let watch: Int
    // Nil once it was removed.
    // Safe: a watcher removes its watch before it goes.
    unowned(unsafe) var watcher: (any Watcher)?
    var isActive = true
    // A group has neither watcher nor group, and is suspended at first.
    let group: Entry?

    /// Whether it is watched: not suspended, itself or with its group.
    var isWatched: Bool { isActive && group?.isActive != false }

    init(
      _ registration: Registration, _ source: Source, _ watcher: (any Watcher)?, _ watch: Int,
      in group: Entry?
    ) {
      self.group = group
      self.registration = registration
      self.source = source
      // Safe: the watch that this is for belongs to the watcher, who drops it before it goes.
      unsafe self.watcher = watcher
      self.watch = watch
    }
  }

  /// The kernel that the watched descriptors are open in.
  public let kernel: Kernel
  /// The virtual clock, in nanoseconds; only ``advance(to:)`` and its like move it.
  // Safe: a number, which is read and written as a whole and never lent.
  @safe @exclusivity(unchecked) public private(set) var now: UInt64
  private let asksKernel: Bool
  private let rounds = RoundList()
  private let timers = TimerList()
  private var entries: [Entry] = []
  private var residents: [(watcher: any Watcher, bell: Registration)] = []
  private var readiness: [CInt: Ready] = [:]
  private var signals: [CInt] = []
  private var nextNumber: UInt = 4

  /// Makes a loop whose clock shows `nanos`.
  ///
  /// With `asksKernel` a descriptor is also ready when the kernel says so
  /// (``Kernel/readiness(of:)``), which makes real sockets, or those of a simulated kernel, work
  /// under the virtual clock.
  public init(kernel: Kernel, asksKernel: Bool = false, startingAt nanos: UInt64 = 0) {
    self.kernel = kernel
    self.asksKernel = asksKernel
    self.now = nanos
  }

  // MARK: Driving, by the test

  /// Makes `descriptor` ready for `what`, once: it stays so until a watch that is active was called
  /// for it.
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

  /// Moves the clock on to `moment` and calls nobody: time that passes while a round runs.
  public func pass(to moment: UInt64) {
    precondition(moment >= now, "time does not run backwards")
    now = moment
  }

  /// When the next timer is due; nil when none is armed.
  public var nextDeadline: UInt64? {
    timers.nextDeadline
  }

  /// What `descriptor` is watched for at the moment.
  public func watched(_ descriptor: CInt) -> Ready {
    var all: Ready = []
    for entry in entries where entry.isWatched {
      if case .descriptor(descriptor, let what) = entry.source { all.formUnion(what) }
    }
    return all
  }

  // MARK: Registering

  /// Registers a descriptor, level-triggered, until removed.
  public func add(
    descriptor: CInt, for what: Ready, watcher: any Watcher, watch: Int
  ) -> Registration {
    precondition(!what.isEmpty && what.isSubset(of: [.read, .write]), "read, write or both")
    return insert(.descriptor(descriptor, what), watcher, watch)
  }

  /// Registers a group of descriptors, suspended at first.
  public func addGroup() -> Registration {
    let registration = insert(.group, nil, 0)
    suspend(registration)
    return registration
  }

  /// Registers a descriptor, level-triggered, in a group.
  public func add(
    descriptor: CInt, for what: Ready, watcher: any Watcher, watch: Int, in group: Registration
  ) -> Registration {
    precondition(!what.isEmpty && what.isSubset(of: [.read, .write]), "read, write or both")
    return insert(
      .descriptor(descriptor, what), watcher, watch, in: entries[index(of: group)])
  }

  /// Registers a timer, not armed; see ``arm(_:at:)``.
  public func addTimer(watcher: any Watcher, watch: Int) -> Registration {
    timers.add(watcher: watcher, watch: watch)
  }

  /// Registers a signal, which comes by ``raise(_:)`` only, until removed.
  public func add(signal: CInt, watcher: any Watcher, watch: Int) -> Registration {
    insert(.signal(signal), watcher, watch)
  }

  /// Registers for the end of each round, when all callbacks of the round have run.
  public func addRound(watcher: any Watcher, watch: Int) -> Registration {
    rounds.add(watcher: watcher, watch: watch)
  }

  /// Takes back any registration; its watcher is not called again.
  public func remove(_ registration: Registration) {
    switch registration.kind {
    case .round: return rounds.remove(registration)
    case .timer: return timers.remove(registration)
    case .cell, .part: break
    }
    let index = index(of: registration)
    // Safe: nothing is read, the reference is let go.
    unsafe entries[index].watcher = nil
    entries[index].isActive = false
    entries.remove(at: index)
  }

  /// Stops watching a descriptor without forgetting it; cheaper than to remove and to add it.
  public func suspend(_ registration: Registration) {
    entries[index(of: registration)].isActive = false
  }

  /// Watches a suspended descriptor again; what is ready already is told in the next round.
  public func resume(_ registration: Registration) {
    entries[index(of: registration)].isActive = true
  }

  /// Arms a timer for this time, once; one that was armed is moved.
  public func arm(_ registration: Registration, at deadline: UInt64) {
    timers.arm(registration, at: deadline)
  }

  /// Disarms a timer; legal when it is not armed.
  public func disarm(_ registration: Registration) { timers.disarm(registration) }

  /// Keeps `resident` and calls it when `bell` rings, until it is dismissed.
  public func install(_ resident: any Watcher, bell: CInt) {
    residents.append((resident, insert(.bell(bell), resident, 0)))
  }

  /// Lets go of a resident; its bell is no longer watched.
  public func dismiss(_ resident: any Watcher) {
    guard let index = residents.firstIndex(where: { $0.watcher === resident }) else { return }
    remove(residents.remove(at: index).bell)
  }

  private func insert(
    _ source: Source, _ watcher: (any Watcher)?, _ watch: Int, in group: Entry? = nil
  ) -> Registration {
    let registration = Registration(rawValue: nextNumber)
    nextNumber += 4  // Zero modulo four: rounds and timers have the odd numbers.
    entries.append(Entry(registration, source, watcher, watch, in: group))
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
    for entry in entries where entry.isWatched {
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
    let count = timers.armingCount
    var isAnyCalled = false
    while let due = timers.takeDue(at: now, armedUpTo: count) {
      due.watcher.ready(.timer, watch: due.watch)
      isAnyCalled = true
    }
    return isAnyCalled
  }
}

extension VirtualLoop.Entry {
  /// Calls the watcher unless it was removed or suspended, and says whether it did.
  fileprivate func call(_ what: Ready) -> Bool {
    // Safe: a watcher removes its watch before it goes; the copy keeps it for the call.
    guard isWatched, let watcher = unsafe watcher else { return false }
    watcher.ready(what, watch: watch)
    return true
  }
}

@available(*, unavailable)
extension VirtualLoop: Sendable {}
