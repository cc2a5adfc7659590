import BatonCore

/// What a channel tells its owner. The owner may close the channel inside any of these.
protocol ChannelOwner: AnyObject {
  /// A whole record arrived, with the descriptors that it owns.
  func channel(
    received type: RecordType, _ payload: borrowing RawSpan, _ descriptors: consuming Descriptors)
  /// Everything queued has gone out.
  func channelDrained()
  /// The other end is closed and everything from it was read.
  func channelClosed()
  /// Something arrived that is no record.
  func channelBroken(_ refusal: Refusal)
}

/// A connected UNIX stream socket that carries records and their descriptors, without blocking.
///
/// The kernel glues plain bytes in front of a message with descriptors and never behind it, so
/// descriptors wait in a queue of their own until a record says how many of them it owns.
@safe
final class Channel: Watcher {
  private let loop: any Loop
  private let socket: Descriptor
  private unowned(unsafe) var holder: any ChannelOwner
  private var reading: Watch?
  private var writing: Watch?
  private var inbox: [UInt8] = []
  private var claimed: Descriptors
  private var queue = SendQueue()
  /// Why something could not be sent, until the owner is told.
  private var failure: SystemError?
  private var failing: Timer?
  /// False from the moment when it was closed here or is at its end.
  private(set) var isOpen = true
  /// False once nothing more is to be read: closed, at its end, or broken. Why it is broken can
  /// still be sent.
  private(set) var isReadable = true

  private static let readWatch = 1
  private static let writeWatch = 2
  private static let failWatch = 3
  private static let chunk = 1 << 16
  private static let room = 1024
  /// The most records of one channel that may be skipped: an endless row of them would keep the
  /// loop.
  static let skippedMax = 1024
  private var skippedCount = 0

  private let bytes: UnsafeMutableRawBufferPointer
  private let numbers: UnsafeMutableBufferPointer<CInt>

  /// Takes over a connected socket and starts to read.
  ///
  /// The owner owns the channel and so outlives it.
  init(_ loop: any Loop, _ socket: consuming Descriptor, owner: any ChannelOwner) {
    self.loop = loop
    // Safe: the owner holds the channel as a stored property and so outlives it.
    unsafe holder = owner
    claimed = Descriptors(in: loop.kernel)
    self.socket = socket
    // Safe: ours alone and freed in `deinit`; of both only what a receive has written is read, and
    // nobody keeps a pointer into them.
    unsafe bytes = .allocate(byteCount: Self.chunk, alignment: 16)
    unsafe numbers = .allocate(capacity: Self.room)
    reading = Watch(
      loop, descriptor: self.socket.number, for: .read, id: Self.readWatch, calling: self)
  }

  deinit {
    // A watch goes before what it watches.
    reading = nil
    writing = nil
    failing = nil
    // Safe: allocated in `init`.
    unsafe bytes.deallocate()
    unsafe numbers.deallocate()
  }

  // Safe: the owner holds the channel as a stored property and so outlives it.
  private var owner: any ChannelOwner { unsafe holder }

  /// From the next record on another owner is told, which holds the channel from here on.
  func belong(to owner: any ChannelOwner) {
    // Safe: the new owner holds the channel as a stored property and so outlives it.
    unsafe holder = owner
  }

  /// Stops to read and to write; the socket closes with the channel.
  func close() {
    isOpen = false
    isReadable = false
    reading = nil
    writing = nil
    failing = nil
    try? loop.kernel.shutdown(socket.number)
  }

  /// Puts a record behind what is queued; the descriptors are lent until they have gone out.
  func queue(_ type: RecordType, _ body: borrowing ByteWriter, lending descriptors: [CInt] = []) {
    queue.append(type, body, descriptors)
  }

  /// Sends what is queued as far as the socket takes it.
  ///
  /// - Returns: True when nothing is left; else `channelDrained` comes later, or `channelBroken`.
  @discardableResult
  func flush() -> Bool {
    guard isOpen else { return true }
    do {
      while let sent = try queue.sendNext(on: socket) {
        if !sent { continue }
      }
    } catch {
      guard error.isWouldBlock else {
        fail(error)
        return false
      }
      if writing == nil {
        writing = Watch(
          loop, descriptor: socket.number, for: .write, id: Self.writeWatch, calling: self)
      }
      return false
    }
    writing = nil
    return true
  }

