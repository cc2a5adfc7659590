public import BatonCore
import BatonNet
import BatonTesting

/// One process' view of the machine's vhost-net, where that has one.
public class SimulatedDatapath: SimulatedParent {
  public override func openVhost() throws(SystemError) -> CInt {
    try enter(.open)
    guard machine.vhostFeatures != nil else {
      throw SystemError(call: .open, code: Errno.noEntry)
    }
    let vhost = SimulatedVhost(machine)
    vhost.isNonBlocking = true
    return try add(vhost, .open)
  }

  /// The file of a descriptor, which is this process's where it has to be.
  private func vhost(
    _ fd: CInt, _ call: Call, isOwned: Bool = true
  ) throws(SystemError) -> SimulatedVhost {
    try enter(call)
    guard let vhost = try file(fd, call) as? SimulatedVhost else {
      throw SystemError(call: call, code: Errno.notTerminal)
    }
    if isOwned, vhost.owner !== process {
      throw SystemError(call: call, code: Errno.notPermitted)
    }
    return vhost
  }

  /// The same of a ring that does not run.
  private func stopped(_ fd: CInt, _ call: Call, _ ring: Int) throws(SystemError) -> SimulatedVhost
  {
    let vhost = try vhost(fd, call)
    if vhost.isRunning(ring) { throw SystemError(call: call, code: Errno.busy) }
    return vhost
  }

  public override func vhostFeatures(_ fd: CInt) throws(SystemError) -> UInt64 {
    _ = try vhost(fd, .vhostFeatures, isOwned: false)
    return machine.vhostFeatures ?? 0
  }

  public override func vhostSetOwner(_ fd: CInt) throws(SystemError) {
    let vhost = try vhost(fd, .vhostSetOwner, isOwned: false)
    guard vhost.owner == nil else {
      throw SystemError(call: .vhostSetOwner, code: Errno.busy)
    }
    vhost.owner = process
  }

  public override func vhostSetFeatures(_ fd: CInt, _ features: UInt64) throws(SystemError) {
    let vhost = try vhost(fd, .vhostSetFeatures)
    guard features & ~(machine.vhostFeatures ?? 0) == 0 else {
      throw SystemError(call: .vhostSetFeatures, code: Errno.notSupported)
    }
    vhost.features = features
  }

  public override func vhostSetMemory(
    _ fd: CInt, _ memory: GuestMemory
  ) throws(SystemError) {
    try vhost(fd, .vhostSetMemory).memory = memory
  }

  public override func vhostSetSize(
    _ fd: CInt, ring: Int, _ size: UInt16
  ) throws(SystemError) {
    try stopped(fd, .vhostSetRingSize, ring).setSize(ring, size)
  }

  public override func vhostSetBase(
    _ fd: CInt, ring: Int, _ base: UInt16
  ) throws(SystemError) {
    try stopped(fd, .vhostSetRingBase, ring).setBase(ring, base)
  }

  public override func vhostBase(_ fd: CInt, ring: Int) throws(SystemError) -> UInt16 {
    try vhost(fd, .vhostRingBase).base(ring)
  }

  public override func vhostSetPlace(
    _ fd: CInt, ring: Int, descriptors: UInt, available: UInt, used: UInt
  ) throws(SystemError) {
    try stopped(fd, .vhostSetRingPlace, ring).setPlace(ring, (descriptors, available, used))
  }

  private func counter(_ fd: CInt, _ call: Call) throws(SystemError) -> SimulatedCounter {
    guard let counter = try file(fd, call) as? SimulatedCounter else {
      throw SystemError(call: call, code: Errno.invalid)
    }
    return counter
  }

  public override func vhostSetKick(
    _ fd: CInt, ring: Int, _ counter: CInt
  ) throws(SystemError) {
    let vhost = try vhost(fd, .vhostSetKick)
    vhost.setCounter(ring, \.kick, try self.counter(counter, .vhostSetKick))
  }

  public override func vhostSetCall(
    _ fd: CInt, ring: Int, _ counter: CInt
  ) throws(SystemError) {
    let vhost = try vhost(fd, .vhostSetCall)
    vhost.setCounter(ring, \.call, try self.counter(counter, .vhostSetCall))
  }

  public override func vhostSetError(
    _ fd: CInt, ring: Int, _ counter: CInt
  ) throws(SystemError) {
    let vhost = try vhost(fd, .vhostSetError)
    vhost.setCounter(ring, \.error, try self.counter(counter, .vhostSetError))
  }

  public override func vhostSetBusyLoop(
    _ fd: CInt, ring: Int, micros: UInt32
  ) throws(SystemError) {
    _ = try vhost(fd, .vhostSetBusyLoop)
  }

  public override func vhostSetBackend(
    _ fd: CInt, ring: Int, _ tap: CInt
  ) throws(SystemError) {
    let vhost = try vhost(fd, .vhostSetBackend)
    guard tap >= 0 else { return vhost.stop(ring) }
    guard let queue = try file(tap, .vhostSetBackend) as? SimulatedQueue, queue.tap != nil else {
      throw SystemError(call: .vhostSetBackend, code: Errno.notSocket)
    }
    guard vhost.start(ring, with: queue) else {
      throw SystemError(call: .vhostSetBackend, code: Errno.badAddress)
    }
  }
}
