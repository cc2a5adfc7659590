/// Groups, their members and signals, which are objects: a registration holds one by its address.
extension EventLoop {
  /// Two modulo four: no round, no timer and no cell has such a number.
  private static var mark: UInt { 2 }

  func register(_ part: GroupPart) -> Registration {
    // Safe: held until `forget`, which its owner calls once.
    let address = unsafe UInt(bitPattern: Unmanaged.passRetained(part).toOpaque())
    let registration = Registration(rawValue: address | Self.mark)
    if part.whole != nil { groups.append(registration) }
    return registration
  }

  /// The group, member or signal of this registration; nil for everything else.
  func part(of registration: Registration) -> GroupPart? {
    guard registration.kind == .part else { return nil }
    let address = registration.rawValue & ~Self.mark
    // Safe: the number is the address that `register` answered, and the object is held by it.
    guard let pointer = unsafe UnsafeRawPointer(bitPattern: address) else { return nil }
    return unsafe Unmanaged<GroupPart>.fromOpaque(pointer).takeUnretainedValue()
  }

  /// Takes a part out, and lets go of it.
  func forget(_ registration: Registration) {
    guard let part = part(of: registration) else { return }
    part.remove()
    if part.whole != nil { groups.removeAll { $0 == registration } }
    // Safe: the one that `register` took; whoever is called right now is held by its caller.
    unsafe Unmanaged.passUnretained(part).release()
  }

  /// The kernel would not let go of a descriptor.
  func noteUnwatched() {
    refusals.watches &+= 1
    refusals.last = Linux.lastRefusal(of: .watch)
  }

  /// The kernel would not say what is ready.
  func noteUnwaited() {
    refusals.waits &+= 1
    refusals.last = Linux.lastRefusal(of: .awaitReady)
  }
}
