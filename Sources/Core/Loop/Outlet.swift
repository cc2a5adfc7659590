/// An epoll set with all that an ``EventLoop`` waits for, timers too: what a host watches that
/// waits itself.
///
/// libevent does not tell its own set, and arms its clock only when it waits.
final class Outlet {
  private struct Member {
    let registration: Registration
    let wanted: Ready
  }

  private let epoll: Descriptor
  private let clock: Descriptor
  // Several may watch one descriptor, which the kernel's set has once.
  private var members: [CInt: [Member]] = [:]
  private var descriptors: [Registration: CInt] = [:]
  // What the clock is armed for.
  private var deadline: UInt64?
  // A round was asked for, whatever timers say.
  private var isRung = false

  init(_ kernel: Kernel) throws(SystemError) {
    guard let number = Linux.createEpoll() else { throw Linux.lastRefusal(of: .watch) }
    epoll = Descriptor(owning: number, in: kernel)
    guard let clock = Linux.createTimer() else { throw Linux.lastRefusal(of: .watch) }
    self.clock = Descriptor(owning: clock, in: kernel)
    guard Linux.add(clock, for: .read, named: 0, to: number) else {
      throw Linux.lastRefusal(of: .watch)
    }
  }

  /// The set, which is ready for reading when anything in it is.
  var number: CInt { epoll.number }

  /// Takes a descriptor in; once more is as good as once.
  ///
  /// - Returns: false when the kernel refuses it.
  func watch(_ descriptor: CInt, for wanted: Ready, _ registration: Registration) -> Bool {
    if descriptors[registration] != nil { return true }
    let before = wish(of: descriptor)
    guard change(descriptor, from: before, to: before.union(wanted)) else { return false }
    descriptors[registration] = descriptor
    members[descriptor, default: []].append(Member(registration: registration, wanted: wanted))
    return true
  }

  /// Lets go of what this registration watches.
  func forget(_ registration: Registration) {
    guard let descriptor = descriptors.removeValue(forKey: registration) else { return }
    let before = wish(of: descriptor)
    members[descriptor]?.removeAll { $0.registration == registration }
    let after = wish(of: descriptor)
    if after.isEmpty { members[descriptor] = nil }
    // What the kernel does not let go of makes the host ask us in vain, and loses nothing.
    _ = change(descriptor, from: before, to: after)
  }

  private func wish(of descriptor: CInt) -> Ready {
    (members[descriptor] ?? []).reduce(into: []) { $0.formUnion($1.wanted) }
  }

  private func change(_ descriptor: CInt, from before: Ready, to after: Ready) -> Bool {
    if before == after { return true }
    if before.isEmpty { return Linux.add(descriptor, for: after, named: 0, to: number) }
    if after.isEmpty { return Linux.remove(descriptor, from: number) }
    // Not out and in again: that could be refused, and others who watch it would not be told.
    return Linux.change(descriptor, for: after, named: 0, in: number)
  }

  /// Makes the set ready at once, until ``answer(_:)``.
  func ring() {
    isRung = true
    set(0)
  }

  /// The round that was asked for is over, and the next timer is due at this time.
  func answer(_ deadline: UInt64?) {
    isRung = false
    set(deadline)
  }

  /// Makes the set ready at this time of CLOCK_MONOTONIC, at once for one that is past; nil for
  /// never.
  func arm(at deadline: UInt64?) { if !isRung { set(deadline) } }

  private func set(_ deadline: UInt64?) {
    // One that has passed stays ready, since nobody reads it.
    if deadline == self.deadline { return }
    self.deadline = deadline
    // Zero disarms the kernel's clock.
    Linux.setTimer(clock.number, to: deadline.map { max($0, 1) } ?? 0)
  }
}

@available(*, unavailable)
extension Outlet: Sendable {}
