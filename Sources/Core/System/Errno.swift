/// The numbers of `errno` that somebody asks for by name.
///
/// error.c asserts that they are this system's own.
public enum Errno: Sendable {
  /// EPERM: it needs a capability that the caller lacks.
  public static let notPermitted: CInt = 1
  /// ENOENT: no such file, socket path or interface.
  public static let noEntry: CInt = 2
  /// ESRCH: the process has ended.
  public static let noProcess: CInt = 3
  /// EINTR: a signal came first; ``Kernel`` calls again by itself.
  public static let interrupted: CInt = 4
  /// EIO: the device cannot serve it, such as a TAP that is down.
  public static let inputOutput: CInt = 5
  /// E2BIG: an argument is longer than allowed.
  public static let tooBig: CInt = 7
  /// EBADF: nothing is open under this number, or not for this use.
  public static let badDescriptor: CInt = 9
  /// ECHILD: there is no such child to wait for.
  public static let noChild: CInt = 10
  /// EAGAIN: it would block; try again when the descriptor is ready.
  public static let wouldBlock: CInt = 11
  /// ENOMEM: the kernel has no memory left for it.
  public static let noMemory: CInt = 12
  /// EACCES: the permissions of the file forbid it.
  public static let accessDenied: CInt = 13
  /// EFAULT: a pointer leads out of the address space.
  public static let badAddress: CInt = 14
  /// EBUSY: somebody else holds it, such as the other owner of a TAP.
  public static let busy: CInt = 16
  /// EEXIST: something of this name is there already.
  public static let exists: CInt = 17
  /// ENODEV: there is no such device or interface.
  public static let noDevice: CInt = 19
  /// EINVAL: the kernel does not accept such an argument.
  public static let invalid: CInt = 22
  /// ENFILE: the system has no file left to open.
  public static let systemTableFull: CInt = 23
  /// EMFILE: the process is at its limit of open files.
  public static let processTableFull: CInt = 24
  /// ENOTTY: the file does not know this ioctl(2).
  public static let notTerminal: CInt = 25
  /// ENOSPC: there is no room left for it, on a file system or in a table of the kernel.
  public static let noSpace: CInt = 28
  /// EPIPE: the other end reads no more.
  public static let brokenPipe: CInt = 32
  /// ENOSYS: the kernel has no such call, or a filter hides it.
  public static let noCall: CInt = 38
  /// ENOLINK: what it was linked to is gone.
  public static let noLink: CInt = 67
  /// EBADFD: the TUN descriptor has no interface, or has lost it.
  public static let badDescriptorState: CInt = 77
  /// ENOTSOCK: a socket was expected here.
  public static let notSocket: CInt = 88
  /// ENOPROTOOPT: the kernel does not know the socket option.
  public static let noProtocolOption: CInt = 92
  /// EOPNOTSUPP: the kernel does not know what it was asked for.
  public static let notSupported: CInt = 95
  /// EADDRINUSE: another socket is bound to the address.
  public static let addressInUse: CInt = 98
  /// ECONNRESET: the other end went without reading all.
  public static let connectionReset: CInt = 104
  /// ENOBUFS: the network stack has no buffer left.
  public static let noBufferSpace: CInt = 105
  /// ENOTCONN: the socket has no other end.
  public static let notConnected: CInt = 107
  /// ETOOMANYREFS: too many descriptors are under way in messages (unix(7)).
  public static let tooManyReferences: CInt = 109
  /// ECONNREFUSED: nobody listens at the address.
  public static let connectionRefused: CInt = 111
}
