import BatonCLinux

/// The one boundary to the kernel: this class is Linux itself, a simulated kernel overrides every
/// method.
///
/// It holds no state but a counter. A descriptor is its number here; who owns it is
/// ``Descriptor``'s affair. Calls are asked again after EINTR, `close` excepted.
open class Kernel: NetworkKernel {
  /// The most descriptors that one message carries (the kernel's SCM_MAX_FD).
  public static let descriptorsPerMessageMax = 253

  /// How many calls were attempted that can change a TAP, its queues, or the flags its holders
  /// share.
  ///
  /// A target makes none before the guest is its own.
  public private(set) final var tunMutations: UInt64 = 0

  /// The kernel that this process runs on; subclasses simulate another one.
  public override init() {}

  /// Counts one more of ``tunMutations``; for a subclass that answers such a call itself.
  public final func countTunMutation() { tunMutations += 1 }

  // MARK: Files

  /// Closes `fd`, once; what close(2) answers changes nothing.
  open func close(_ fd: CInt) { Linux.close(fd) }

  /// A second number, with FD_CLOEXEC, for the same open file description.
  open func duplicate(_ fd: CInt) throws(SystemError) -> CInt { try Linux.duplicate(fd) }

  /// Reads once, and answers how many bytes came; zero is the end.
  open func read(
    _ fd: CInt, into buffer: UnsafeMutableRawBufferPointer
  ) throws(SystemError) -> Int {
    // Safe: the caller lends the buffer for the length of the call.
    try unsafe Linux.read(fd, into: buffer)
  }

  /// Reads once into `first`, and what does not fit there into `rest` (readv(2)).
  open func read(
    _ fd: CInt, into first: UnsafeMutableRawBufferPointer,
    then rest: UnsafeMutableRawBufferPointer
  ) throws(SystemError) -> Int {
    // Safe: the caller lends the buffers for the length of the call.
    try unsafe Linux.read(fd, into: first, then: rest)
  }

  /// Writes once, and answers how many bytes went.
  open func write(_ fd: CInt, from buffer: UnsafeRawBufferPointer) throws(SystemError) -> Int {
    // Safe: the caller lends the buffer for the length of the call.
    try unsafe Linux.write(fd, from: buffer)
  }

  /// Opens a file to write at its end (O_APPEND), and makes it (mode 0644) where there is none.
  ///
  /// Several processes may append to one file: what one call of `write` gives stays together. ENXIO
  /// for a FIFO that nobody reads.
  open func openLog(path: String) throws(SystemError) -> CInt { try Linux.openLog(path: path) }

  /// What `fd` is ready for now, without waiting: read, write, both or nothing; an error is both.
  open func readiness(of fd: CInt) -> Ready { Linux.readiness(of: fd) }

  /// Whether anything is open under this number, which somebody outside of us has named.
  open func isOpen(_ fd: CInt) -> Bool { fd >= 0 && Linux.isOpen(fd) }

  /// Whether O_NONBLOCK is set on the open file description.
  open func isNonBlocking(_ fd: CInt) throws(SystemError) -> Bool { try Linux.isNonBlocking(fd) }

  /// Sets O_NONBLOCK for everybody who shares the open file description.
  open func setNonBlocking(_ fd: CInt) throws(SystemError) {
    countTunMutation()
    try Linux.setNonBlocking(fd)
  }

  /// Makes a socket a program's standard descriptor: it blocks, and there is nothing to read.
  open func makeStandard(_ fd: CInt) throws(SystemError) { try Linux.makeStandard(fd) }

  /// What sort of file `fd` is, and how large (fstat(2)).
  open func kind(of fd: CInt) throws(SystemError) -> FileKind { try Linux.kind(of: fd) }

  /// Whether two numbers of this process name one open file description.
  open func isSameFile(_ a: CInt, _ b: CInt) throws(SystemError) -> Bool {
    try Linux.isSameFile(a, b)
  }

