import BatonCore

@testable import BatonMig

/// The other end of a migration, by hand: it sends what it is told and keeps what it gets.
final class Stranger {
  private let kernel: Kernel
  private let socket: Descriptor
  private var inbox: [UInt8] = []
  /// What came and was not taken out yet.
  private(set) var descriptors: Descriptors
  private(set) var isAtEnd = false

  /// Takes over a connected socket.
  init(_ kernel: Kernel, _ number: CInt) {
    self.kernel = kernel
    socket = Descriptor(owning: number, in: kernel)
    descriptors = Descriptors(in: kernel)
  }

  /// The socket, lent.
  var number: CInt { socket.number }

  func send(_ bytes: [UInt8], _ lent: [CInt] = []) throws {
    _ = try bytes.withUnsafeBytes { bytes in
      try lent.withUnsafeBufferPointer { lent in
        try kernel.send(socket.number, bytes: bytes, descriptors: lent)
      }
    }
  }

  func send(_ type: RecordType, _ payload: [UInt8] = [], _ lent: [CInt] = []) throws {
    try send(Wire.record(type, payload, descriptors: lent.count), lent)
  }

  /// The types and payloads of the records that have come since the last time.
  func read() throws -> [(type: RecordType, payload: [UInt8])] {
    let buffer = UnsafeMutableRawBufferPointer.allocate(byteCount: 1 << 16, alignment: 16)
    let numbers = UnsafeMutableBufferPointer<CInt>.allocate(capacity: 256)
    defer {
      buffer.deallocate()
      numbers.deallocate()
    }
    // Ends when the socket is empty or at its end.
    while !isAtEnd {
      do {
        let received = try kernel.receive(socket.number, into: buffer, descriptors: numbers)
        descriptors.append(owning: numbers, count: received.descriptorCount)
        inbox += buffer[..<received.byteCount]
        isAtEnd = received.byteCount == 0
      } catch {
        if error.isWouldBlock { break }
        isAtEnd = true
      }
    }
    var records: [(type: RecordType, payload: [UInt8])] = []
    while inbox.count >= RecordHeader.byteCount {
      let whole = inbox
      let header = try RecordHeader(whole.span.bytes, at: 0)
      let end = RecordHeader.byteCount + Int(header.length)
      guard inbox.count >= end else { break }
      guard let type = header.type else { throw Refusal(.unknownRecord) }
      records.append((type, Array(inbox[RecordHeader.byteCount..<end])))
      inbox.removeFirst(end)
    }
    return records
  }

  /// Why it is over, as the other side says last; nil when it says nothing, or is not gone.
  func why() throws -> String? {
    let last = try read().last
    guard isAtEnd, let last, last.type == .failed else { return nil }
    return try RefusalNotice(last.payload.span.bytes).description
  }

  /// Takes the first descriptor that came for the ownership word.
  func word(_ handover: UInt32) throws -> OwnershipWord {
    guard let first = descriptors.takeFirst() else { throw Refusal(.descriptorCount) }
    return try OwnershipWord(adopting: first, handover: handover)
  }
}

extension Stage {
  /// A source by hand, connected to the target, which listens.
  func connect() throws -> Stranger {
    guard let path = address().path else { throw Refusal(.badAddress) }
    let stranger = Stranger(kernel, try kernel.connect(path: path))
    rest()
    return stranger
  }
}

/// What a source by hand says.
enum Speech {
  static let device = Wire.bytes {
    Payload.Device(name: Name("net0"), kind: Name("fake")).write(into: &$0)
  }
  static let noMemory = Wire.bytes { $0.write(UInt16(0)) }
  static let oneDevice = Wire.bytes { $0.write(UInt16(1)) }
  static let state = Wire.bytes { Payload.State(position: 0).write(into: &$0) } + [4, 5]

  /// The records from the offer to the state, in their order.
  static let offer: [(RecordType, [UInt8])] = [
    (.memory, noMemory), (.device, device), (.offerEnd, oneDevice),
  ]
  static let states: [(RecordType, [UInt8])] = [(.state, state), (.stateEnd, [1])]
}
