package import BatonCore

/// Someone who reads lines from a connection.
package protocol LineReader: AnyObject {
  /// A whole line arrived, without its newline.
  func connection(_ connection: LineConnection, line: [UInt8])
  /// The other end is gone, or sent a line that is too long.
  func connectionClosed(_ connection: LineConnection)
}

/// A connected UNIX socket that carries lines both ways, without blocking.
package final class LineConnection: Watcher {
  /// The longest line in bytes.
  package static let lineMax = 1 << 20

  private let loop: any Loop
  private let socket: Descriptor
  private unowned(unsafe) let holder: any LineReader
  private var reading: Watch?
  private var writing: Watch?
  private var inbox: [UInt8] = []
  private var outbox: [UInt8] = []

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

  package func send(_ line: String) {
    outbox += Array(line.utf8) + [UInt8(ascii: "\n")]
    flush()
  }

  /// Stops to read and write.
  package func close() {
    reading = nil
    writing = nil
  }

  /// The loop calls when the socket can be read or written.
  package func ready(_ what: Ready, watch: Int) {
    if watch == Self.writeWatch { return flush() }
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    let number = socket.number
    let kernel = loop.kernel
    do {
      // Safe: the buffer outlives the call.
      let count = try unsafe buffer.withUnsafeMutableBufferPointer {
        (bytes) throws(SystemError) in
        try unsafe kernel.read(number, into: UnsafeMutableRawBufferPointer(bytes))
      }
      if count == 0 { return end() }
      inbox += buffer[..<count]
    } catch {
      return error.isWouldBlock ? () : end()
    }
    while let newline = inbox.firstIndex(of: UInt8(ascii: "\n")) {
      let line = Array(inbox[..<newline])
      inbox.removeFirst(newline + 1)
      reader.connection(self, line: line)
      if reading == nil { return }
    }
    if inbox.count > Self.lineMax { end() }
  }

  private func end() {
    close()
    reader.connectionClosed(self)
  }

  private func flush() {
    let number = socket.number
    let kernel = loop.kernel
    while !outbox.isEmpty {
      do {
        // Safe: the buffer outlives the call.
        let sent = try unsafe outbox.withUnsafeBufferPointer { (bytes) throws(SystemError) in
          try unsafe kernel.send(
            number, bytes: UnsafeRawBufferPointer(bytes),
            descriptors: UnsafeBufferPointer(start: nil, count: 0))
        }
        outbox.removeFirst(sent)
      } catch {
        guard error.isWouldBlock else { return outbox.removeAll() }
        if writing == nil {
          writing = Watch(
            loop, descriptor: number, for: .write, id: Self.writeWatch, calling: self)
        }
        return
      }
    }
    writing = nil
  }
}

@available(*, unavailable)
extension LineConnection: Sendable {}
