import BatonCLinux

/// The part of the boundary to the kernel that knows of network namespaces, and of interfaces that
/// are no TAPs but serve as one; ``Kernel`` is all of it.
open class NetworkKernel: VhostKernel {
  /// Opens the character device of the macvtap interface with this index.
  open func openMacvtap(index: UInt32) throws(SystemError) -> CInt {
    try Linux.openMacvtap(index: index)
  }

  /// The index of a macvtap or an ipvtap (RTM_GETLINK); 0 when there is none, or for any other.
  open func macvtapIndex(_ name: InterfaceName) throws(SystemError) -> UInt32 {
    try Linux.macvtapIndex(name)
  }

  /// A socket that becomes readable when an interface of this thread's network namespace comes,
  /// changes or goes (rtnetlink(7), RTMGRP_LINK); not blocking.
  open func watchLinks() throws(SystemError) -> CInt { try Linux.watchLinks() }

  /// The network namespace of the interface that `fd` is attached to (TUNGETDEVNETNS), as a
  /// descriptor; needs CAP_NET_ADMIN there.
  open func tunNetwork(_ fd: CInt) throws(SystemError) -> CInt { try Linux.tunNetwork(fd) }

  /// Opens a network namespace by the path of its file; ENOTTY for a file that is none, EINVAL for
  /// a namespace of another kind.
  open func openNetwork(_ path: String) throws(SystemError) -> CInt {
    try Linux.openNetwork(path)
  }

  /// The number of a network namespace, or without one of this thread's; 0 where /proc is missing.
  open func networkNumber(_ fd: CInt? = nil) -> UInt64 { clinux_network_number(fd ?? -1) }

  /// Moves this thread alone into a network namespace, if there is a way back from it.
  ///
  /// - Returns: The namespace where it was, for ``leaveNetwork(to:)``.
  open func enterNetwork(_ fd: CInt) throws(SystemError) -> CInt { try Linux.enterNetwork(fd) }

  /// Moves this thread back, and closes the descriptor. When that is refused, which no process has
  /// been seen to meet, the descriptor stays open for another try.
  open func leaveNetwork(to home: CInt) throws(SystemError) { try Linux.leaveNetwork(to: home) }

  /// How many queues of a multiqueue TAP are open in any process (RTM_GETLINK); 0 when there is no
  /// such interface, or when it is not multiqueue.
  open func tunQueueCount(_ name: InterfaceName) throws(SystemError) -> UInt32 {
    try Linux.tunQueueCount(name)
  }

  /// IFF_TUN or IFF_TAP, and IFF_MULTI_QUEUE, of an interface (RTM_GETLINK); 0 for any other.
  open func tunFlags(_ name: InterfaceName) throws(SystemError) -> UInt16 {
    try Linux.tunFlags(name)
  }

  /// Whether frames of a TUN device have packet information in front of them (IFLA_TUN_PI of
  /// RTM_GETLINK); false for any other interface.
  ///
  /// TUNGETIFF does not tell: IFF_NO_PI is also IFF_NOFILTER there.
  open func tunHasInformation(_ name: InterfaceName) throws(SystemError) -> Bool {
    try Linux.tunHasInformation(name)
  }
}
