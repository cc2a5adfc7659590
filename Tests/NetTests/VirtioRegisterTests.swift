import BatonCore
import Testing

@testable import BatonNet

/// The registers that a transport drives: negotiation, status, configuration, control.
@Suite(.timeLimit(.minutes(15))) struct VirtioRegisterTests {
  struct Negotiation: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let features: VirtioFeatures
    let isTaken: Bool
  }

  @Test(arguments: [
    Negotiation(testDescription: "VERSION_1 alone", features: .version1, isTaken: true),
    Negotiation(testDescription: "nothing", features: [], isTaken: false),
    Negotiation(testDescription: "no VERSION_1", features: .mac, isTaken: false),
    Negotiation(
      testDescription: "all that is offered", features: VirtioFixture.offeredByAll,
      isTaken: true),
    Negotiation(
      testDescription: "an unknown bit", features: [.version1, VirtioFeatures(rawValue: 1 << 60)],
      isTaken: false),
    Negotiation(
      testDescription: "packed rings", features: [.version1, VirtioFeatures(rawValue: 1 << 34)],
      isTaken: false),
    Negotiation(
      testDescription: "TSO4 without CSUM", features: [.version1, .hostTSO4], isTaken: false),
    Negotiation(
      testDescription: "TSO6 with CSUM", features: [.version1, .csum, .hostTSO6], isTaken: true),
    Negotiation(
      testDescription: "guest TSO4 without guest CSUM", features: [.version1, .csum, .guestTSO4],
      isTaken: false),
    Negotiation(
      testDescription: "guest ECN without guest TSO", features: [.version1, .guestCsum, .guestECN],
      isTaken: false),
    Negotiation(
      testDescription: "ECN without TSO", features: [.version1, .csum, .hostECN], isTaken: false),
    Negotiation(
      testDescription: "UFO without CSUM", features: [.version1, .hostUFO], isTaken: false),
    Negotiation(
      testDescription: "USO without CSUM", features: [.version1, .hostUSO], isTaken: false),
    Negotiation(
      testDescription: "guest USO without guest CSUM", features: [.version1, .guestUSO4],
      isTaken: false),
    Negotiation(
      testDescription: "MQ without a control queue", features: [.version1, .multiqueue],
      isTaken: false),
  ]) func `takes features that are offered and complete`(_ negotiation: Negotiation) {
    let fixture = VirtioFixture(pairs: 2, offloads: .offloads, mtu: 1500)
    #expect(fixture.device.offeredFeatures == VirtioFixture.offeredByAll)
    fixture.device.setStatus([.acknowledge, .driver])
    fixture.device.setDriverFeatures(negotiation.features)
    fixture.device.setStatus([.acknowledge, .driver, .featuresOK])
    #expect(fixture.device.status.contains(.featuresOK) == negotiation.isTaken)
    fixture.device.setStatus([.acknowledge, .driver, .featuresOK, .driverOK])
    #expect(fixture.device.isRunning == negotiation.isTaken)
  }

  @Test func `a ring that is ready stays where it is`() {
    let fixture = VirtioFixture()
    fixture.start()
    #expect(
      !fixture.device.setQueue(
        0, size: 8, descriptors: fixture.descriptors(1), available: fixture.available(1),
        used: fixture.used(1)))
    fixture.fillReceive(0, byteCount: 2048, count: 1)
    #expect(fixture.receive([UInt8](repeating: 0, count: 72)) == .delivered)
    #expect(fixture.usedIndex(0) == 1)
  }

  @Test func `a command that is longer than any is answered with an error`() {
    let fixture = VirtioFixture(pairs: 2)
    fixture.start([.controlQueue, .multiqueue])
    let queue = 4
    let parts: UInt32 = 40_000
    for index in 0..<2 {
      fixture.describe(
        queue, index, VirtioFixture.base + 0x40000, parts, flags: VirtioFixture.next,
        next: UInt16(index + 1))
    }
    fixture.put([0xFF], at: VirtioFixture.buffers)
    fixture.describe(queue, 2, VirtioFixture.buffers, 1, flags: VirtioFixture.write)
    fixture.offer(queue, 0)
    #expect(fixture.device.notify(queue: queue) == .control)
    #expect(fixture.read(VirtioFixture.buffers, 1) == [1])
    #expect(fixture.device.isRunning)
  }

  @Test func `offers no offload without a TAP header and no queues beyond one pair`() {
    let fixture = VirtioFixture(headerByteCount: 0, offloads: .offloads)
    #expect(
      fixture.device.offeredFeatures
        == [
          .version1, .mac, .status, .mergeableBuffers, .indirectDescriptors, .eventIndex,
        ])
    #expect(fixture.device.queueCount == 2)
  }

  @Test func `features are fixed once they are agreed on`() {
    let fixture = VirtioFixture()
    fixture.start()
    fixture.device.setDriverFeatures([.version1, .mac])
    #expect(fixture.device.acceptedFeatures == .version1)
  }

  @Test func `a driver adds status bits and cannot set the device's own`() {
    let fixture = VirtioFixture()
    fixture.start()
    fixture.device.setStatus([.acknowledge])
    #expect(fixture.device.status == [.acknowledge, .driver, .featuresOK, .driverOK])
    fixture.device.setStatus([.needsReset])
    #expect(fixture.device.isRunning)
    fixture.device.setStatus([.failed])
    #expect(!fixture.device.isRunning)
  }

  @Test func `a reset forgets everything but the link`() {
    let fixture = VirtioFixture(pairs: 2)
    let fresh = fixture.saved()
    fixture.start([.controlQueue, .multiqueue])
    fixture.command([4, 0, 2, 0])
    fixture.queueFrame(1, 0, numbered(0))
    _ = fixture.device.transmit(pair: 0, limit: 1, to: fixture.sink)
    #expect(fixture.saved() != fresh)
    fixture.device.setStatus([])
    #expect(fixture.saved() == fresh)
    fixture.device.flushInterrupts(to: fixture.interrupts)
    #expect(fixture.interrupts.queues.isEmpty)
  }

  @Test func `the configuration space is laid out as virtio 1.2 says`() {
    let fixture = VirtioFixture(pairs: 3, mtu: 0x1234)
    let space = (-1..<14).map { fixture.device.configurationByte(at: $0) }
    #expect(space == [0, 0x52, 0x54, 0, 0, 0, 1, 1, 0, 3, 0, 0x34, 0x12, 0, 0])
    fixture.device.setLink(isUp: false)
    #expect(fixture.device.configurationByte(at: 6) == 0)
  }

  @Test func `a link change interrupts a running guest once`() {
    let fixture = VirtioFixture()
    fixture.device.setLink(isUp: false)
    fixture.device.flushInterrupts(to: fixture.interrupts)
    #expect(fixture.interrupts.queues.isEmpty)
    fixture.start(.status)
    fixture.device.setLink(isUp: true)
    fixture.device.setLink(isUp: true)
    fixture.device.flushInterrupts(to: fixture.interrupts)
    #expect(fixture.interrupts.queues == [-1])
    #expect(fixture.device.configurationGeneration == 2)
  }

  @Test func `kicks say what to do, and nothing before the driver is ready`() {
    let fixture = VirtioFixture(pairs: 2)
    #expect(fixture.device.notify(queue: 1) == .ignored)
    fixture.start([.controlQueue, .multiqueue])
    let kicks = (-1..<6).map { fixture.device.notify(queue: $0) }
    #expect(
      kicks == [
        .ignored, .receive(pair: 0), .transmit(pair: 0), .receive(pair: 1), .transmit(pair: 1),
        .control, .ignored,
      ])
  }

  @Test func `without MQ the control queue is the third`() {
    let fixture = VirtioFixture(pairs: 2)
    fixture.start([.controlQueue])
    #expect(fixture.device.controlQueue == 2)
    #expect(fixture.device.notify(queue: 2) == .control)
  }

  struct Command: CustomTestStringConvertible, Sendable {
    let bytes: [UInt8]
    let answer: UInt8
    let pairs: Int
    var testDescription: String { "\(bytes)" }
  }

  @Test(arguments: [
    Command(bytes: [4, 0, 1, 0], answer: 0, pairs: 1),
    Command(bytes: [4, 0, 3, 0], answer: 0, pairs: 3),
    Command(bytes: [4, 0, 4, 0], answer: 1, pairs: 1),
    Command(bytes: [4, 0, 0, 0], answer: 1, pairs: 1),
    Command(bytes: [4, 0, 1, 1], answer: 1, pairs: 1),
    Command(bytes: [4, 0, 3], answer: 1, pairs: 1),
    Command(bytes: [4, 0, 3, 0, 0], answer: 1, pairs: 1),
    Command(bytes: [4, 1, 3, 0], answer: 1, pairs: 1),
    Command(bytes: [9, 0, 3, 0], answer: 1, pairs: 1),
  ]) func `a control command is answered`(_ command: Command) {
    let fixture = VirtioFixture(pairs: 3)
    fixture.start([.controlQueue, .multiqueue])
    #expect(fixture.command(command.bytes) == command.answer)
    #expect(fixture.device.activePairs == command.pairs)
    #expect(fixture.usedEntry(6, 0) == [0, 1])
    #expect(fixture.device.counters.commands == 1)
  }

  @Test func `a command without room for the answer breaks the device`() {
    let fixture = VirtioFixture(pairs: 2)
    fixture.start([.controlQueue, .multiqueue])
    fixture.describe(4, 0, VirtioFixture.buffers, 4)
    fixture.offer(4, 0)
    _ = fixture.device.notify(queue: 4)
    #expect(fixture.device.lastFault?.fault == .wrongDirection)
    #expect(fixture.device.activePairs == 1)
  }

  @Test func `one interrupt per queue however many frames went`() {
    let fixture = VirtioFixture()
    fixture.start()
    fixture.fillReceive(0, byteCount: 2048)
    for index in 0..<5 {
      fixture.queueFrame(1, index, numbered(index))
      #expect(fixture.receive(Array(repeating: 0, count: 72)) == .delivered)
    }
    _ = fixture.device.transmit(pair: 0, limit: 9, to: fixture.sink)
    fixture.device.flushInterrupts(to: fixture.interrupts)
    fixture.device.flushInterrupts(to: fixture.interrupts)
    #expect(fixture.interrupts.queues.sorted() == [0, 1])
  }

  @Test func `a guest that wants no interrupt gets none`() throws {
    let fixture = VirtioFixture()
    fixture.start()
    try fixture.memory.storeUInt16(1, at: fixture.available(1))
    fixture.queueFrame(1, 0, numbered(0))
    _ = fixture.device.transmit(pair: 0, limit: 9, to: fixture.sink)
    #expect(fixture.usedIndex(1) == 1)
    fixture.device.flushInterrupts(to: fixture.interrupts)
    #expect(fixture.interrupts.queues.isEmpty)
  }
}

extension VirtioFixture {
  /// What a device with every option offers.
  static let offeredByAll: VirtioFeatures = [
    .version1, .mac, .status, .mergeableBuffers, .indirectDescriptors, .eventIndex, .mtu,
    .controlQueue, .multiqueue, .csum, .guestCsum, .guestTSO4, .guestTSO6, .guestECN, .guestUFO,
    .hostTSO4, .hostTSO6, .hostECN, .hostUFO, .guestUSO4, .guestUSO6, .hostUSO,
  ]

  /// Sends a control command through the last queue and returns the answer.
  @discardableResult
  func command(_ bytes: [UInt8]) -> UInt8 {
    let queue = device.queueCount - 1
    put(bytes, at: Self.buffers)
    put([0xee], at: Self.buffers + 64)
    describe(queue, 0, Self.buffers, UInt32(bytes.count), flags: 1, next: 1)
    describe(queue, 1, Self.buffers + 64, 1, flags: 2)
    offer(queue, 0)
    _ = device.notify(queue: queue)
    return read(Self.buffers + 64, 1)[0]
  }
}
