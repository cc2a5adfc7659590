import BatonCLinux

extension Linux {
  static func send(
    _ fd: CInt, bytes: UnsafeRawBufferPointer, descriptors: UnsafeBufferPointer<CInt>
  ) throws(SystemError) -> Int {
    // A message of descriptors alone is accepted by a stream socket and never delivered.
    precondition(bytes.count > 0, "descriptors travel with the first byte")
    precondition(descriptors.count <= Kernel.descriptorsPerMessageMax, "too many descriptors")
    // Safe: the caller lends both buffers for the length of the call.
    return try call(.send, on: fd) {
      unsafe clinux_send(
        fd, bytes.baseAddress, bytes.count, descriptors.baseAddress, descriptors.count)
    }
  }

  static func receive(
    _ fd: CInt, into buffer: UnsafeMutableRawBufferPointer,
    descriptors: UnsafeMutableBufferPointer<CInt>
  ) throws(SystemError) -> Received {
    precondition(buffer.count > 0, "without room for a byte the end cannot be told from nothing")
    var (count, truncated) = (0, CInt(0))
    // Safe: the caller lends both buffers for the length of the call, the counts are ours.
    let byteCount = try call(.receive, on: fd) {
      unsafe clinux_receive(
        fd, buffer.baseAddress, buffer.count, descriptors.baseAddress, descriptors.count, &count,
        &truncated)
    }
    return Received(
      byteCount: byteCount, descriptorCount: count, isTruncated: truncated != 0)
  }

  static func peerCredentials(_ fd: CInt) throws(SystemError) -> Credentials {
    var peer = Credentials(pid: 0, uid: 0, gid: 0)
    // Safe: the call fills in the three numbers and keeps no pointer.
    _ = try call(.peerCredentials, on: fd) {
      unsafe clinux_peer_credentials(fd, &peer.pid, &peer.uid, &peer.gid)
    }
    return peer
  }

  /// The peer's pidfd; before Linux 6.5 by its number, which may have been given to another process
  /// since.
  static func peerProcess(_ fd: CInt) throws(SystemError) -> CInt {
    do throws(SystemError) {
      return try call(.peerProcess, on: fd) { clinux_peer_process(fd) }
    } catch {
      guard error.code == Errno.noProtocolOption else { throw error }
      return try openProcess(try peerCredentials(fd).pid)
    }
  }
}
