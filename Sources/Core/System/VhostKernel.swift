/// The part of the boundary to the kernel that speaks to vhost-net (linux/vhost.h); ``Kernel`` is
/// all of it. Rings are vhost-net's own: 0 receives, 1 transmits.
///
/// What the kernel answers in which state is in docs/KERNELS.md.
open class VhostKernel {
  /// The rings of one descriptor: one to receive and one to transmit.
  public static let vhostRingCount = 2

  init() {}

  /// Opens /dev/vhost-net, not blocking; nobody owns the descriptor yet.
  open func openVhost() throws(SystemError) -> CInt { try Linux.openVhost() }

  /// What this kernel's vhost-net can do (VHOST_GET_FEATURES); needs no owner.
  open func vhostFeatures(_ fd: CInt) throws(SystemError) -> UInt64 { try Linux.vhostFeatures(fd) }

  /// Makes this process the owner, whose memory it works in (VHOST_SET_OWNER); EBUSY when it has
  /// one already.
  open func vhostSetOwner(_ fd: CInt) throws(SystemError) { try Linux.vhostSetOwner(fd) }

  /// What the guest's driver accepted of the features (VHOST_SET_FEATURES).
  open func vhostSetFeatures(_ fd: CInt, _ features: UInt64) throws(SystemError) {
    try Linux.vhostSetFeatures(fd, features)
  }

  /// Where the guest's memory is in this process (VHOST_SET_MEM_TABLE); it has to stay mapped.
  open func vhostSetMemory(_ fd: CInt, _ memory: GuestMemory) throws(SystemError) {
    try Linux.vhostSetMemory(fd, memory)
  }

  /// How many entries a ring has (VHOST_SET_VRING_NUM); EBUSY while it runs.
  open func vhostSetSize(_ fd: CInt, ring: Int, _ size: UInt16) throws(SystemError) {
    try Linux.vhostSetSize(fd, ring: ring, size)
  }

  /// At which index of the available ring it goes on (VHOST_SET_VRING_BASE); EBUSY while it runs.
  open func vhostSetBase(_ fd: CInt, ring: Int, _ base: UInt16) throws(SystemError) {
    try Linux.vhostSetBase(fd, ring: ring, base)
  }

  /// At which index of the available ring it stands (VHOST_GET_VRING_BASE).
  open func vhostBase(_ fd: CInt, ring: Int) throws(SystemError) -> UInt16 {
    try Linux.vhostBase(fd, ring: ring)
  }

  /// Where a ring's parts are in this process (VHOST_SET_VRING_ADDR); EBUSY while it runs.
  open func vhostSetPlace(
    _ fd: CInt, ring: Int, descriptors: UInt, available: UInt, used: UInt
  ) throws(SystemError) {
    try Linux.vhostSetPlace(fd, ring: ring, descriptors: descriptors, available, used)
  }

  /// The eventfd by which the guest notifies a ring (VHOST_SET_VRING_KICK).
  open func vhostSetKick(_ fd: CInt, ring: Int, _ counter: CInt) throws(SystemError) {
    try Linux.vhostSetKick(fd, ring: ring, counter)
  }

  /// The eventfd by which the guest is interrupted for a ring (VHOST_SET_VRING_CALL).
  open func vhostSetCall(_ fd: CInt, ring: Int, _ counter: CInt) throws(SystemError) {
    try Linux.vhostSetCall(fd, ring: ring, counter)
  }

  /// The eventfd by which it says that the guest has broken a ring (VHOST_SET_VRING_ERR).
  open func vhostSetError(_ fd: CInt, ring: Int, _ counter: CInt) throws(SystemError) {
    try Linux.vhostSetError(fd, ring: ring, counter)
  }

  /// How long it looks for more before it sleeps, in microseconds
  /// (VHOST_SET_VRING_BUSYLOOP_TIMEOUT).
  open func vhostSetBusyLoop(_ fd: CInt, ring: Int, micros: UInt32) throws(SystemError) {
    try Linux.vhostSetBusyLoop(fd, ring: ring, micros: micros)
  }

  /// Serves a ring with this queue of a TAP from now on, or stops it with -1
  /// (VHOST_NET_SET_BACKEND); a ring that stops has nothing in flight when the call returns.
  open func vhostSetBackend(_ fd: CInt, ring: Int, _ tap: CInt) throws(SystemError) {
    try Linux.vhostSetBackend(fd, ring: ring, tap)
  }
}

@available(*, unavailable)
extension VhostKernel: Sendable {}
