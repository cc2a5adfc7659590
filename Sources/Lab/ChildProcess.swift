import BatonCLinux
package import BatonCore

/// A process that the laboratory started; killed and reaped when it is dropped.
package final class ChildProcess {
  package let pid: Int32
  /// The lines that it wrote to its standard output so far.
  package private(set) var lines: [String] = []
  private let handle: ProcessHandle
  private let outputSocket: Descriptor
  private var written: [UInt8] = []
  private var ended: ExitStatus?

  private static let standardInput: CInt = 0
  private static let continueSignal: CInt = 18
  private static let stopSignal: CInt = 19

  /// Starts a program; its standard output comes to us, its standard error goes where ours goes.
  package init(_ path: String, _ arguments: [String], in kernel: Kernel) throws(LabError) {
    do {
      let (mine, its) = try kernel.socketPair()
      let output = Descriptor(owning: mine, in: kernel)
      let given = Descriptor(owning: its, in: kernel)
      let pid = Self.spawn(path, arguments, output: given.number)
      let code = clinux_errno()
      guard pid > 0 else { throw LabError.notStarted(path: path, code: code) }
      self.pid = pid
      handle = try ProcessHandle(opening: pid, in: kernel)
      outputSocket = output
    } catch let error as LabError {
      throw error
    } catch let error as SystemError {
      throw .system(error)
    } catch {
      throw .notStarted(path: path, code: 0)
    }
  }

  deinit {
    guard exitStatus == nil else { return }
    try? handle.kill()
    // The kernel ends it at once; the wait is for its last system call.
    while ended == nil { ended = try? handle.exitStatus() }
  }

  /// The descriptor that becomes readable when it has ended, to be watched.
  package var pidfd: CInt { handle.number }

  /// Its standard output, to be watched.
  var output: CInt { outputSocket.number }

  /// Reads what it wrote; false at the end.
  func readOutput() -> Bool {
    var bytes = [UInt8](repeating: 0, count: 4096)
    let kernel = outputSocket.kernel
    let number = outputSocket.number
    do {
      // Safe: the buffer outlives the call.
      let count = try unsafe bytes.withUnsafeMutableBufferPointer {
        (buffer) throws(SystemError) in
        try unsafe kernel.read(number, into: UnsafeMutableRawBufferPointer(buffer))
      }
      written += bytes[..<count]
      while let end = written.firstIndex(of: UInt8(ascii: "\n")) {
        lines.append(String(decoding: written[..<end], as: UTF8.self))
        written.removeFirst(end + 1)
      }
      return count > 0
    } catch {
      return error.isWouldBlock
    }
  }

  /// How it ended; nil while it lives.
  package var exitStatus: ExitStatus? {
    if ended == nil { ended = try? handle.exitStatus() }
    return ended
  }

  /// True from the moment when it was seen to stand, by our order or its own word, until it is to
  /// go on.
  package private(set) var isStopped = false

  /// Stops it, and waits until it stands.
  package func stop() {
    signal(Self.stopSignal)
    awaitStop()
  }

  /// Lets it go on after a stop.
  package func resume() {
    isStopped = false
    signal(Self.continueSignal)
  }

  /// Waits until it stands, which it is about to do, or has ended.
  func awaitStop() {
    _ = clinux_await_stop(pid)
    isStopped = true
  }

  /// Sends a signal; a process that has ended takes none.
  package func signal(_ number: CInt) { try? handle.signal(number) }

  /// How many descriptors it has open; nil when that cannot be read.
  package var descriptorCount: Int? { ProcessFiles.descriptorCount(pid) }

  private static func spawn(_ path: String, _ arguments: [String], output: CInt) -> CInt {
    // Safe: the copies live until they are freed below, and the list ends with a null pointer.
    let copies = unsafe ([path] + arguments).map { unsafe copy($0) }
    let pid = unsafe clinux_spawn(path, copies + [nil], standardInput, output)
    let code = clinux_errno()
    for position in unsafe copies.indices { unsafe copies[position]?.deallocate() }
    clinux_restore_errno(code)
    return pid
  }

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
