import BatonCLinux
package import BatonCore
package import BatonNet

/// The kernel as a laboratory needs it: what it is asked beyond ``Kernel``, and nobody else asks.
///
/// The calls are about the calling thread's network namespace. They answer in ``LabError``, so that
/// the numbers of `Call`, which two processes exchange, know nothing of a laboratory.
package class LabKernel: Kernel {
  /// Moves the calling thread into a network namespace of its own; needs CAP_SYS_ADMIN.
  package func unshareNetwork() throws(LabError) {
    guard clinux_unshare_network() == 0 else { throw .namespaceRefused(code: clinux_errno()) }
  }

  /// Moves the process into a new user namespace, where it may become root, and a new network
  /// namespace; refused to a process of several threads.
  package func unshareUser() throws(LabError) {
    guard clinux_lab_unshare_user() == 0 else { throw .namespaceRefused(code: clinux_errno()) }
  }

  /// The effective group of this process.
  open var groupID: UInt32 { clinux_lab_group_id() }

  /// Sets or clears IFF_UP of an interface.
  package func setInterface(_ name: String, isUp: Bool) throws(LabError) {
    // Safe: the bytes outlive the call.
    try check(name, unsafe clinux_interface_set_up(padded(name), isUp ? 1 : 0))
  }

  /// Gives an interface an IPv4 address, highest octet first, and a network mask.
  package func setAddress(of name: String, _ address: UInt32, mask: UInt32) throws(LabError) {
    // Safe: the bytes outlive the call.
    try check(name, unsafe clinux_interface_set_address(padded(name), address, mask))
  }

  /// Notes for ever where a neighbour on an interface is, so that nothing waits for ARP.
  package func setNeighbour(
    on name: String, _ address: UInt32, _ hardware: MACAddress
  ) throws(LabError) {
    let bytes = (0..<6).map { hardware[$0] }
    // Safe: the string and the bytes outlive the call.
    try check(name, unsafe clinux_lab_set_neighbour(name, address, bytes))
  }

  /// A UDP socket that is connected to a peer and does not block; it belongs to the caller.
  ///
  /// - Parameter receiveBuffer: Bytes that may wait in it (SO_RCVBUFFORCE); the kernel may give
  ///   less to who has not the right to it (SO_RCVBUF).
  package func connectDatagram(
    to address: UInt32, port: UInt16, receiveBuffer: CInt
  ) throws(LabError) -> CInt {
    let number = clinux_udp_connect(address, port, receiveBuffer)
    guard number >= 0 else { throw .probe(code: clinux_errno()) }
    return number
  }

  /// Keeps the calling thread on one processor, or with a negative number on any that it may use.
  package func stayOn(_ processor: CInt) { _ = clinux_lab_stay_on(processor) }

  /// Zeroed memory of whole pages, with a megabyte on both sides that nobody may touch (PROT_NONE);
  /// nil when there is none. It belongs to the caller until ``unmapGuarded(_:byteCount:)``.
  @unsafe package func mapGuarded(byteCount: Int) -> UnsafeMutableRawPointer? {
    // Safe: nobody has the memory before the caller does.
    unsafe clinux_lab_map_guarded(byteCount)
  }

  /// Gives such memory back; the number of bytes is that of the mapping.
  @unsafe package func unmapGuarded(_ address: UnsafeMutableRawPointer, byteCount: Int) {
    // Safe: the caller says that nobody uses it any more.
    unsafe clinux_lab_unmap_guarded(address, byteCount)
  }

  /// A name as an `ifreq` holds it: 16 bytes, the last one zero.
  private func padded(_ name: String) -> [UInt8] {
    let bytes = Array(name.utf8.prefix(15))
    return bytes + Array(repeating: 0, count: 16 - bytes.count)
  }

  private func check(_ name: String, _ result: CInt) throws(LabError) {
    if result != 0 { throw .interface(name: name, code: clinux_errno()) }
  }
}