  // MARK: Sockets (streams, close-on-exec, not blocking)

  /// A socket that listens at `path`; a file left by a dead listener is replaced, a live one is
  /// EADDRINUSE.
  ///
  /// - Parameters:
  ///   - path: Where the socket's file is made.
  ///   - backlog: How many connections may wait to be accepted (listen(2)).
  ///   - mode: Who may connect: the permissions of the file, whatever the umask. 0600, the usual
  ///     one, lets in the own user and root.
  open func listen(
    path: borrowing SocketPath, backlog: CInt, mode: UInt32 = 0o600
  ) throws(SystemError) -> CInt {
    try Linux.listen(path: path, backlog: backlog, mode: mode)
  }

  /// Which socket file stands at `path` now; nil when there is none, or another kind of file.
  open func socketFile(path: borrowing SocketPath) -> SocketFile? { Linux.socketFile(path: path) }

  /// Which file a descriptor is of, by whatever path it was opened; nil when it is not open.
  open func file(of fd: CInt) -> SocketFile? { Linux.file(of: fd) }

  /// Removes the socket file at `path` if it is still this one; for whoever's socket is still bound
  /// to it, since a file that is not stale is replaced by nobody.
  ///
  /// - Returns: False when something else stands there now, or nothing; it is left alone.
  @discardableResult
  open func unlink(
    path: borrowing SocketPath, ifStill file: SocketFile
  ) throws(SystemError) -> Bool {
    try Linux.unlink(path: path, ifStill: file)
  }

  /// A socket connected to `path`; EAGAIN when the listener's backlog is full.
  open func connect(path: borrowing SocketPath) throws(SystemError) -> CInt {
    try Linux.connect(path: path)
  }

  /// Sends one datagram to the socket of a service manager (sd_notify(3)); a path that begins with
  /// @ is an abstract address.
  open func notify(path: borrowing SocketPath, state: [UInt8]) throws(SystemError) {
    try Linux.notify(path: path, state: state)
  }

  /// The next connection of a listening socket, not blocking (accept4(2)).
  open func accept(_ fd: CInt) throws(SystemError) -> CInt { try Linux.accept(fd) }

  /// Two UNIX sockets connected with each other (socketpair(2)).
  open func socketPair() throws(SystemError) -> (CInt, CInt) { try Linux.socketPair() }

  /// The address family (AF_UNIX is 1); ENOTSOCK when `fd` is no socket.
  open func socketFamily(_ fd: CInt) throws(SystemError) -> CInt { try Linux.socketFamily(fd) }

  /// Ends both directions of a connection (shutdown(2)); the descriptor stays open.
  open func shutdown(_ fd: CInt) throws(SystemError) { try Linux.shutdown(fd) }

  /// Removes the file or socket at `path` (unlink(2)).
  open func unlink(path: borrowing SocketPath) throws(SystemError) { try Linux.unlink(path: path) }

  /// Sends one message of at least one byte and at most 253 descriptors; answers how many bytes
  /// went.
  ///
  /// The descriptors travel with the first byte, so they have gone whenever this returns. A peer
  /// that is gone is EPIPE, never SIGPIPE.
  open func send(
    _ fd: CInt, bytes: UnsafeRawBufferPointer, descriptors: UnsafeBufferPointer<CInt>
  ) throws(SystemError) -> Int {
    // Safe: the caller lends both buffers for the length of the call.
    try unsafe Linux.send(fd, bytes: bytes, descriptors: descriptors)
  }

  /// Receives once; descriptors are close-on-exec from the start and belong to the caller.
  /// Bytes that were sent before a message with descriptors may come glued in front of it.
  open func receive(
    _ fd: CInt, into buffer: UnsafeMutableRawBufferPointer,
    descriptors: UnsafeMutableBufferPointer<CInt>
  ) throws(SystemError) -> Received {
    // Safe: the caller lends both buffers for the length of the call.
    try unsafe Linux.receive(fd, into: buffer, descriptors: descriptors)
  }

