public import BatonCore
import BatonTesting

/// One process' view of a ``SimulatedMachine``: behaves as Linux does in what a handover needs
/// (linux-tap 4.2 to 4.5; a differential test compares), counts its calls, and lets them fail.
public final class SimulatedKernel: SimulatedDatapath {
  public override func openTun() throws(SystemError) -> CInt {
    try enter(.open)
    return try add(SimulatedQueue(), .open)
  }

  public override func interfaceIndex(_ name: InterfaceName) throws(SystemError) -> UInt32 {
    try enter(.interfaceIndex)
    guard let tap = machine.interface(name) else {
      throw SystemError(call: .interfaceIndex, code: Errno.noDevice)
    }
    return tap.index
  }

  public override func interfaceMTU(_ name: InterfaceName) throws(SystemError) -> UInt32 {
    try enter(.interfaceMTU)
    guard let tap = machine.interface(name) else {
      throw SystemError(call: .interfaceMTU, code: Errno.noDevice)
    }
    return tap.numbers[.interfaceMTU] ?? 1_500
  }

  public override func setInterfaceMTU(
    _ name: InterfaceName, _ byteCount: UInt32
  ) throws(SystemError) {
    countTunMutation()
    try enter(.setInterfaceMTU)
    guard let tap = machine.interface(name) else {
      throw SystemError(call: .setInterfaceMTU, code: Errno.noDevice)
    }
    guard 68...65_521 ~= byteCount else {
      throw SystemError(call: .setInterfaceMTU, code: Errno.invalid)
    }
    tap.numbers[.interfaceMTU] = byteCount
  }

  public override func tunQueueCount(_ name: InterfaceName) throws(SystemError) -> UInt32 {
    try enter(.linkQueues)
    guard let tap = machine.interface(name), tap.isMultiQueue else { return 0 }
    return UInt32(tap.queues.count + tap.detached)
  }

  public override func tunFlags(_ name: InterfaceName) throws(SystemError) -> UInt16 {
    try enter(.linkQueues)
    return (machine.interface(name)?.flags ?? 0) & (TunFlag.tun | TunFlag.tap | TunFlag.multiQueue)
  }

  /// No interface of the machine has any.
  public override func tunHasInformation(_ name: InterfaceName) throws(SystemError) -> Bool {
    try enter(.linkQueues)
    return false
  }

  public override func macvtapIndex(_ name: InterfaceName) throws(SystemError) -> UInt32 { 0 }

  public override func openMacvtap(index: UInt32) throws(SystemError) -> CInt {
    try enter(.open)
    throw SystemError(call: .open, code: Errno.noEntry)
  }

  /// Nobody here is told of interfaces.
  public override func watchLinks() throws(SystemError) -> CInt {
    try enter(.socket)
    throw SystemError(call: .socket, code: Errno.notPermitted)
  }

  /// Nobody has started the process who waits to hear of it.
  public override func notify(
    path: borrowing SocketPath, state: [UInt8]
  ) throws(SystemError) {
    try enter(.send)
    throw SystemError(call: .send, code: Errno.noEntry)
  }

  /// Memory of the machine cannot be shortened.
  public override func guardMapping(
    _ address: UnsafeMutableRawPointer, byteCount: Int
  ) -> CInt { -1 }

  public override func isLost(_ mapping: CInt) -> Bool { false }
  public override func unguard(_ mapping: CInt) {}

  /// Work takes as long as nothing else has a processor.
  public override func worked() -> UInt64 { now() }

  /// The machine has one namespace, and does not tell which.
  public override func tunNetwork(_ fd: CInt) throws(SystemError) -> CInt {
    throw SystemError(call: .tunNetwork, code: Errno.notPermitted)
  }

  public override func openNetwork(_ path: String) throws(SystemError) -> CInt {
    throw SystemError(call: .open, code: Errno.noEntry)
  }

  public override func networkNumber(_ fd: CInt?) -> UInt64 { 0 }

  public override func enterNetwork(_ fd: CInt) throws(SystemError) -> CInt {
    throw SystemError(call: .enterNetwork, code: Errno.notPermitted)
  }

  public override func leaveNetwork(to home: CInt) throws(SystemError) {}

  public override func tunFeatures(_ fd: CInt) throws(SystemError) -> UInt32 {
    try enter(.tunFeatures)
    _ = try queue(fd, .tunFeatures)
    return TunFlag.features
  }

