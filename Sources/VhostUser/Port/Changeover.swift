/// What a guest's change from one VMM to another cost while no ring of it ran: from the message by
/// which the former VMM stopped its last ring to the one by which the other started its first.
///
/// Most of it is the VMMs', which copy what was written last and load the devices; what a message
/// cost here, from the look at its socket to the answer, is the backend's own.
public struct Changeover: Hashable, Sendable {
  /// All of it, in nanoseconds.
  public var nanos: UInt64
  /// What of it the backend worked, in nanoseconds: all messages of both VMMs, the first and the
  /// last among them, and what waited for the guest. Beside that it has what the backend's thread
  /// waited for a processor meanwhile, which a VMM that was answered or woken may have.
  public var ownNanos: UInt64
  /// What the backend's thread had of a processor for that, in nanoseconds.
  public var processorNanos: UInt64
}

/// What the messages took that were there at one look at a VMM's socket.
struct Spell {
  /// On the loop's clock, in nanoseconds.
  var began: UInt64
  var ended: UInt64
  /// Of a processor, in nanoseconds.
  var processorNanos: UInt64
}

/// Measures the changes from one VMM to another at a port.
struct ChangeoverClock {
  /// Where rings were stopped, and since when, as far as it is known yet.
  private var stopped: (place: UInt8, since: UInt64?)?
  private var isOver = false
  private var (ownNanos, processorNanos): (UInt64, UInt64) = (0, 0)
  /// The last one that came to its end, and how many did.
  private(set) var last: Changeover?
  private(set) var count = 0

  /// So many rings of the session in this place run, where it was another number.
  mutating func rings(of place: UInt8, run count: Int, insteadOf former: Int) {
    if count == 0 {
      if stopped == nil {
        (stopped, isOver) = ((place, nil), false)
        (ownNanos, processorNanos) = (0, 0)
      }
    } else if count > former, let stopped {
      if stopped.place == place {
        // The same VMM goes on: nobody has changed.
        self.stopped = nil
      } else {
        isOver = true
      }
    }
  }

  /// Nobody is connected any more: who comes next brings another guest, or the same one back.
  mutating func forget() { stopped = nil }

  /// The session in this place has the TAP, of whose rings so many ran already: it had asked for
  /// it before the other one let it go.
  mutating func given(to place: UInt8, running count: Int) {
    if let stopped, stopped.place != place, count > 0 { isOver = true }
  }

  /// Messages of a VMM were looked at for so long; what they changed was told before.
  mutating func worked(_ spell: Spell) {
    guard let (place, since) = stopped else { return }
    let from = since ?? spell.began
    stopped = (place, from)
    ownNanos += spell.ended - spell.began
    processorNanos += spell.processorNanos
    guard isOver else { return }
    last = Changeover(
      nanos: spell.ended - from, ownNanos: ownNanos, processorNanos: processorNanos)
    count += 1
    stopped = nil
  }
}
