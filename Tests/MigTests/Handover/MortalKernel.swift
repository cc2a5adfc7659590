import BatonCore

@testable import BatonMig

/// Linux, but for the process at the other end, which is this one: it dies when the test says so,
/// or when it is killed.
class MortalKernel: LedgerKernel {
  /// The pidfds that were given out; each is an eventfd that becomes readable.
  private(set) var processes: [CInt] = []
  private(set) var killed: [CInt] = []
  var user: UInt32?
  var peerUser: UInt32?
  /// Why the peer cannot be killed.
  var mayNotKill: CInt?

  override var userID: UInt32 { user ?? super.userID }

  override func peerCredentials(_ fd: CInt) throws(SystemError) -> Credentials {
    var peer = try super.peerCredentials(fd)
    if let peerUser { peer.uid = peerUser }
    return peer
  }

  override func peerProcess(_ fd: CInt) throws(SystemError) -> CInt {
    let process = try createCounter()
    processes.append(process)
    return process
  }

  override func signalProcess(_ pidfd: CInt, _ signal: CInt) throws(SystemError) {
    if signal == 0 {
      guard let mayNotKill else { return }
      throw SystemError(call: .signalProcess, code: mayNotKill)
    }
    killed.append(pidfd)
    try die(pidfd)
  }

  /// Makes the pidfd readable.
  func die(_ process: CInt) throws(SystemError) {
    var one: UInt64 = 1
    let sent = withUnsafeBytes(of: &one) { bytes in
      Result { () throws(SystemError) in try write(process, from: bytes) }
    }
    _ = try sent.get()
  }
}
