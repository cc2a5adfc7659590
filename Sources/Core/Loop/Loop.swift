/// What every loop gives: ``EventLoop`` on libevent, and ``VirtualLoop`` with a clock of its own.
///
/// A loop is confined to one thread; ``Mailbox`` is the one way in from another. Owners use
/// ``Watch``, ``WatchGroup``, ``Timer``, ``SignalWatch`` and ``RoundWatch``, which give back what
/// they registered; these are what those are made of.
public protocol Loop: AnyObject {
  /// The kernel that the watched descriptors are open in.
  var kernel: Kernel { get }

  /// Monotonic nanoseconds, by the loop's own clock.
  var now: UInt64 { get }

  /// Registers a descriptor, level-triggered, until removed; `what` is read, write or both.
  func add(
    descriptor: CInt, for what: Ready, watcher: any Watcher, watch: Int
  ) -> Registration

  /// Registers a group, suspended: descriptors that are watched and let go of together.
  func addGroup() -> Registration

  /// Registers a descriptor as ``add(descriptor:for:watcher:watch:)`` does; its watcher is called
  /// while neither it nor its group is suspended.
  func add(
    descriptor: CInt, for what: Ready, watcher: any Watcher, watch: Int, in group: Registration
  ) -> Registration

  /// Registers a timer, not armed; see ``arm(_:at:)``.
  func addTimer(watcher: any Watcher, watch: Int) -> Registration

  /// Registers a signal of this process (signal(7)), until removed.
  func add(signal: CInt, watcher: any Watcher, watch: Int) -> Registration

  /// Registers for the end of each round, when all callbacks of the round have run.
  func addRound(watcher: any Watcher, watch: Int) -> Registration

  /// Has the round watches called after this round, or at once when none is on its way: for what
  /// came about in a call from outside of the loop.
  func endRoundSoon()

  /// Takes back any registration; its watcher is not called again.
  func remove(_ registration: Registration)

  /// Stops watching a descriptor, or all of a group, without forgetting it; cheaper than to remove
  /// and to add it.
  func suspend(_ registration: Registration)

  /// Watches a suspended descriptor or group again; what is ready is told in the next round.
  func resume(_ registration: Registration)

  /// Arms a timer for this time, once; one that was armed is moved.
  func arm(_ registration: Registration, at deadline: UInt64)

  /// Disarms a timer; legal when it is not armed.
  func disarm(_ registration: Registration)

  /// Keeps `resident` alive and calls it for reading when `bell` rings, until it is dismissed or
  /// the loop ends.
  ///
  /// The bell is an eventfd of the real kernel even on a virtual loop, because it is rung from
  /// other threads.
  func install(_ resident: any Watcher, bell: CInt)

  /// Lets go of a resident; its bell is no longer watched.
  func dismiss(_ resident: any Watcher)
}

extension Loop {
  /// A loop that a test drives ends a round whenever it is asked for one.
  public func endRoundSoon() {}
}

/// What a loop knows a watch by; only the loop that gave it can read it.
public struct Registration: Hashable, Sendable, BitwiseCopyable {
  /// A number that means something to the loop that made it.
  public let rawValue: UInt

  /// Makes the name of a registration, as a loop does.
  public init(rawValue: UInt) {
    self.rawValue = rawValue
  }
}

extension Registration {
  /// What an ``EventLoop`` has under this number, by its last two bits; see ``RoundList``,
  /// ``TimerList`` and ``EventLoop/addGroup()``.
  enum Kind {
    case cell, round, part, timer
  }

  var kind: Kind {
    switch rawValue & 3 {
    case 0: .cell
    case 1: .round
    case 2: .part
    case _: .timer
    }
  }
}
