import BatonCLinux
public import BatonCore

/// A process that the laboratory started; killed and reaped when it is dropped.
public final class ChildProcess {
  /// Its process ID.
  public let pid: Int32
  private let handle: ProcessHandle
  private var ended: ExitStatus?

  /// Starts a program; its standard output goes to our standard error.
  public init(_ path: String, _ arguments: [String], in kernel: Kernel) throws(LabError) {
    // Safe: the copies live until they are freed below, and the list ends with a null pointer.
    let copies = unsafe ([path] + arguments).map { unsafe Self.copy($0) }
    let pid = unsafe clinux_spawn(path, copies + [nil], 0, 2)
    let code = clinux_errno()
    unsafe copies.forEach { unsafe $0?.deallocate() }
    guard pid > 0 else { throw .notStarted(path: path, code: code) }
    self.pid = pid
    do {
      handle = try ProcessHandle(opening: pid, in: kernel)
    } catch {
      throw .system(error)
    }
  }

  deinit {
    if exitStatus == nil {
      try? handle.kill()
      // The kernel ends it at once; the wait is for its last system call.
      while ended == nil { ended = try? handle.exitStatus() }
    }
  }

  /// The descriptor that becomes readable when it has ended, to be watched.
  public var pidfd: CInt { handle.number }

  /// How it ended; nil while it lives.
  public var exitStatus: ExitStatus? {
    if ended == nil { ended = try? handle.exitStatus() }
    return ended
  }

  /// True while it is stopped by a signal.
  public var isStopped: Bool { clinux_has_stopped(pid) == 1 }

  /// Sends a signal; a process that has ended takes none.
  public func signal(_ number: CInt) { try? handle.signal(number) }

  /// How many descriptors it has open; nil when that cannot be read.
  public var descriptorCount: Int? { ProcessFiles.descriptorCount(pid) }

  private static func copy(_ text: String) -> UnsafeMutablePointer<CChar>? {
    let bytes = Array(text.utf8CString)
    let pointer = UnsafeMutablePointer<CChar>.allocate(capacity: bytes.count)
    for (offset, byte) in bytes.enumerated() {
      // Safe: `offset` is below the capacity.
      unsafe (pointer + offset).initialize(to: byte)
    }
    return unsafe pointer
  }
}

@available(*, unavailable)
extension ChildProcess: Sendable {}
