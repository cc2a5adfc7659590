/// The numbers of `errno` that somebody asks for by name.
///
/// error.c asserts that they are this system's own.
public enum Errno: Sendable {
  /// EPERM.
  public static let notPermitted: CInt = 1
  /// ENOENT.
  public static let noEntry: CInt = 2
  /// ESRCH.
  public static let noProcess: CInt = 3
  /// EINTR.
  public static let interrupted: CInt = 4
  /// EIO.
  public static let inputOutput: CInt = 5
  /// ENXIO.
  public static let noDeviceOrAddress: CInt = 6
  /// E2BIG.
  public static let tooBig: CInt = 7
  /// EBADF.
  public static let badDescriptor: CInt = 9
  /// ECHILD.
  public static let noChild: CInt = 10
  /// EAGAIN.
  public static let wouldBlock: CInt = 11
  /// ENOMEM.
  public static let noMemory: CInt = 12
  /// EACCES.
  public static let accessDenied: CInt = 13
  /// EFAULT.
  public static let badAddress: CInt = 14
  /// EBUSY.
  public static let busy: CInt = 16
  /// EEXIST.
  public static let exists: CInt = 17
  /// ENODEV.
  public static let noDevice: CInt = 19
  /// EINVAL.
  public static let invalid: CInt = 22
  /// ENFILE.
  public static let systemTableFull: CInt = 23
  /// EMFILE.
  public static let processTableFull: CInt = 24
  /// ENOTTY.
  public static let notTerminal: CInt = 25
  /// ENOSPC.
  public static let noSpace: CInt = 28
  /// EPIPE.
  public static let brokenPipe: CInt = 32
  /// ENOSYS.
  public static let notImplemented: CInt = 38
  /// EBADFD.
  public static let badDescriptorState: CInt = 77
  /// ENOTSOCK.
  public static let notSocket: CInt = 88
  /// ENOPROTOOPT.
  public static let noProtocolOption: CInt = 92
  /// EOPNOTSUPP.
  public static let notSupported: CInt = 95
  /// EADDRINUSE.
  public static let addressInUse: CInt = 98
  /// ECONNRESET.
  public static let connectionReset: CInt = 104
  /// ENOBUFS.
  public static let noBufferSpace: CInt = 105
  /// ENOTCONN.
  public static let notConnected: CInt = 107
  /// ETOOMANYREFS.
  public static let tooManyReferences: CInt = 109
  /// ETIMEDOUT.
  public static let timedOut: CInt = 110
  /// ECONNREFUSED.
  public static let connectionRefused: CInt = 111
}
