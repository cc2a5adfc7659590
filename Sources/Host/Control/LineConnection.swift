package import BatonCore

/// Someone who reads lines from a connection.
package protocol LineReader: AnyObject {
  /// A whole line arrived, without its newline.
  func connection(_ connection: LineConnection, line: [UInt8])
  /// Whether another line may be taken in this round of the loop; what is refused stays in the
  /// connection until ``LineConnection/deliver()``.
  func connectionMayGoOn(_ connection: LineConnection) -> Bool
  /// It is over: the other end is gone (nil), or it broke a limit, which the text names.
  func connectionClosed(_ connection: LineConnection, because limit: String?)
}

extension LineReader {
  /// Whoever speaks with one other end of its own takes what comes.
  package func connectionMayGoOn(_ connection: LineConnection) -> Bool { true }
}

/// A connected UNIX socket that carries lines both ways, without blocking and within bounds: it
/// reads ``chunk`` bytes a round, keeps at most a line, and at most ``unreadMax`` bytes that the
/// other end has not read.
package final class LineConnection: Watcher {
  /// The longest line, in bytes.
  package static let lineMax = 1 << 16
  /// The most bytes that wait for the other end to read them; who lets more pile up is dropped.
  package static let unreadMax = 1 << 20
  /// How many bytes are read in one round of the loop.
  static let chunk = 1 << 14
  /// While more than this waits to be read, in bytes, nothing more is taken from the other end.
  static let pauseAt = 1 << 16

  private let loop: any Loop
  private let socket: Descriptor
  private unowned(unsafe) let holder: any LineReader
  private var reading: Watch?
  private var writing: Watch?
  private var inbox: [UInt8] = []
  /// How much of the inbox is known to have no newline.
  private var scanned = 0
  private var outbox: [UInt8] = []
  /// How much of the outbox has gone.
  private var sent = 0
  private var buffer = [UInt8](repeating: 0, count: LineConnection.chunk)

  private static let readWatch = 1
  private static let writeWatch = 2

  /// Takes over a connected socket; the reader owns the connection and so outlives it.
  package init(_ loop: any Loop, _ socket: consuming Descriptor, reader: any LineReader) {
    self.loop = loop
    // Safe: the reader owns the connection.
    unsafe holder = reader
    self.socket = socket
    reading = Watch(
      loop, descriptor: self.socket.number, for: .read, id: Self.readWatch, calling: self)
  }

  // Safe: the reader owns the connection and so outlives it.
  private var reader: any LineReader { unsafe holder }

  /// How many bytes wait for the other end to read them.
  private var unread: Int { outbox.count - sent }

  /// Sends a line; an end that has left ``unreadMax`` bytes unread is dropped instead.
  package func send(_ line: String) {
    guard reading != nil else { return }
    outbox += line.utf8
    outbox.append(UInt8(ascii: "\n"))
    flush()
    if reading != nil, unread > Self.unreadMax { end(because: "it left \(unread) bytes unread") }
  }

  /// Stops to read and write.
  package func close() {
    reading = nil
    writing = nil
  }

  /// The loop calls when the socket can be read or written.
  package func ready(_ what: Ready, watch: Int) {
    if watch == Self.writeWatch {
      flush()
      if unread <= Self.pauseAt { deliver() }
    } else if receive() {
      deliver()
    }
  }

  /// Reads once; false when there was nothing, or the other end is gone.
  private func receive() -> Bool {
    let number = socket.number
    let kernel = loop.kernel
    do {
      // Safe: the buffer outlives the call.
      let count = try unsafe buffer.withUnsafeMutableBufferPointer {
        (bytes) throws(SystemError) in
        try unsafe kernel.read(number, into: UnsafeMutableRawBufferPointer(bytes))
      }
      if count > 0 {
        inbox += buffer[..<count]
        return true
      }
      end(because: nil)
    } catch {
      if !error.isWouldBlock { end(because: nil) }
    }
    return false
  }

  /// Hands over the lines that are there, as far as the reader takes them and the other end reads
  /// the answers; blank ones are skipped, as between JSON texts (RFC 8259).
  package func deliver() {
    var start = 0
    var isHeldBack = false
    while reading != nil {  // Ends when no line is left.
      guard let newline = inbox[(start + scanned)...].firstIndex(of: UInt8(ascii: "\n")) else {
        scanned = inbox.count - start
        break
      }
      let line = inbox[start..<newline]
      if !line.allSatisfy(Self.isBlank) {
        guard unread <= Self.pauseAt, reader.connectionMayGoOn(self) else {
          isHeldBack = true
          break
        }
        reader.connection(self, line: Array(line))
      }
      start = newline + 1
      scanned = 0
    }
    inbox.removeFirst(min(start, inbox.count))
    guard reading != nil else { return }
    if isHeldBack { reading?.suspend() } else { reading?.resume() }
    if !isHeldBack, inbox.count > Self.lineMax {
      end(because: "a line of more than \(Self.lineMax) bytes")
    }
  }

  private static func isBlank(_ byte: UInt8) -> Bool {
    byte == 0x20 || byte == 0x09 || byte == 0x0D
  }

  private func end(because limit: String?) {
    close()
    reader.connectionClosed(self, because: limit)
  }

  /// Why nothing can be sent; nil for who has gone, which is nobody's fault.
  private static func reason(_ error: SystemError) -> String? {
    error.code == Errno.brokenPipe || error.code == Errno.connectionReset ? nil : "\(error)"
  }

  private func flush() {
    let number = socket.number
    let kernel = loop.kernel
    while sent < outbox.count {  // Ends when all has gone, or the socket is full.
      do {
        // Safe: the buffer outlives the call, and `sent` is within it.
        sent += try unsafe outbox.withUnsafeBufferPointer { (bytes) throws(SystemError) in
          try unsafe kernel.send(
            number,
            bytes: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[sent...])),
            descriptors: UnsafeBufferPointer(start: nil, count: 0))
        }
      } catch {
        // Half an answer, or none, would be waited for in vain.
        guard error.isWouldBlock else { return end(because: Self.reason(error)) }
        if writing == nil {
          writing = Watch(
            loop, descriptor: number, for: .write, id: Self.writeWatch, calling: self)
        }
        return
      }
    }
    outbox.removeAll(keepingCapacity: outbox.count <= Self.pauseAt)
    sent = 0
    writing = nil
  }
}

@available(*, unavailable)
extension LineConnection: Sendable {}