  /// What is queued cannot be sent, now or ever: only why not may still be tried.
  ///
  /// The owner is told in the next round, behind what the peer has sent already: one that refused
  /// and closed says better why than EPIPE does.
  private func fail(_ error: SystemError) {
    queue.dropUnbegun()
    writing = nil
    guard failure == nil, isReadable else { return }
    failure = error
    failing = Timer(loop, id: Self.failWatch, calling: self)
    failing?.arm(at: loop.now)
  }

  private func tellFailure() {
    failing = nil
    drain()
    guard let failure, isReadable else { return }
    broke(Refusal(failure))
  }

  func ready(_ what: Ready, watch: Int) {
    if watch == Self.writeWatch {
      if flush(), isOpen { owner.channelDrained() }
    } else if watch == Self.failWatch {
      tellFailure()
    } else {
      drain()
    }
  }

  /// Reads and delivers everything that is there, up to the end if it is there.
  func drain() {
    while isReadable {  // Ends when the socket is empty or at its end, or the owner closed.
      let received: Received
      do {
        // Safe: both buffers are ours and as long as they say.
        received = try unsafe loop.kernel.receive(
          socket.number, into: bytes, descriptors: numbers)
      } catch {
        if error.isWouldBlock { return }
        return end()
      }
      // Safe: the kernel wrote that many descriptors, which are ours now.
      unsafe claimed.append(owning: numbers, count: received.descriptorCount)
      if received.isTruncated {
        // There is room for as many as one message carries: numbers for them have run out here.
        return broke(Refusal(SystemError(call: .receive, code: Errno.processTableFull)))
      }
      if received.byteCount == 0 { return end() }
      // Safe: the kernel wrote that many bytes.
      unsafe inbox.append(contentsOf: bytes[..<received.byteCount])
      deliver()
      if isReadable, hasStrays {
        return broke(
          Refusal(.descriptorCount, here: .number(UInt64(claimed.count)), there: .number(0)))
      }
    }
  }

  /// True when descriptors are here that no record can own: between two records none is left over,
  /// and inside one there are no more than it may have.
  private var hasStrays: Bool {
    inbox.isEmpty ? !claimed.isEmpty : claimed.count > Int(RecordHeader.descriptorsMax)
  }

  private func deliver() {
    var start = 0
    while isReadable, inbox.count - start >= RecordHeader.byteCount {
      let whole = inbox
      do throws(Refusal) {
        // Safe: bytes of bytes; `whole` outlives the span, and every read is bounded.
        let all = unsafe whole.span.bytes
        let header = try RecordHeader(all, at: start)
        let end = start + RecordHeader.byteCount + Int(header.length)
        guard inbox.count >= end else { break }
        guard claimed.count >= Int(header.descriptorCount) else {
          throw Refusal(
            .descriptorCount, here: .number(UInt64(claimed.count)),
            there: .number(UInt64(header.descriptorCount)))
        }
        let own = claimed.removeFirst(Int(header.descriptorCount))
        try countSkippable(header)
        let payload = all.extracting(start + RecordHeader.byteCount..<end)
        start = end
        // What is not known here is dropped, and its descriptors close.
        if let type = header.type { owner.channel(received: type, payload, own) }
      } catch {
        return broke(error)
      }
    }
    inbox.removeFirst(min(start, inbox.count))
  }

  private func countSkippable(_ header: RecordHeader) throws(Refusal) {
    guard header.type?.isSkippable ?? true else { return }
    skippedCount += 1
    guard skippedCount <= Self.skippedMax else {
      throw Refusal(
        .invalid, field: .recordCount, here: .number(UInt64(Self.skippedMax)),
        there: .number(UInt64(skippedCount)))
    }
  }

  private func end() {
    let left = inbox.count
    isOpen = false
    isReadable = false
    reading = nil
    writing = nil
    guard left == 0 else {
      return owner.channelBroken(
        Refusal(.truncatedStream, here: .number(UInt64(left)), there: expected))
    }
    owner.channelClosed()
  }

  /// How long the record that is cut off was to be, header included.
  private var expected: Refusal.Value {
    let cut = inbox
    // Safe: bytes of bytes; `cut` outlives the span, and every read is bounded.
    let all = unsafe cut.span.bytes
    guard let header = try? RecordHeader(all, at: 0) else {
      return .number(UInt64(RecordHeader.byteCount))
    }
    return .number(UInt64(RecordHeader.byteCount) + UInt64(header.length))
  }

  private func broke(_ refusal: Refusal) {
    isReadable = false
    reading = nil
    owner.channelBroken(refusal)
  }
}
