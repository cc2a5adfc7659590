import BatonCore

/// What a connection tells its owner, who may close it inside any of these.
protocol VhostConnectionOwner: AnyObject {
  /// A whole message arrived, with its descriptors.
  func connection(received message: VhostMessage, _ descriptors: consuming Descriptors)
  /// What had arrived was looked at, and took this.
  func connection(worked spell: Spell)
  /// It is over: the other end has closed it (nil), or the stream cannot be trusted any more.
  func connection(ended fault: VhostFault?)
}

/// A connected socket of a front-end: takes messages with their descriptors, sends replies.
///
/// The kernel glues plain bytes in front of a message with descriptors and never behind it, so
/// descriptors wait in a queue until a message says how many of them it owns.
@safe final class VhostConnection: Watcher {
  private let loop: any Loop
  private let socket: Descriptor
  private unowned(unsafe) let holder: any VhostConnectionOwner
  private var reading: Watch?
  private var writing: Watch?
  private var inbox: [UInt8] = []
  private var claimed: Descriptors
  private(set) var outbox = ByteWriter()
  private var sent = 0
  private let bytes: UnsafeMutableRawBufferPointer
  private let numbers: UnsafeMutableBufferPointer<CInt>

  private static let readWatch = 1
  private static let writeWatch = 2
  private static let chunk = 1 << 13
  private static let room = 256
  /// The most bytes that the front-end may leave unread.
  private static let unreadMax = 1 << 16

  /// Takes over a connected socket and reads nothing before ``resume()``; the owner owns it and so
  /// outlives it.
  init(
    _ loop: any Loop, _ socket: consuming Descriptor, owner: any VhostConnectionOwner
  ) {
    self.loop = loop
    // Safe: the owner holds the connection as a stored property and so outlives it.
    unsafe holder = owner
    claimed = Descriptors(in: loop.kernel)
    self.socket = socket
    // Safe: ours alone and freed in `deinit`; only what a receive has written is read.
    unsafe bytes = .allocate(byteCount: Self.chunk, alignment: 16)
    unsafe numbers = .allocate(capacity: Self.room)
  }

  deinit {
    // A watch goes before what it watches.
    reading = nil
    writing = nil
    // Safe: allocated in `init`.
    unsafe bytes.deallocate()
    unsafe numbers.deallocate()
  }

  // Safe: the owner holds the connection as a stored property and so outlives it.
  private var owner: any VhostConnectionOwner { unsafe holder }

  // MARK: On the way to another process

  /// The most bytes that are carried along of what was not read, or not sent.
  static let carriedMax = 1 << 17

  /// The socket, lent.
  var number: CInt { socket.number }
  /// What was received and is no whole message yet.
  var unread: [UInt8] { inbox }
  /// What was answered and has not gone out.
  var unsent: [UInt8] { Array(outbox.bytes[sent...]) }
  /// Descriptors that came with what is no whole message yet.
  var claimedCount: Int { claimed.count }

  /// Those, lent.
  func lendClaimed() -> [CInt] { (0..<claimed.count).map { claimed[$0] } }

  /// Nothing is read or sent any more.
  func hold() {
    reading = nil
    writing = nil
  }

  /// Goes on, with what waits first.
  func resume() {
    reading = Watch(
      loop, descriptor: socket.number, for: .read, id: Self.readWatch, calling: self)
    if outbox.count > sent { flush() }
  }

  /// Takes over what another process had received and not read, and answered and not sent.
  func carry(_ inbox: [UInt8], _ outbox: [UInt8], _ claimed: consuming Descriptors) {
    self.inbox = inbox
    self.outbox.write(outbox)
    self.claimed.append(contentsOf: claimed)
  }

  /// Stops to read and to write; the socket closes with the connection.
  func close() {
    reading = nil
    writing = nil
  }

  /// The process at the other end.
  func peer() throws(SystemError) -> Credentials {
    try loop.kernel.peerCredentials(socket.number)
  }

  /// Answers a request.
  func reply(to request: VhostRequest, _ payload: UInt64...) {
    guard reading != nil else { return }
    VhostHeader.reply(to: request, payload, into: &outbox)
    flush()
  }

