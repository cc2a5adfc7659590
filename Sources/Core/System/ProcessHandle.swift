/// A process that is known by pidfd: the number of a process may be given away again, this is not.
///
/// ``number`` can be watched: it becomes readable when the process has ended.
public struct ProcessHandle: ~Copyable {
  private let descriptor: Descriptor

  /// Takes over a pidfd (pidfd_open(2)), which is closed with the handle.
  public init(owning descriptor: consuming Descriptor) {
    self.descriptor = descriptor
  }

  /// The process with this number.
  ///
  /// - Throws: ESRCH when there is none; EMFILE or ENFILE when no descriptor is left.
  public init(opening pid: Int32, in kernel: Kernel) throws(SystemError) {
    self.descriptor = Descriptor(owning: try kernel.openProcess(pid), in: kernel)
  }

  /// The process at the other end of a UNIX socket, as of the time it connected.
  ///
  /// - Throws: What SO_PEERPIDFD refuses, or before Linux 6.5 what pidfd_open(2) does: ESRCH when
  ///   the process has gone.
  public init(peerOf socket: CInt, in kernel: Kernel) throws(SystemError) {
    self.descriptor = Descriptor(owning: try kernel.peerProcess(socket), in: kernel)
  }

  /// The pidfd's number, lent, for watching it.
  public var number: CInt { descriptor.number }

  /// Whether the process has ended; a zombie has.
  public var hasEnded: Bool { descriptor.kernel.readiness(of: descriptor.number).contains(.read) }

  /// Sends a signal; 0 only asks whether one could be sent.
  ///
  /// - Throws: ESRCH when the process has ended and was reaped, EPERM when it is not ours to
  ///   signal.
  public borrowing func signal(_ signal: CInt) throws(SystemError) {
    try descriptor.kernel.signalProcess(descriptor.number, signal)
  }

  /// Asks whether this process may send it signals, and sends none; EPERM for another user's,
  /// EINVAL for one that lives outside of this process's pid namespace.
  public borrowing func askSignal() throws(SystemError) {
    try signal(0)
  }

  /// Kills the process (SIGKILL); it has ended when ``number`` is readable, not before.
  ///
  /// - Throws: As ``signal(_:)`` does.
  public borrowing func kill() throws(SystemError) {
    try signal(Signal.kill)
  }

  /// Blocks until a child of this process has ended and can be reaped.
  ///
  /// - Throws: ECHILD when it was reaped, or is no child of ours.
  public borrowing func awaitEnd() throws(SystemError) {
    try descriptor.kernel.awaitEnd(of: descriptor.number)
  }

  /// Whether a child of this process stands still (SIGSTOP) or has ended.
  ///
  /// - Throws: ECHILD when it was reaped, or is no child of ours.
  public borrowing func hasStopped() throws(SystemError) -> Bool {
    try descriptor.kernel.hasStopped(descriptor.number)
  }

  /// How a child of this process ended, and reaps it; nil while it runs.
  ///
  /// - Throws: ECHILD when it was reaped, or is no child of ours.
  public borrowing func exitStatus() throws(SystemError) -> ExitStatus? {
    try descriptor.kernel.exitStatus(of: descriptor.number)
  }
}

@available(*, unavailable)
extension ProcessHandle: Sendable {}