  /// Who is at the other end of a UNIX socket.
  open func peerCredentials(_ fd: CInt) throws(SystemError) -> Credentials {
    try Linux.peerCredentials(fd)
  }

  // MARK: Processes

  /// A pidfd of the process at the other end (SO_PEERPIDFD, or by its number before Linux 6.5).
  open func peerProcess(_ fd: CInt) throws(SystemError) -> CInt { try Linux.peerProcess(fd) }

  /// A pidfd of a process, readable once that has ended; ESRCH when there is none.
  open func openProcess(_ pid: Int32) throws(SystemError) -> CInt { try Linux.openProcess(pid) }

  /// Sends a signal through a pidfd; ESRCH when the process has ended.
  open func signalProcess(_ pidfd: CInt, _ signal: CInt) throws(SystemError) {
    try Linux.signalProcess(pidfd, signal)
  }

  /// Sends a signal to all of a process group that a child of ours leads, which was not reaped
  /// (kill(2)); ESRCH when nobody is in it.
  open func signalGroup(of leader: Int32, _ signal: CInt) throws(SystemError) {
    try Linux.signalGroup(leader, signal)
  }

  /// How a child of this process ended, and reaps it; nil while it runs.
  open func exitStatus(of pidfd: CInt) throws(SystemError) -> ExitStatus? {
    try Linux.exitStatus(of: pidfd)
  }

  /// Starts a child; `pidfd` is close-on-exec and belongs to the caller, who has to reap the child.
  ///
  /// The child has these three descriptors and no signal blocked or ignored. ENOENT and EACCES are
  /// said of the program, EMFILE of our own table, EINVAL of a NUL inside a text; when it throws
  /// nothing runs, and nothing is to be reaped.
  open func spawn(
    _ program: ChildProgram, lending descriptors: ChildDescriptors
  ) throws(SystemError) -> (pid: Int32, pidfd: CInt) {
    try Linux.spawn(program, lending: descriptors)
  }

  /// Blocks until a child of this process has ended and can be reaped; ECHILD when it was.
  /// A child that was killed is no more than its last system call away from it.
  open func awaitEnd(of pidfd: CInt) throws(SystemError) {
    try Linux.awaitEnd(of: pidfd)
  }

  /// Whether a child of ours stands still (SIGSTOP) or has ended; ECHILD when it was reaped.
  open func hasStopped(_ pidfd: CInt) throws(SystemError) -> Bool {
    try Linux.hasStopped(pidfd)
  }

  /// Stops this process (SIGSTOP), all its threads, until another one continues it.
  open func stopSelf() { clinux_stop_self() }

  /// Lets this process open as many descriptors as it may (RLIMIT_NOFILE, the soft limit to the
  /// hard one): a queue is a descriptor, and a device may have 256.
  open func raiseDescriptorLimit() { _ = clinux_raise_descriptor_limit() }

  /// Opens /dev/null in place of each of the standard descriptors 0 to 2 that is closed, so that
  /// what is opened later is not taken for one of them: no log ends up in a TAP or a socket.
  open func fillStandardDescriptors() { clinux_fill_standard_descriptors() }

  /// Lets this process ignore a signal from now on, for good; for the owner of a process, not for a
  /// library in somebody else's.
  open func ignoreSignal(_ number: CInt) { clinux_ignore_signal(number) }

  /// Lets a signal reach this thread that whoever started the process may have blocked.
  open func admitSignal(_ number: CInt) { clinux_admit_signal(number) }

  /// This process, in its own PID namespace.
  open var processID: Int32 { clinux_process_id() }

  /// The effective user of this process, which is what a peer sees.
  open var userID: UInt32 { clinux_user_id() }

  // MARK: Memory

