import BatonCore

/// What is open under a number.
extension SimulatedSystem {
  func file(_ fd: CInt, _ call: Call) throws(SystemError) -> SimulatedFile {
    guard let file = process.files[fd] else {
      throw SystemError(call: call, code: Errno.badDescriptor)
    }
    return file
  }

  func socket(_ fd: CInt, _ call: Call) throws(SystemError) -> SimulatedSocket {
    guard let socket = try file(fd, call) as? SimulatedSocket else {
      throw SystemError(call: call, code: Errno.notSocket)
    }
    return socket
  }

  func queue(_ fd: CInt, _ call: Call) throws(SystemError) -> SimulatedQueue {
    guard let queue = try file(fd, call) as? SimulatedQueue else {
      throw SystemError(call: call, code: Errno.notTerminal)
    }
    return queue
  }

  func tap(_ fd: CInt, _ call: Call) throws(SystemError) -> SimulatedTap {
    try enter(call)
    return try queue(fd, call).attachedTap(call)
  }
}
