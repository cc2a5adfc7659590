package import BatonCore

/// Someone who reads messages from a connection.
package protocol MessageReader: AnyObject {
  /// A whole message arrived.
  func connection(_ connection: MessageConnection, received message: MessageScanner.Message)
  /// Whether another message may be taken in this round of the loop; what is refused stays in the
  /// connection until ``MessageConnection/deliver()``.
  func connectionMayGoOn(_ connection: MessageConnection) -> Bool
  /// It is over: the other end is gone (nil), or it broke a limit, which the text names.
  func connectionClosed(_ connection: MessageConnection, because limit: String?)
}

extension MessageReader {
  /// Whoever speaks with one other end of its own takes what comes.
  package func connectionMayGoOn(_ connection: MessageConnection) -> Bool { true }
}

/// A connected UNIX socket that carries JSON texts both ways, without blocking and within bounds:
/// it reads ``chunk`` bytes a round, keeps at most a message, at most ``unreadMax`` bytes that the
/// other end has not read, and at most ``descriptorsMax`` descriptors that no command has taken.
package final class MessageConnection: Watcher {
  /// The longest message of a client, in bytes.
  package static let messageMax = 1 << 16
  /// The longest message of a server, in bytes: QEMU's schema is one of 250 KB.
  package static let answerMax = 1 << 22
  /// The most descriptors that wait for a command to take them.
  package static let descriptorsMax = 64
  /// The most bytes that wait for the other end to read them; who lets more pile up is dropped.
  package static let unreadMax = 1 << 20
  /// How many bytes are read in one round of the loop.
  static let chunk = 1 << 14
  /// While more than this waits to be read, in bytes, nothing more is taken from the other end.
  static let pauseAt = 1 << 16

  private let loop: any Loop
  private let socket: Descriptor
  private unowned(unsafe) let holder: any MessageReader
  private let longest: Int
  private var reading: Watch?
  private var writing: Watch?
  private var inbox: MessageScanner
  /// True while messages are handed over.
  private var isDelivering = false
  private var descriptors: Descriptors
  /// With which bytes of the stream each of those came.
  private var places: [Range<Int>] = []
  /// Where the message ends that was handed over last.
  private var handedOver = 0
  private var outbox: [UInt8] = []
  /// How much of the outbox has gone.
  private var sent = 0
  private var buffer = [UInt8](repeating: 0, count: MessageConnection.chunk)
  private var numbers = [CInt](repeating: -1, count: Kernel.descriptorsPerMessageMax)

  private static let readWatch = 1
  private static let writeWatch = 2

  /// Takes over a connected socket; the reader owns the connection and so outlives it.
  package init(
    _ loop: any Loop, _ socket: consuming Descriptor,
    longest: Int = MessageConnection.messageMax, reader: any MessageReader
  ) {
    self.loop = loop
    self.longest = longest
    // A server's answers are as long as they are: no guest waits for who reads them.
    inbox = MessageScanner(
      valuesMax: longest > Self.messageMax ? .max : MessageScanner.clientValuesMax)
    descriptors = Descriptors(in: loop.kernel)
    // Safe: the reader owns the connection.
    unsafe holder = reader
    self.socket = socket
    reading = Watch(
      loop, descriptor: self.socket.number, for: .read, id: Self.readWatch, calling: self)
  }

  // Safe: the reader owns the connection and so outlives it.
  private var reader: any MessageReader { unsafe holder }

  /// How many bytes wait for the other end to read them.
  private var unread: Int { outbox.count - sent }

  /// Sends a message and the end of its line; an end that has left ``unreadMax`` bytes unread is
  /// dropped instead.
  package func send(_ line: String) {
    guard reading != nil else { return }
    outbox += line.utf8
    outbox += [0x0D, 0x0A]
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
    let place = inbox.received
    do {
      let received = try read()
      if received.isTruncated { end(because: "it sent descriptors that this process cannot hold") }
      for number in numbers.prefix(received.descriptorCount) {
        descriptors.append(Descriptor(owning: number, in: loop.kernel))
        // Bytes that were sent before may be glued in front.
        places.append(place..<place + received.byteCount)
      }
      if reading != nil, received.byteCount > 0 {
        inbox.append(buffer[..<received.byteCount])
        return true
      }
      if reading != nil { end(because: nil) }
    } catch {
      if !error.isWouldBlock { end(because: nil) }
    }
    return false
  }

  private func read() throws(SystemError) -> Received {
    let number = socket.number
    let kernel = loop.kernel
    // Safe: both buffers outlive the call.
    return try unsafe buffer.withUnsafeMutableBufferPointer { (bytes) throws(SystemError) in
      try unsafe numbers.withUnsafeMutableBufferPointer { (numbers) throws(SystemError) in
        try unsafe kernel.receive(
          number, into: UnsafeMutableRawBufferPointer(bytes), descriptors: numbers)
      }
    }
  }

  /// The first descriptor that came with the message that is being carried out, or before it; who
  /// carries it out owns it from here on.
  package func takeDescriptor() -> Descriptor? {
    guard let place = places.first, place.lowerBound < inbox.end else { return nil }
    places.removeFirst()
    return descriptors.takeFirst()
  }

  /// Closes descriptors whose command has not taken them.
  private func dropUntaken() {
    let count = places.prefix { $0.upperBound <= handedOver }.count
    places.removeFirst(count)
    _ = descriptors.removeFirst(count)
  }

  /// Hands over the messages that are there, as far as the reader takes them and the other end
  /// reads the answers.
  package func deliver() {
    // Whoever answers on the way is in the loop below already.
    guard !isDelivering else { return }
    isDelivering = true
    defer { isDelivering = false }
    var isHeldBack = false
    while reading != nil, inbox.find() {
      guard unread <= Self.pauseAt, reader.connectionMayGoOn(self) else {
        isHeldBack = true
        break
      }
      dropUntaken()
      handedOver = inbox.end
      guard let message = inbox.take() else { break }
      if case .text(let bytes) = message, bytes.count > longest {
        return end(because: "a message of more than \(longest) bytes")
      }
      reader.connection(self, received: message)
    }
    guard reading != nil else { return }
    if isHeldBack { reading?.suspend() } else { reading?.resume() }
    if !isHeldBack, inbox.pendingCount > longest {
      end(because: "a message of more than \(longest) bytes")
    } else if places.count > Self.descriptorsMax {
      end(because: "it left \(places.count) descriptors that no command took")
    }
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
extension MessageConnection: Sendable {}