  /// A memfd of `byteCount` bytes that can neither shrink nor grow; `name` is what /proc shows.
  open func createMemory(name: StaticString, byteCount: Int) throws(SystemError) -> CInt {
    try Linux.createMemory(name: name, byteCount: byteCount)
  }

  /// Whether `fd` can neither shrink nor grow; EINVAL when it is no memfd.
  open func isSealed(_ fd: CInt) throws(SystemError) -> Bool { try Linux.isSealed(fd) }

  /// Whether `fd` cannot shrink, which is enough for a mapping to stay whole; EINVAL when it is no
  /// memfd.
  open func cannotShrink(_ fd: CInt) throws(SystemError) -> Bool { try Linux.cannotShrink(fd) }

  /// On what sort of file system `fd` is (fstatfs(2)).
  open func fileSystem(of fd: CInt) throws(SystemError) -> FileSystem {
    try Linux.fileSystem(of: fd)
  }

  /// Gives the first bytes of a memfd their pages (fallocate(2)); ENOSPC when there are too few.
  open func allocate(_ fd: CInt, byteCount: Int) throws(SystemError) {
    try Linux.allocate(fd, byteCount: byteCount)
  }

  /// Whether the kernel commits no more memory than there is (vm.overcommit_memory is 2): then a
  /// byte of a memfd that nobody has touched yet may have no page, which is SIGBUS.
  open var commitsStrictly: Bool { clinux_commits_strictly() == 1 }

  /// Maps the first `byteCount` bytes, shared, for reading and writing.
  open func map(_ fd: CInt, byteCount: Int) throws(SystemError) -> UnsafeMutableRawPointer {
    // Safe: the caller owns the mapping and gives it back with `unmap`.
    try unsafe Linux.map(fd, byteCount: byteCount)
  }

  /// Gives back what `map` answered; what munmap(2) answers changes nothing for the caller.
  open func unmap(_ address: UnsafeMutableRawPointer, byteCount: Int) {
    // Safe: the caller owned the mapping and no longer uses it.
    unsafe Linux.unmap(address, byteCount: byteCount)
  }

  /// Outlives the end of a file under a guarded mapping (SIGBUS), by a handler of the whole
  /// process: for who owns it, which a library does not.
  ///
  /// - Returns: False when the kernel refuses it, and nothing is guarded.
  open func surviveShrinking() -> Bool { clinux_survive_shrinking() == 0 }

  /// Guards a mapping of a file that others can shorten: touched behind the file's end, it becomes
  /// zeros of our own (``isLost(_:)``).
  ///
  /// - Returns: A number for ``unguard(_:)``, which comes before `unmap`; below zero for one that
  ///   is not guarded, since nobody has called ``surviveShrinking()`` or 32 768 others are.
  open func guardMapping(_ address: UnsafeMutableRawPointer, byteCount: Int) -> CInt {
    // Safe: only the address is kept, until `unguard`.
    unsafe clinux_guard(address, byteCount)
  }

  /// Whether a guarded mapping is its file's no more.
  open func isLost(_ mapping: CInt) -> Bool { clinux_is_lost(mapping) == 1 }

  /// The mapping of this number is about to go.
  open func unguard(_ mapping: CInt) { clinux_unguard(mapping) }

  /// An eventfd at zero, not blocking.
  open func createCounter() throws(SystemError) -> CInt { try Linux.createCounter() }

  // MARK: Time and chance

  /// The time in nanoseconds since an unspecified start, which only ever grows (CLOCK_MONOTONIC).
  open func now() -> UInt64 { clinux_now() }

  /// What this thread has had of a processor, in nanoseconds (CLOCK_THREAD_CPUTIME_ID).
  open func worked() -> UInt64 { clinux_worked() }

  /// 64 bits of the kernel's randomness; ENOSYS where a filter forbids to ask (seccomp(2)).
  open func random() throws(SystemError) -> UInt64 { try Linux.random() }

  /// Lets another runnable thread have this processor (sched_yield).
  open func yield() { clinux_yield() }

