import BatonCore
import Testing

@testable import BatonMig

@Suite(.timeLimit(.minutes(15))) struct ChannelDescriptorTests {
  /// Which of 16 memfds stands where: any order but a trivial one.
  private func order(_ count: Int) -> [Int] { (0..<count).map { ($0 * 7 + $0 / 16) % 16 } }

  private func lend(_ numbers: [CInt], _ count: Int) -> [CInt] { order(count).map { numbers[$0] } }

  private func memories(_ wiring: Wiring) throws -> Descriptors {
    var all = Descriptors(in: wiring.kernel)
    for size in 1...16 { all.append(try wiring.memory(size)) }
    return all
  }

  @Test(arguments: [0, 1, 252, 253, 254, 256, 506, 507, 600, 1024])
  func `every number of descriptors arrives, open, in order`(count: Int) throws {
    let wiring = try Wiring()
    let memories = try memories(wiring)
    let numbers = (0..<memories.count).map { memories[$0] }
    let before = wiring.kernel.open
    let channel = try #require(wiring.near.channel)
    channel.queue(.bye, wiring.writer([]))
    channel.queue(.device, wiring.writer([1, 2]), lending: lend(numbers, count))
    channel.queue(.state, wiring.writer([3]))
    channel.queue(.device, wiring.writer([]), lending: [numbers[15]])
    #expect(channel.flush())
    wiring.turn { wiring.far.letters.count == 4 }
    #expect(
      wiring.far.letters == [
        .init(type: .bye, payload: []),
        .init(type: .device, payload: [1, 2], sizes: order(count).map { $0 + 1 }),
        .init(type: .state, payload: [3]), .init(type: .device, payload: [], sizes: [16]),
      ])
    #expect(wiring.far.areAllCloseOnExec)
    // The records were dropped, and what they owned with them.
    #expect(wiring.kernel.open == before)
    #expect(wiring.kernel.strangers == [])
  }

  @Test func `descriptors follow their record through a full socket`() throws {
    let wiring = try Wiring()
    let memories = try memories(wiring)
    let numbers = (0..<memories.count).map { memories[$0] }
    let big = [UInt8](repeating: 7, count: 300_000)
    let channel = try #require(wiring.near.channel)
    for count in [3, 254, 0, 9] {
      channel.queue(.device, wiring.writer(big), lending: lend(numbers, count))
    }
    #expect(!channel.flush())
    wiring.turn { wiring.far.letters.count == 4 }
    #expect(
      wiring.far.letters.map(\.sizes) == [3, 254, 0, 9].map { order($0).map { $0 + 1 } })
    #expect(wiring.far.letters.allSatisfy { $0.payload == big })
  }

  /// Records whose descriptors are more or fewer than they say.
  static let strays: [(announced: Int, sent: Int, text: String)] = [
    (0, 2, "0 descriptors were announced, 2 arrived"),
    (1, 0, "1 descriptors were announced, 0 arrived"),
    (3, 2, "3 descriptors were announced, 2 arrived"),
    (1, 3, "0 descriptors were announced, 2 arrived"),
  ]

  @Test(arguments: strays.indices)
  func `descriptors that no record owns break the channel and are closed`(index: Int) throws {
    let (announced, sent, text) = Self.strays[index]
    let wiring = try Wiring(isFarBare: true)
    let memory = try wiring.memory(5)
    let before = wiring.kernel.open
    let numbers = [CInt](repeating: memory.number, count: sent)
    try wiring.send(Wire.record(.device, [1], descriptors: announced), numbers)
    wiring.turn { !wiring.near.refusals.isEmpty }
    #expect(wiring.near.refusals.map(\.description) == [text])
    wiring.near.channel = nil
    wiring.closeBare()
    #expect(wiring.kernel.open.isSubset(of: before))
    #expect(wiring.kernel.open.count == before.count - 2)
    #expect(wiring.kernel.strangers == [])
  }

  @Test func `a peer cannot fill the table while it never ends its record`() throws {
    let wiring = try Wiring(isFarBare: true)
    let memory = try wiring.memory(5)
    let before = wiring.kernel.open.count
    let numbers = [CInt](repeating: memory.number, count: 253)
    let bytes = Wire.record(.device, [UInt8](repeating: 0, count: 50), descriptors: 1024)
    for byte in bytes.prefix(5) { try wiring.send([byte], numbers) }
    wiring.turn { !wiring.near.refusals.isEmpty }
    #expect(wiring.near.refusals.map(\.cause) == [.descriptorCount])
    wiring.near.channel = nil
    #expect(wiring.kernel.open.count == before - 1)
  }

  @Test func `descriptors of a record that never ends are closed with the channel`() throws {
    let wiring = try Wiring(isFarBare: true)
    let memory = try wiring.memory(5)
    let before = wiring.kernel.open.count
    try wiring.send([0x42], [memory.number, memory.number])
    wiring.closeBare()
    wiring.turn { !wiring.near.refusals.isEmpty }
    #expect(wiring.near.refusals.map(\.cause) == [.truncatedStream])
    #expect(wiring.kernel.open.count == before + 1)
    wiring.near.channel = nil
    #expect(wiring.kernel.open.count == before - 2)
  }

  /// Linux at its limit of descriptors: the kernel drops them and says so (MSG_CTRUNC).
  final class FullKernel: LedgerKernel {
    override func receive(
      _ fd: CInt, into buffer: UnsafeMutableRawBufferPointer,
      descriptors: UnsafeMutableBufferPointer<CInt>
    ) throws(SystemError) -> Received {
      var received = try super.receive(fd, into: buffer, descriptors: descriptors)
      for position in 0..<received.descriptorCount { close(descriptors[position]) }
      received.isTruncated = received.descriptorCount > 0
      received.descriptorCount = 0
      return received
    }
  }

  @Test func `descriptors that the kernel dropped break the channel`() throws {
    let wiring = try Wiring(isFarBare: true, kernel: FullKernel())
    let memory = try wiring.memory(5)
    try wiring.send(Wire.record(.bye))
    wiring.turn { wiring.near.letters.count == 1 }
    try wiring.send(Wire.record(.device, [1], descriptors: 1), [memory.number])
    wiring.turn { !wiring.near.refusals.isEmpty }
    #expect(wiring.near.refusals.map(\.code) == [Errno.processTableFull])
    #expect(wiring.near.letters.map(\.type) == [.bye])
    #expect(wiring.near.channel?.isReadable == false)
  }
}
