/// Owns a child process: tells once how it ended, and reaps it; killed and reaped when dropped.
///
/// The owner holds it, and it calls the owner, as with ``Watch``. It asks the child's own pidfd, so
/// it takes no SIGCHLD, which would reach one loop of a process only, and no other child's end.
@safe public final class ChildWatch: Watcher {
  /// The child's number; somebody else's once ``hasEnded`` is true.
  public let pid: Int32
  /// Whether the child has ended and was reaped, or is nobody's of ours any more.
  public private(set) var hasEnded = false
  /// How it ended; nil while it lives, and when the kernel keeps no status because this process
  /// ignores SIGCHLD.
  public private(set) var exitStatus: ExitStatus?
  private let handle: ProcessHandle
  private let loop: any Loop
  private let id: Int
  // Safe: the owner holds us, so it is there as long as we are.
  private unowned(unsafe) let watcher: any ChildWatcher
  private var leadsSession = false
  private var watch: Watch?
  private var retry: Timer?

  private static let retryNanos: UInt64 = 1_000_000

  /// Starts `program` and watches it; calls `watcher` with `id` when it has ended.
  ///
  /// The loop's kernel starts it; see ``Kernel/spawn(_:lending:)`` for what that may refuse.
  public convenience init(
    _ loop: any Loop, spawning program: ChildProgram,
    lending descriptors: ChildDescriptors = ChildDescriptors(), id: Int = 0,
    calling watcher: any ChildWatcher
  ) throws(SystemError) {
    let (pid, pidfd) = try loop.kernel.spawn(program, lending: descriptors)
    let handle = ProcessHandle(owning: Descriptor(owning: pidfd, in: loop.kernel))
    self.init(loop, owning: handle, pid: pid, id: id, calling: watcher)
    leadsSession = program.leadsSession
  }

  /// Takes over a child that runs already, or has ended and was not reaped.
  public init(
    _ loop: any Loop, owning handle: consuming ProcessHandle, pid: Int32, id: Int = 0,
    calling watcher: any ChildWatcher
  ) {
    self.pid = pid
    self.handle = handle
    self.loop = loop
    self.id = id
    // Safe: only stored here. Our caller keeps to what `ChildWatch` asks of it: it holds us.
    unsafe self.watcher = watcher
    watch = Watch(loop, descriptor: self.handle.number, for: .read, calling: self)
  }

  deinit {
    watch = nil
    retry = nil
    guard !hasEnded else { return }
    // The number is the child's until it is reaped, which the kernel does where nobody asks for it.
    if leadsSession, !loop.kernel.ignoresSignal(Signal.child) {
      do { try loop.kernel.signalGroup(of: pid, Signal.kill) } catch {}
    }
    do throws(SystemError) {
      try handle.kill()
      // Returns when the kernel has ended the child's last system call.
      try handle.awaitEnd()
      _ = try handle.exitStatus()
    } catch {
      // ESRCH and ECHILD: the kernel has reaped it, because this process ignores SIGCHLD.
    }
  }

  /// Lets the child go on alone: it is neither killed nor reaped by this watch, whose owner is told
  /// nothing more.
  public func disown() {
    hasEnded = true
    watch = nil
    retry = nil
  }

  /// Sends a signal; nothing happens to a child that has ended.
  public func signal(_ signal: CInt) {
    guard !hasEnded else { return }
    do throws(SystemError) { try handle.signal(signal) } catch {
      // ESRCH: it has ended, and we are about to be told.
    }
  }

  /// Whether the child stands still (SIGSTOP) or has ended.
  ///
  /// No descriptor becomes readable when it stops, so that who waits for it asks again.
  public var hasStopped: Bool {
    guard !hasEnded else { return true }
    do throws(SystemError) { return try handle.hasStopped() } catch {
      // ECHILD: it has ended.
      return true
    }
  }

  /// The loop calls when the pidfd is readable, or when it is time to ask again.
  public func ready(_ what: Ready, watch: Int) {
    do throws(SystemError) {
      guard let status = try handle.exitStatus() else { return askAgain() }
      exitStatus = status
    } catch {
      exitStatus = nil
    }
    hasEnded = true
    self.watch = nil
    retry = nil
    // Safe: the call is the owner's own while it holds us; the local reference holds the owner.
    let watcher = unsafe self.watcher
    watcher.ended(exitStatus, child: id)
  }

  /// A child that another process traces is its tracer's to reap first. The pidfd is readable all
  /// the while, so that a watch of it would spin.
  private func askAgain() {
    watch?.suspend()
    if retry == nil { retry = Timer(loop, calling: self) }
    retry?.arm(after: Self.retryNanos)
  }
}

@available(*, unavailable)
extension ChildWatch: Sendable {}