  /// The loop calls.
  func ready(_ what: Ready, watch: Int) {
    if watch == Self.writeWatch { return flush() }
    let (began, before) = (loop.now, loop.kernel.worked())
    drain()
    // Who has closed it, because it was over, may be gone by now.
    guard reading != nil else { return }
    let after = loop.kernel.worked()
    // A filter of system calls may refuse the clock: nothing is known then.
    let used = after > before ? after - before : 0
    owner.connection(worked: Spell(began: began, ended: loop.now, processorNanos: used))
  }

  private func flush() {
    let whole = outbox.bytes
    while sent < whole.count {  // Ends when all has gone, or the socket is full.
      do {
        let number = socket.number
        let kernel = loop.kernel
        let from = sent
        // Safe: the bytes outlive the call, and `from` is within them.
        sent += try unsafe whole.withUnsafeBufferPointer { (bytes) throws(SystemError) in
          try unsafe kernel.send(
            number,
            bytes: UnsafeRawBufferPointer(UnsafeBufferPointer(rebasing: bytes[from...])),
            descriptors: UnsafeBufferPointer(start: nil, count: 0))
        }
      } catch {
        guard error.isWouldBlock else { return end(Self.isHangUp(error) ? nil : .system(error)) }
        guard whole.count - sent <= Self.unreadMax else { return end(.unread(whole.count - sent)) }
        forgetSent()
        if writing == nil {
          writing = Watch(
            loop, descriptor: socket.number, for: .write, id: Self.writeWatch, calling: self)
        }
        return
      }
    }
    outbox.reset()
    sent = 0
    writing = nil
  }

  /// A front-end that never reads all is not answered by ever more memory.
  private func forgetSent() {
    guard sent > 0 else { return }
    let rest = unsent
    outbox.reset()
    outbox.write(rest)
    sent = 0
  }

  /// Whether the front-end has closed the connection, with answers that it did not wait for.
  private static func isHangUp(_ error: SystemError) -> Bool {
    error.code == Errno.connectionReset || error.code == Errno.brokenPipe
  }

  /// Reads once and delivers what is there: a front-end that never stops to speak has its turn in
  /// each round of the loop, and no more.
  private func drain() {
    guard reading != nil else { return }
    let received: Received
    do {
      // Safe: both buffers are ours and as long as they say.
      received = try unsafe loop.kernel.receive(
        socket.number, into: bytes, descriptors: numbers)
    } catch {
      if error.isWouldBlock { return }
      return end(Self.isHangUp(error) ? nil : .system(error))
    }
    // Safe: the kernel wrote that many descriptors, which are ours now.
    unsafe claimed.append(owning: numbers, count: received.descriptorCount)
    if received.isTruncated { return end(.lostDescriptors) }
    if received.byteCount == 0 {
      return end(inbox.isEmpty ? nil : .truncated(byteCount: inbox.count))
    }
    // Safe: the kernel wrote that many bytes.
    unsafe inbox.append(contentsOf: bytes[..<received.byteCount])
    do throws(VhostFault) { try deliver() } catch { end(error) }
  }

  private func deliver() throws(VhostFault) {
    var start = 0
    while reading != nil, inbox.count - start >= VhostHeader.byteCount {
      let whole = inbox
      // Safe: bytes of bytes; `whole` outlives the span, and every read is bounded.
      let all = unsafe whole.span.bytes
      let header = try VhostHeader(all, at: start)
      let begin = start + VhostHeader.byteCount
      let end = begin + Int(header.payloadByteCount)
      guard inbox.count >= end else { break }
      let message = try VhostMessage(header, all.extracting(begin..<end))
      guard claimed.count >= message.descriptorCount else {
        throw .descriptors(
          message.request, expected: message.descriptorCount, found: claimed.count)
      }
      let own = claimed.removeFirst(message.descriptorCount)
      start = end
      owner.connection(received: message, own)
    }
    inbox.removeFirst(min(start, inbox.count))
    // Between two messages none is left over, and inside one there are no more than it may have.
    let most = inbox.isEmpty ? 0 : GuestMemory.regionCountMax
    if claimed.count > most { throw .strayDescriptors(claimed.count) }
  }

  private func end(_ fault: VhostFault?) {
    guard reading != nil else { return }
    close()
    owner.connection(ended: fault)
  }
}

@available(*, unavailable)
extension VhostConnection: Sendable {}
