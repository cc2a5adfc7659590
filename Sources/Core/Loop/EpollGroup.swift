/// What an ``EventLoop`` has registered beside libevent's events: a group, one of its members, or a
/// signal.
class GroupPart {
  /// The group that this is; nil for others.
  var whole: EpollGroup? { nil }
  func suspend() {}
  func resume() {}
  func remove() {}
}

/// A group of an ``EventLoop``: an epoll set of its own, which libevent watches like a descriptor.
///
/// A process that has no descriptor left for the set, and a descriptor that the kernel does not
/// take into it, fall back to a registration of their own with the loop, which is switched with
/// the group's.
final class EpollGroup: GroupPart, Watcher {
  // Safe: every watch and group holds the loop, so it is there as long as we are.
  unowned(unsafe) let loop: EventLoop
  private var epoll: Descriptor?
  // The set's own registration; nil without a set.
  private var registration: Registration?
  // Keeps the set with the loop while the group is suspended, by waiting for room to write, which
  // no set ever has: to add a set anew the kernel looks at each descriptor in it.
  private var anchor: Registration?
  private var members: [EpollMember?] = []
  private var freeSlots: [Int] = []
  // How many members were added so far: a slot that is used again is told from what it was.
  private var generation: UInt32 = 0
  private var found: [Linux.ReadyName] = []
  private(set) var isActive = false
  // Whether any member has ever had a registration of its own.
  private var hasOwn = false

  init(_ loop: EventLoop) {
    // Safe: only stored here.
    unsafe self.loop = loop
    super.init()
    guard let number = Linux.createEpoll() else { return }
    epoll = Descriptor(owning: number, in: loop.kernel)
    registration = loop.addSuspended(descriptor: number, for: .read, watcher: self, watch: 0)
    anchor = loop.add(descriptor: number, for: .write, watcher: self, watch: 0)
  }

  override var whole: EpollGroup? { self }
  override func suspend() { turn(false) }
  override func resume() { turn(true) }

  private func turn(_ isOn: Bool) {
    guard isActive != isOn else { return }
    isActive = isOn
    if let registration {
      // Safe: the loop is there as long as we are.
      unsafe isOn ? loop.resume(registration) : loop.suspend(registration)
    }
    if hasOwn { for member in members { member?.turnOwn(isOn) } }
  }

  /// Closes the set first, so that its descriptors need not be taken out one by one.
  override func remove() {
    turn(false)
    // Safe: the loop is there as long as we are.
    if let registration { unsafe loop.remove(registration) }
    registration = nil
    // Safe: the loop is there as long as we are.
    if let anchor { unsafe loop.remove(anchor) }
    anchor = nil
    epoll = nil
  }

  // MARK: Members

  func add(_ member: EpollMember) {
    if let slot = freeSlots.popLast() {
      member.slot = slot
      members[slot] = member
    } else {
      member.slot = members.count
      members.append(member)
    }
    generation &+= 1
    member.generation = generation
    watch(member)
  }

  func watch(_ member: EpollMember) {
    if member.own == nil, let set = epoll?.number,
      Linux.add(member.descriptor, for: member.wanted, named: member.name, to: set)
    {
      return
    }
    hasOwn = true
    // Safe: the loop is there as long as we are.
    let loop = unsafe loop
    // Safe: as above; the member's owner removes it before it goes.
    let watcher = unsafe member.watcher
    member.own =
      member.own
      ?? loop.addSuspended(
        descriptor: member.descriptor, for: member.wanted, watcher: watcher, watch: member.watch)
    member.turnOwn(isActive)
  }

  func unwatch(_ member: EpollMember) {
    if member.own != nil { return member.turnOwn(false) }
    guard let set = epoll?.number else { return }
    // One that stays in the kernel's list calls nobody, as with libevent.
    // Safe: the loop is there as long as we are.
    if !Linux.remove(member.descriptor, from: set) { unsafe loop.noteUnwatched() }
  }

  func remove(_ member: EpollMember) {
    if member.isActive { unwatch(member) }
    // Safe: the loop is there as long as we are.
    if let own = member.own { unsafe loop.remove(own) }
    members[member.slot] = nil
    freeSlots.append(member.slot)
  }

  func isRegistered(_ descriptor: CInt) -> Bool {
    members.contains { $0?.descriptor == descriptor && $0?.own == nil }
  }

  // MARK: Calling

  /// Calls the members that are ready; a call may suspend or remove any, and the group itself.
  func ready(_ what: Ready, watch: Int) {
    guard let set = epoll?.number else { return }
    // Nobody may be called again while the list is walked: the loop does not run in its callbacks.
    var found = found
    self.found = []
    if !Linux.ready(in: set, &found) { ask(&found) }
    for entry in found where isActive {
      guard let member = member(entry.name), member.isActive else { continue }
      // Safe: the loop is there as long as we are.
      unsafe loop.willCall()
      // Safe: the member is registered, so its watcher is there; the copy holds it for the call.
      let watcher = unsafe member.watcher
      watcher.ready(entry.what, watch: member.watch)
    }
    self.found = found
  }

  /// The member of this name, unless it was removed.
  private func member(_ name: UInt64) -> EpollMember? {
    let slot = Int(name & 0xffff_ffff)
    guard slot < members.count, let member = members[slot], member.name == name else { return nil }
    return member
  }

  /// The kernel would not say who is ready (epoll_wait(2)): each is asked by poll(2).
  private func ask(_ found: inout [Linux.ReadyName]) {
    // Safe: the loop is there as long as we are.
    unsafe loop.noteUnwaited()
    for member in members {
      guard let member, member.isActive, member.own == nil else { continue }
      let what = Linux.readiness(of: member.descriptor).intersection(member.wanted)
      if !what.isEmpty { found.append(Linux.ReadyName(name: member.name, what: what)) }
    }
  }
}

/// One descriptor of a group.
final class EpollMember: GroupPart {
  let group: EpollGroup
  let descriptor: CInt
  let wanted: Ready
  let watch: Int
  // Safe: the owner of the watch removes it before it goes.
  unowned(unsafe) let watcher: any Watcher
  var slot = 0
  var generation: UInt32 = 0
  private(set) var isActive = true
  /// Its own registration with the loop, when the group's set has no place for it.
  var own: Registration?

  init(
    _ group: EpollGroup, _ descriptor: CInt, _ wanted: Ready, _ watcher: any Watcher, _ watch: Int
  ) {
    self.group = group
    self.descriptor = descriptor
    self.wanted = wanted
    self.watch = watch
    // Safe: only stored here.
    unsafe self.watcher = watcher
  }

  /// How the set knows it: its slot, and which member of that slot it is.
  var name: UInt64 { UInt64(generation) << 32 | UInt64(UInt32(truncatingIfNeeded: slot)) }

  override func suspend() {
    guard isActive else { return }
    isActive = false
    group.unwatch(self)
  }

  override func resume() {
    guard !isActive else { return }
    isActive = true
    group.watch(self)
  }

  override func remove() { group.remove(self) }

  /// Switches its own registration, if it has one; on only while it is not suspended itself.
  func turnOwn(_ isOn: Bool) {
    guard let own else { return }
    // Safe: the group's loop is there as long as the group is.
    unsafe isOn && isActive ? group.loop.resume(own) : group.loop.suspend(own)
  }
}

@available(*, unavailable)
extension GroupPart: Sendable {}
