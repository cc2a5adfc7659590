import BatonCLinux

/// The calls of the real kernel, behind ``Kernel``; one file for each kind of thing.
enum Linux {
  /// The one way into the kernel: asks again after EINTR, and throws what was refused.
  ///
  /// EFAULT, and EBADF of a number that is not open, are mistakes of our own and trap. EBADF of an
  /// open number is not: a peer may have sent a descriptor that cannot be read (O_PATH, O_WRONLY).
  @inline(never)
  static func call<Answer: FixedWidthInteger>(
    _ call: Call, on fd: CInt? = nil, and other: CInt? = nil, _ body: () -> Answer
  ) throws(SystemError) -> Answer {
    // Ends when the call is not interrupted.
    while true {
      let answer = body()
      if answer != -1 { return answer }
      let code = clinux_errno()
      if code == Errno.interrupted { continue }
      precondition(code != Errno.badAddress, "a system call was given a bad address")
      if code == Errno.badDescriptor {
        precondition(isOpen(fd) && isOpen(other ?? fd), "a closed descriptor was used")
      }
      throw SystemError(call: call, code: code)
    }
  }

  private static func isOpen(_ fd: CInt?) -> Bool {
    guard let fd else { return false }
    return clinux_get_descriptor_flags(fd) != -1
  }
}
