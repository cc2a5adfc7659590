import BatonCore
import BatonTesting

/// A UNIX stream socket (unix(7)), as Linux has it: messages in order, descriptors with the first
/// byte of theirs, and a reset for who left something unread.
final class SimulatedSocket: SimulatedFile {
  private struct Message {
    var bytes: ArraySlice<UInt8>
    var files: [SimulatedFile]
  }

  enum Role {
    case fresh
    case listening(backlog: Int)
    case connected
  }

  private(set) var role = Role.fresh
  /// Who made it, as the peer sees.
  var owner: SimulatedProcess?
  private(set) weak var peer: SimulatedSocket?
  /// Who was at the other end when the connection was made.
  private(set) var peerProcess: SimulatedProcess?
  private var inbox: [Message] = []
  private var waiting: [SimulatedSocket] = []
  /// The other end was closed, or shut down: nothing more comes, and nothing can be sent.
  private var isEnded = false
  private var isReset = false
  /// Bytes that the other end may have unread (the kernel's default, without its overhead).
  private static let roomMax = 212_992

  override var kind: FileKind { FileKind(type: .socket) }

  override var readiness: Ready {
    switch role {
    case .fresh: [.read, .write]  // EPOLLHUP.
    case .listening: isEnded ? [.read, .write] : waiting.isEmpty ? [] : .read
    case .connected:
      if isEnded || isReset {
        [.read, .write]
      } else {
        (inbox.isEmpty ? [] : Ready.read).union(canSend ? .write : [])
      }
    }
  }

  private var unread: Int { inbox.reduce(0) { $0 + $1.bytes.count } }
  private var canSend: Bool { (peer?.unread ?? 0) < Self.roomMax / 4 * 3 }

  func listen(backlog: Int) { role = .listening(backlog: backlog) }

  /// Whether somebody can connect.
  var isListening: Bool { if case .listening = role { references > 0 && !isEnded } else { false } }

  func connect(to listener: SimulatedSocket) throws(SystemError) {
    guard case .listening(let backlog) = listener.role else {
      throw SystemError(call: .connect, code: Errno.connectionRefused)
    }
    guard listener.waiting.count <= backlog else {
      throw SystemError(call: .connect, code: Errno.wouldBlock)
    }
    let other = SimulatedSocket()
    other.owner = listener.owner
    other.retain()
    join(other)
    listener.waiting.append(other)
  }

  func join(_ other: SimulatedSocket) {
    (role, other.role) = (.connected, .connected)
    (peer, other.peer) = (other, self)
    (peerProcess, other.peerProcess) = (other.owner, owner)
  }

  /// The next connection; its reference goes to the caller.
  func accept() throws(SystemError) -> SimulatedSocket {
    guard case .listening = role else { throw SystemError(call: .accept, code: Errno.invalid) }
    guard !waiting.isEmpty else { throw SystemError(call: .accept, code: Errno.wouldBlock) }
    return waiting.removeFirst()
  }

  /// Both directions; a listening socket takes no more connections.
  func shutdown() {
    isEnded = true
    peer?.isEnded = true
  }

  /// What is left unread is told to the peer as a reset; descriptors in it are closed.
  override func closed() {
    // Who was never accepted is told so by a reset.
    for connection in waiting {
      connection.peer?.isReset = true
      connection.release()
    }
    waiting = []
    if let peer {
      peer.isEnded = true
      if !inbox.isEmpty { peer.isReset = true }
    }
    peer = nil
    let lost = inbox
    inbox = []
    for message in lost { for file in message.files { file.release() } }
  }

  func send(
    _ bytes: UnsafeRawBufferPointer, _ files: [SimulatedFile]
  ) throws(SystemError) -> Int {
    guard case .connected = role else { throw SystemError(call: .send, code: Errno.notConnected) }
    guard !isEnded, let peer else { throw SystemError(call: .send, code: Errno.brokenPipe) }
    let room = Self.roomMax - peer.unread
    guard room > 0 else { throw SystemError(call: .send, code: Errno.wouldBlock) }
    let count = min(bytes.count, room)
    for file in files { file.retain() }
    // Safe: the caller lends the bytes for the length of the call.
    let own = unsafe Array(bytes.prefix(count))
    peer.inbox.append(Message(bytes: ArraySlice(owner?.rewrite?(own) ?? own), files: files))
    return count
  }

  /// Reads message by message until the buffer is full, or one with descriptors was read.
  ///
  /// - Returns: The bytes, and the descriptors, whose references go to the caller.
  func receive(
    into buffer: UnsafeMutableRawBufferPointer, _ call: Call
  ) throws(SystemError) -> (count: Int, files: [SimulatedFile]) {
    guard case .connected = role else { throw SystemError(call: call, code: Errno.invalid) }
    var count = 0
    var files: [SimulatedFile] = []
    while count < buffer.count, files.isEmpty, !inbox.isEmpty {
      let room = buffer.count - count
      let part = inbox[0].bytes.prefix(room)
      for (offset, byte) in part.enumerated() {
        // Safe: the part is no longer than the room that is left.
        unsafe buffer[count + offset] = byte
      }
      count += part.count
      files = inbox[0].files
      inbox[0].files = []
      inbox[0].bytes = inbox[0].bytes.dropFirst(part.count)
      if inbox[0].bytes.isEmpty { inbox.removeFirst() }
    }
    guard count == 0 else { return (count, files) }
    if isReset {
      isReset = false
      throw SystemError(call: call, code: Errno.connectionReset)
    }
    guard isEnded else { throw SystemError(call: call, code: Errno.wouldBlock) }
    return (0, [])
  }

  /// Descriptors of a message that is read without room for them are closed.
  override func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
    // Safe: the caller lends the buffer for the length of the call.
    let (count, files) = try unsafe receive(into: buffer, .read)
    for file in files { file.release() }
    return count
  }

  override func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> Int {
    do throws(SystemError) {
      // Safe: the caller lends the bytes for the length of the call.
      return try unsafe send(bytes, [])
    } catch {
      throw SystemError(call: .write, code: error.code)
    }
  }
}
