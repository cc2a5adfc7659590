package import BatonCore
import Dispatch
import Synchronization

/// Writes lines to a file, a pipe or a terminal that may block, break or be full, on a thread of
/// its own, so that whoever writes never waits: a guest must not stand still for a log.
///
/// What waits is bounded; lines beyond that are dropped, whole, and counted. A destination that
/// fails (EPIPE, ENOSPC, EFBIG, …) gets nothing more: the process must ignore the signals that
/// would end it (SIGPIPE, SIGXFSZ: ``Host`` does), and the first error is kept for whoever asks.
package final class BackgroundWriter: Sendable {
  /// What became of the lines so far.
  package struct Status: Sendable, Equatable {
    /// Bytes that wait to be written.
    package var waiting = 0
    /// Lines that were dropped for want of room, or since the destination failed.
    package var dropped: UInt64 = 0
    /// The write that failed; nil while all is well.
    package var failure: SystemError?
    /// True once nothing more is waited for: what waits is dropped, and counted.
    var isOver = false
  }

  /// The most bytes that wait.
  package static let waitingMax = 4 << 20

  /// How long a full destination that does not block is left alone, in milliseconds.
  private static let pauseMillis = 10

  private let number: CInt
  private let isOwned: Bool
  private let queue: DispatchQueue
  private let status = Mutex(Status())
  /// The thread that makes a line now. No specific of the queue says so: where a queue with one
  /// ends, Dispatch starts a thread that wants an epoll, and ends the process when it gets none.
  private let writing = Mutex<ThreadNumber?>(nil)

  /// Writes to an open descriptor, through a kernel of the thread that writes.
  ///
  /// - Parameter isOwned: True when it is to be closed with this object, after what was taken is
  ///   written; false for one that stays open for ever, such as standard error.
  package init(to number: CInt, isOwned: Bool = false, label: String) {
    self.number = number
    self.isOwned = isOwned
    queue = DispatchQueue(label: label)
  }

  deinit {
    let number = number
    if isOwned { queue.async { Kernel().close(number) } }
  }

  /// What became of the lines so far.
  package var current: Status { status.withLock { $0 } }

  /// Hands over whole lines, each with its newline; returns at once.
  ///
  /// - Returns: False when they were dropped.
  @discardableResult
  package func write(_ text: String, lines: Int = 1) -> Bool {
    write(Array(text.utf8), lines: lines)
  }

  /// The same of bytes that are no text; `lines` are what is counted when they are dropped.
  @discardableResult
  package func write(_ bytes: [UInt8], lines: Int) -> Bool {
    let isTaken = status.withLock { status in
      guard status.failure == nil, status.waiting + bytes.count <= Self.waitingMax else {
        status.dropped += UInt64(lines)
        return false
      }
      status.waiting += bytes.count
      return true
    }
    guard isTaken else { return false }
    // Who is on the thread that writes has its turn now.
    if writing.withLock({ $0 }) == ThreadNumber.current {
      put(bytes, lines)
    } else {
      queue.async { self.put(bytes, lines) }
    }
    return true
  }

  /// Has a line made on the thread that writes it, by a body that hands it over there: a time, a
  /// zone and names cost more than a guest's change of VMM has to spare.
  ///
  /// - Returns: False when there was no room for it.
  @discardableResult
  package func later(_ body: @escaping @Sendable () -> Void) -> Bool {
    let isTaken = status.withLock { status in
      guard status.failure == nil, status.waiting + Self.lineBytes <= Self.waitingMax else {
        status.dropped += 1
        return false
      }
      status.waiting += Self.lineBytes
      return true
    }
    guard isTaken else { return false }
    queue.async {
      let isOver = self.status.withLock { status in
        status.waiting -= Self.lineBytes
        if status.isOver { status.dropped += 1 }
        return status.isOver
      }
      guard !isOver else { return }
      self.writing.withLock { $0 = ThreadNumber.current }
      body()
      self.writing.withLock { $0 = nil }
    }
    return true
  }

  /// What a line that is not made yet counts for, in bytes.
  private static let lineBytes = 512

  /// Waits until all that was handed over is written, or the time is up.
  ///
  /// - Returns: Whether all is written.
  @discardableResult
  package func wait(millis: Int) -> Bool {
    let done = DispatchSemaphore(value: 0)
    queue.async { done.signal() }
    return done.wait(timeout: .now() + .milliseconds(millis)) == .success
      && current.failure == nil
  }

  /// Waits as ``wait(millis:)`` does, at the end of a process; what is not written by then is
  /// dropped, and how many lines that are is the last line.
  package func finish(millis: Int) {
    guard !wait(millis: millis), current.failure == nil else { return }
    let before = status.withLock { status in
      status.isOver = true
      return status.dropped
    }
    let done = DispatchSemaphore(value: 0)
    queue.async {
      let missing = self.current.dropped - before
      if missing > 0 {
        _ = self.writeAll(Array("\(missing) lines of the log were not taken in time\n".utf8))
      }
      done.signal()
    }
    // Whoever reads at all is near: what waits now is one line, behind one that is being written.
    _ = done.wait(timeout: .now() + .milliseconds(min(millis, 200)))
  }

  /// Sets a mark when all that was handed over so far is written or dropped.
  func mark(_ mark: WrittenMark) { queue.async { mark.set(self.current) } }

  private func put(_ bytes: [UInt8], _ lines: Int) {
    let (known, isOver) = status.withLock { ($0.failure, $0.isOver) }
    let failure = known ?? (isOver ? nil : writeAll(bytes))
    status.withLock { status in
      status.waiting -= bytes.count
      if isOver { status.dropped += UInt64(lines) }
      guard let failure, !isOver else { return }
      status.dropped += UInt64(lines)
      status.failure = failure
    }
  }

  /// Why not all of it could be written; nil when it was. Waits as long as the reader does.
  private func writeAll(_ bytes: [UInt8]) -> SystemError? {
    let kernel = Kernel()
    var rest = bytes[...]
    while !rest.isEmpty {  // Ends when all has gone, or the destination fails.
      do throws(SystemError) {
        // Safe: the slice outlives the call.
        let count = try unsafe rest.withUnsafeBufferPointer { (buffer) throws(SystemError) in
          try unsafe kernel.write(number, from: UnsafeRawBufferPointer(buffer))
        }
        rest = rest.dropFirst(count)
      } catch {
        guard error.isWouldBlock else { return error }
        // Somebody made it non-blocking; there is nothing to await on this thread but time.
        _ = DispatchSemaphore(value: 0).wait(timeout: .now() + .milliseconds(Self.pauseMillis))
      }
    }
    return nil
  }
}