  // MARK: TAP

  /// Opens /dev/net/tun; the descriptor is for both ways, blocking and attached to nothing.
  open func openTun() throws(SystemError) -> CInt { try Linux.openTun() }

  /// The index of an interface in this thread's network namespace.
  open func interfaceIndex(_ name: InterfaceName) throws(SystemError) -> UInt32 {
    try Linux.interfaceNumber(.interfaceIndex, SIOCGIFINDEX, name)
  }

  /// The MTU of an interface in this thread's network namespace, in bytes.
  open func interfaceMTU(_ name: InterfaceName) throws(SystemError) -> UInt32 {
    try Linux.interfaceNumber(.interfaceMTU, SIOCGIFMTU, name)
  }

  /// Sets the MTU of such an interface, in bytes; needs CAP_NET_ADMIN. A TAP takes 68 to 65521.
  open func setInterfaceMTU(_ name: InterfaceName, _ byteCount: UInt32) throws(SystemError) {
    countTunMutation()
    try Linux.setInterfaceNumber(.setInterfaceMTU, SIOCSIFMTU, name, byteCount)
  }

  /// The `IFF_` flags that this kernel knows (TUNGETFEATURES).
  open func tunFeatures(_ fd: CInt) throws(SystemError) -> UInt32 { try Linux.tunFeatures(fd) }

  /// Attaches `fd` to an interface and makes that when needed; answers its final name.
  open func tunSetInterface(
    _ fd: CInt, name: InterfaceName, flags: UInt16
  ) throws(SystemError) -> InterfaceName {
    countTunMutation()
    return try Linux.tunSetInterface(fd, name: name, flags: flags)
  }

  /// The interface that `fd` is attached to and its IFF_ flags; EBADFD when it is attached to none.
  open func tunInterface(_ fd: CInt) throws(SystemError) -> (name: InterfaceName, flags: UInt16) {
    try Linux.tunInterface(fd)
  }

  /// Sets the size in bytes of the virtio-net header, for the whole device.
  open func tunSetHeaderSize(_ fd: CInt, _ byteCount: CInt) throws(SystemError) {
    countTunMutation()
    try Linux.tunSetHeaderSize(fd, byteCount)
  }

  /// The size in bytes of the virtio-net header.
  open func tunHeaderSize(_ fd: CInt) throws(SystemError) -> CInt { try Linux.tunHeaderSize(fd) }

  /// Sets how many bytes this queue may have on their way; zero and less are EINVAL.
  open func tunSetSendBuffer(_ fd: CInt, _ byteCount: CInt) throws(SystemError) {
    countTunMutation()
    try Linux.tunSetSendBuffer(fd, byteCount)
  }

  /// How many bytes this queue may have on their way.
  open func tunSendBuffer(_ fd: CInt) throws(SystemError) -> CInt { try Linux.tunSendBuffer(fd) }

  /// Replaces the set of offloads (TUN_F_ bits), for the whole device.
  open func tunSetOffload(_ fd: CInt, _ offload: UInt32) throws(SystemError) {
    countTunMutation()
    try Linux.tunSetOffload(fd, offload)
  }

  /// Attaches or detaches a queue; detaching destroys the frames that wait in it.
  open func tunSetQueue(_ fd: CInt, isAttached: Bool) throws(SystemError) {
    countTunMutation()
    try Linux.tunSetQueue(fd, isAttached: isAttached)
  }

  /// Whether the interface outlives its last descriptor.
  open func tunSetPersistent(_ fd: CInt, _ isPersistent: Bool) throws(SystemError) {
    countTunMutation()
    try Linux.tunSetPersistent(fd, isPersistent)
  }

  /// Turns the interface's carrier on or off.
  open func tunSetCarrier(_ fd: CInt, isOn: Bool) throws(SystemError) {
    countTunMutation()
    try Linux.tunSetCarrier(fd, isOn: isOn)
  }
}
