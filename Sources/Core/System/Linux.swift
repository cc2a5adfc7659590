import BatonCLinux

/// The calls of the real kernel, behind ``Kernel``; one file for each kind of thing.
enum Linux {
  /// The one way into the kernel: asks again after EINTR, and throws what was refused.
  ///
  /// EBADF of a number that is not open is a mistake of our own and traps. EBADF of an open number
  /// is not: a peer may have sent a descriptor that cannot be read (O_PATH, O_WRONLY). Nor is
  /// EFAULT: the kernel answers so when it gets no page for the guest's memory.
  @inline(never)
  static func call<Answer: FixedWidthInteger>(
    _ call: Call, on fd: CInt? = nil, and other: CInt? = nil, _ body: () -> Answer
  ) throws(SystemError) -> Answer {
    // Ends when the call is not interrupted.
    while true {
      let answer = body()
      if answer != -1 { return answer }
      try refused(call, on: fd, and: other)
    }
  }

  /// Throws what the last call was refused with, and returns when it was interrupted.
  @inline(never)
  static func refused(
    _ call: Call, on fd: CInt? = nil, and other: CInt? = nil
  ) throws(SystemError) {
    let code = clinux_errno()
    if code == Errno.interrupted { return }
    if code == Errno.badDescriptor {
      precondition(isOpen(fd) && isOpen(other ?? fd), "a closed descriptor was used")
    }
    throw SystemError(call: call, code: code)
  }

  /// What the call that libevent has just made was refused with.
  static func lastRefusal(of call: Call) -> SystemError {
    SystemError(call: call, code: clinux_errno())
  }

  /// Sleeps this long, or until a signal comes.
  static func rest(nanos: UInt64) { clinux_rest(nanos) }

  /// Whether something is open under this number (F_GETFD).
  static func isOpen(_ fd: CInt?) -> Bool {
    guard let fd else { return false }
    return clinux_get_descriptor_flags(fd) != -1
  }
}
