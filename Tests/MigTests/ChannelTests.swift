import BatonCore
import Testing

@testable import BatonMig

@Suite(.timeLimit(.minutes(15))) struct ChannelTests {
  static func pattern(_ count: Int, _ seed: Int) -> [UInt8] {
    (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 31 &+ seed) }
  }

  @Test func `records arrive in order, both ways`() throws {
    let wiring = try Wiring()
    let types: [RecordType] = [.hello, .device, .memory, .offerEnd, .state, .bye]
    for (position, type) in types.enumerated() {
      let body = wiring.writer(Self.pattern(position * 100, position))
      wiring.near.channel?.queue(type, body)
      wiring.far.channel?.queue(type, body)
    }
    #expect(wiring.near.channel?.flush() == true)
    #expect(wiring.far.channel?.flush() == true)
    wiring.turn { wiring.near.letters.count == 6 && wiring.far.letters.count == 6 }
    let expected = types.enumerated().map {
      Correspondent.Letter(type: $1, payload: Self.pattern($0 * 100, $0))
    }
    #expect(wiring.near.letters == expected)
    #expect(wiring.far.letters == expected)
  }

  @Test func `records that are glued together come apart`() throws {
    let wiring = try Wiring(isFarBare: true)
    let glued = (0..<300).flatMap { Wire.record(.state, Self.pattern($0, $0)) }
    try wiring.send(glued)
    wiring.turn { wiring.near.letters.count == 300 }
    #expect(wiring.near.letters.map(\.payload) == (0..<300).map { Self.pattern($0, $0) })
  }

  @Test func `a record is whole however its bytes come`() throws {
    let wiring = try Wiring(isFarBare: true)
    let lent = try wiring.memory(7)
    let bytes =
      Wire.record(.state, [1, 2, 3], descriptors: 1) + Wire.record(.bye)
      + Wire.record(.hello, Wire.hello())
    try wiring.send([bytes[0]], [lent.number])
    for byte in bytes.dropFirst() {
      wiring.loop.poll()
      try wiring.send([byte])
    }
    wiring.turn { wiring.near.letters.count == 3 }
    #expect(
      wiring.near.letters == [
        .init(type: .state, payload: [1, 2, 3], sizes: [7]), .init(type: .bye, payload: []),
        .init(type: .hello, payload: Wire.hello()),
      ])
  }

  @Test func `what the socket does not take goes out later`() throws {
    let wiring = try Wiring()
    let bodies = (0..<4).map {
      [UInt8](repeating: UInt8($0), count: Int(RecordHeader.lengthMax) - $0)
    }
    for body in bodies { wiring.near.channel?.queue(.state, wiring.writer(body)) }
    #expect(wiring.near.channel?.flush() == false)
    wiring.turn { wiring.far.letters.count == bodies.count && wiring.near.drainedCount > 0 }
    #expect(wiring.near.drainedCount == 1)
    #expect(wiring.far.letters.map(\.payload) == bodies)
    // Drained once, the socket is not watched for room any more.
    #expect(wiring.near.channel?.flush() == true)
    wiring.loop.poll()
    #expect(wiring.near.drainedCount == 1)
  }

  @Test func `a socket that blocks a second time is waited for again`() throws {
    let wiring = try Wiring()
    let body = wiring.writer([UInt8](repeating: 7, count: Int(RecordHeader.lengthMax)))
    for round in 1...3 {
      for _ in 0..<4 { wiring.near.channel?.queue(.state, body) }
      #expect(wiring.near.channel?.flush() == false)
      wiring.turn { wiring.near.drainedCount == round }
      #expect(wiring.near.drainedCount == round)
    }
    wiring.turn { wiring.far.letters.count == 12 }
  }

  @Test func `a channel that is closed ends the peer's too`() throws {
    let wiring = try Wiring()
    wiring.near.channel?.close()
    wiring.turn { wiring.far.closedCount > 0 }
    #expect(wiring.far.closedCount == 1)
  }

  @Test func `a sentence of one byte too many is cut, between letters`() {
    let room = RefusalNotice.wordsMax
    #expect(RefusalNotice.cut([UInt8](repeating: 0x61, count: room + 1)).count == room)
    #expect(RefusalNotice.cut([UInt8](repeating: 0x61, count: room)).count == room)
    let long = Array(String(repeating: "ü", count: room).utf8)
    #expect(RefusalNotice.cut(long).count == room - 1)
  }

  @Test func `the end comes after everything that was sent before it`() throws {
    let wiring = try Wiring(isFarBare: true)
    try wiring.send(Wire.record(.state, [5]) + Wire.record(.bye))
    wiring.closeBare()
    wiring.turn { wiring.near.closedCount > 0 }
    #expect(wiring.near.letters.map(\.type) == [.state, .bye])
    #expect(wiring.near.closedCount == 1)
    #expect(wiring.near.refusals == [])
    #expect(wiring.near.channel?.isOpen == false)
  }

  @Test func `a peer that dies with our bytes unread is at its end after what it sent`() throws {
    let wiring = try Wiring(isFarBare: true)
    wiring.near.channel?.queue(.hello, wiring.writer(Wire.hello()))
    wiring.near.channel?.flush()
    try wiring.send(Wire.record(.bye))
    wiring.closeBare()
    // Sending finds out first that the peer is gone, and takes nothing away from reading.
    wiring.near.channel?.queue(.bye, wiring.writer([]))
    wiring.near.channel?.flush()
    wiring.turn { wiring.near.closedCount > 0 }
    #expect(wiring.near.letters.map(\.type) == [.bye])
    #expect(wiring.near.refusals == [])
  }

  /// Takes so many bytes, and then refuses everything else for a while.
  private final class NarrowKernel: LedgerKernel {
    var room = Int.max
    var refusal: CInt?
    private(set) var refused = 0

    override func send(
      _ fd: CInt, bytes: UnsafeRawBufferPointer, descriptors: UnsafeBufferPointer<CInt>
    ) throws(SystemError) -> Int {
      if room == 0, let refusal {
        refused += 1
        throw SystemError(call: .send, code: refusal)
      }
      let part = UnsafeRawBufferPointer(rebasing: bytes.prefix(room))
      let sent = try super.send(fd, bytes: part, descriptors: descriptors)
      if room != .max { room -= sent }
      return sent
    }
  }

  /// The cut is before, in and behind the first record of 21 bytes, and in the second one.
  @Test(arguments: [0, 1, 16, 20, 21, 22, 40])
  func `behind a record that is begun the peer still reads why nothing follows`(cut: Int) throws {
    let kernel = NarrowKernel()
    let wiring = try Wiring(kernel: kernel)
    (kernel.room, kernel.refusal) = (cut, Errno.noBufferSpace)
    let near = try #require(wiring.near.channel)
    for _ in 0..<3 { near.queue(.state, wiring.writer([1, 2, 3, 4, 5])) }
    #expect(!near.flush())
    kernel.room = .max
    near.queue(.cancel, wiring.writer([9]))
    near.flush()
    wiring.turn { wiring.far.letters.last?.type == .cancel }
    let begun = (cut + 20) / 21
    #expect(wiring.far.letters.map(\.type) == Array(repeating: .state, count: begun) + [.cancel])
    #expect(wiring.far.refusals == [])
    wiring.turn { !wiring.near.refusals.isEmpty }
    #expect(
      wiring.near.refusals == [Refusal(SystemError(call: .send, code: Errno.noBufferSpace))])
    #expect(wiring.near.drainedCount == 0)
    #expect(kernel.refused == 1)
  }

  @Test func `a second record behind one that is blocked waits with it`() throws {
    let kernel = NarrowKernel()
    let wiring = try Wiring(kernel: kernel)
    (kernel.room, kernel.refusal) = (0, Errno.wouldBlock)
    let near = try #require(wiring.near.channel)
    for _ in 0..<2 {
      near.queue(.state, wiring.writer([1]))
      #expect(!near.flush())
    }
    kernel.room = .max
    wiring.turn { wiring.near.drainedCount > 0 }
    wiring.turn { wiring.far.letters.count == 2 }
    #expect(wiring.near.drainedCount == 1)
    // Nobody is called for a socket that has nothing to send.
    wiring.loop.poll()
    #expect(wiring.near.drainedCount == 1)
  }

  @Test(arguments: 1..<26) func `a stream that ends in a record says where`(cut: Int) throws {
    let wiring = try Wiring(isFarBare: true)
    let record = Wire.record(.state, Self.pattern(10, 1))
    try wiring.send(Wire.record(.bye) + record.prefix(cut))
    wiring.closeBare()
    wiring.turn { wiring.near.closedCount > 0 || !wiring.near.refusals.isEmpty }
    // Without the whole header the length of the record is not known, only that of the header.
    let expected = cut < RecordHeader.byteCount ? RecordHeader.byteCount : record.count
    #expect(
      wiring.near.refusals == [
        Refusal(
          .truncatedStream, here: .number(UInt64(cut)), there: .number(UInt64(expected)))
      ])
    #expect(wiring.near.closedCount == 0)
    #expect(wiring.near.letters.map(\.type) == [.bye])
  }

  @Test(arguments: HeaderTests.bad) func `a wrong header breaks the channel`(
    bad: HeaderTests.Bad
  ) throws {
    let wiring = try Wiring(isFarBare: true)
    try wiring.send(Wire.record(.bye) + bad.bytes + Wire.record(.bye))
    wiring.turn { !wiring.near.refusals.isEmpty }
    #expect(wiring.near.refusals.map(\.description) == [bad.text])
    #expect(wiring.near.letters.map(\.type) == [.bye])
    #expect(wiring.near.channel?.isReadable == false)
  }

  @Test func `a record that is not known is skipped if its number says so`() throws {
    let wiring = try Wiring(isFarBare: true)
    let number = Wire.unknown(from: RecordType.skippable)
    let lent = try wiring.memory(9)
    let open = wiring.kernel.open.count
    let skipped = Wire.header(type: number, descriptors: 1, length: 3) + [7, 7, 7]
    try wiring.send(Wire.record(.state, [1]))
    try wiring.send(skipped, [lent.number])
    try wiring.send(Wire.record(.bye))
    wiring.turn { wiring.near.letters.count == 2 }
    #expect(wiring.near.letters.map(\.type) == [.state, .bye])
    #expect(wiring.near.refusals == [])
    // Its descriptor is closed.
    #expect(wiring.kernel.open.count == open)
  }

  @Test func `an endless row of records to skip breaks the channel`() throws {
    let wiring = try Wiring(isFarBare: true)
    let one = Wire.header(type: Wire.unknown(from: RecordType.skippable))
    let row = (0..<Channel.skippedMax).flatMap { _ in one }
    try wiring.send(row + Wire.record(.bye) + one)
    wiring.turn { !wiring.near.refusals.isEmpty }
    #expect(wiring.near.letters.map(\.type) == [.bye])
    #expect(
      wiring.near.refusals.map(\.description) == [
        "records that may be skipped 1025 is not possible, expected 1024"
      ])
  }

  @Test func `an owner that closes hears nothing more`() throws {
    let wiring = try Wiring(isFarBare: true)
    wiring.near.patience = 1
    try wiring.send(Wire.record(.bye) + Wire.record(.bye))
    wiring.closeBare()
    wiring.turn { wiring.near.channel?.isOpen == false }
    wiring.loop.poll()
    #expect(wiring.near.letters.count == 1)
    #expect(wiring.near.closedCount == 0)
    #expect(wiring.near.channel?.flush() == true)
  }
}