  public override func tunSetInterface(
    _ fd: CInt, name: InterfaceName, flags: UInt16
  ) throws(SystemError) -> InterfaceName {
    countTunMutation()
    try enter(.tunSetInterface)
    let queue = try queue(fd, .tunSetInterface)
    func refused(_ code: CInt) -> SystemError { SystemError(call: .tunSetInterface, code: code) }
    guard queue.tap == nil else { throw refused(Errno.exists) }
    let kept = flags & ~TunFlag.exclusive
    guard let tap = machine.interface(name) else {
      let tap = machine.makeInterface(name, flags: kept)
      queue.attach(to: tap)
      return tap.name
    }
    if flags & TunFlag.exclusive != 0 { throw refused(Errno.busy) }
    guard flags & TunFlag.tun == 0, (flags & TunFlag.multiQueue != 0) == tap.isMultiQueue else {
      throw refused(Errno.invalid)
    }
    guard tap.isMultiQueue || tap.queues.isEmpty else { throw refused(Errno.busy) }
    guard tap.queues.count + tap.detached < 256 else { throw refused(Errno.tooBig) }
    // Only who finds no queue there says how frames look.
    if tap.queues.isEmpty, tap.detached == 0 { tap.flags = kept }
    queue.attach(to: tap)
    return tap.name
  }

  public override func tunInterface(
    _ fd: CInt
  ) throws(SystemError) -> (name: InterfaceName, flags: UInt16) {
    let tap = try tap(fd, .tunInterface)
    let isDetached = try !queue(fd, .tunInterface).isAttached
    return (
      tap.name,
      tap.flags | (tap.isPersistent ? TunFlag.persist : 0) | (isDetached ? TunFlag.detach : 0)
    )
  }

  public override func tunSetHeaderSize(_ fd: CInt, _ byteCount: CInt) throws(SystemError) {
    countTunMutation()
    let tap = try tap(fd, .tunSetHeaderSize)
    guard byteCount >= 10 else {
      throw SystemError(call: .tunSetHeaderSize, code: Errno.invalid)
    }
    tap.headerSize = byteCount
  }

  public override func tunHeaderSize(_ fd: CInt) throws(SystemError) -> CInt {
    try tap(fd, .tunHeaderSize).headerSize
  }

  public override func tunSetSendBuffer(_ fd: CInt, _ byteCount: CInt) throws(SystemError) {
    countTunMutation()
    let tap = try tap(fd, .tunSetSendBuffer)
    guard byteCount > 0 else { throw SystemError(call: .tunSetSendBuffer, code: Errno.invalid) }
    tap.setSendBuffer(byteCount)
  }

  public override func tunSendBuffer(_ fd: CInt) throws(SystemError) -> CInt {
    _ = try tap(fd, .tunSendBuffer)
    return try queue(fd, .tunSendBuffer).sendBuffer
  }

  public override func tunSetOffload(_ fd: CInt, _ offload: UInt32) throws(SystemError) {
    countTunMutation()
    let tap = try tap(fd, .tunSetOffload)
    guard Self.isOffload(offload) else {
      throw SystemError(call: .tunSetOffload, code: Errno.invalid)
    }
    tap.offload = offload
  }

  public override func tunSetQueue(_ fd: CInt, isAttached: Bool) throws(SystemError) {
    countTunMutation()
    try enter(.tunSetQueue)
    try queue(fd, .tunSetQueue).setAttached(isAttached)
  }

  public override func tunSetPersistent(_ fd: CInt, _ isPersistent: Bool) throws(SystemError) {
    countTunMutation()
    try tap(fd, .tunSetPersistent).isPersistent = isPersistent
  }

  public override func tunSetCarrier(_ fd: CInt, isOn: Bool) throws(SystemError) {
    countTunMutation()
    try tap(fd, .tunSetCarrier).hasCarrier = isOn
  }

  /// TUN_F_ sets that the kernel takes (tun.c, set_offload).
  static func isOffload(_ offload: UInt32) -> Bool {
    let (checksum, segments4, segments6, congestion): (UInt32, UInt32, UInt32, UInt32) =
      (1, 2, 4, 8)
    let datagrams4: UInt32 = 0x20
    let datagrams6: UInt32 = 0x40
    let tunnel: UInt32 = 0x80
    let tunnelChecksum: UInt32 = 0x100
    var rest = offload
    guard rest & checksum != 0 else { return rest & ~0x10 == 0 && rest & 0x10 == 0 }
    rest &= ~checksum
    let hasSegments = rest & (segments4 | segments6 | datagrams4 | datagrams6) != 0
    rest &= ~(rest & (segments4 | segments6) != 0 ? segments4 | segments6 | congestion : 0)
    rest &= ~0x10
    if rest & (datagrams4 | datagrams6) == datagrams4 | datagrams6 {
      rest &= ~(datagrams4 | datagrams6)
    }
    if hasSegments, rest & tunnel != 0 { rest &= ~(tunnel | tunnelChecksum) }
    return rest == 0
  }
}
