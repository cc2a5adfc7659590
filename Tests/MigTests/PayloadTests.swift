import BatonCore
import BatonTesting
import Testing

@testable import BatonMig

@Suite(.timeLimit(.minutes(15))) struct PayloadTests {
  /// A payload that every prefix of is too short for.
  struct Fixed: CustomTestStringConvertible, Sendable {
    let testDescription: String
    let bytes: [UInt8]
    let read: @Sendable ([UInt8]) throws -> Void
  }

  static let device = Payload.Device(name: Name("net0"), kind: Name("net"))

  static let fixed = [
    Fixed(testDescription: "HELLO", bytes: Wire.hello(handover: 7)) {
      _ = try Greeting($0.span.bytes)
    },
    Fixed(
      testDescription: "DEVICE",
      bytes: Wire.bytes { device.write(into: &$0) }
    ) {
      let arrivals = Arrivals(in: Kernel())
      try arrivals.addDevice($0.span.bytes, Descriptors(in: Kernel()))
    },
    Fixed(
      testDescription: "STATE", bytes: Wire.bytes { Payload.State(position: 0).write(into: &$0) }
    ) {
      let arrivals = Arrivals(in: Kernel())
      let head = Wire.bytes { device.write(into: &$0) }
      try arrivals.addDevice(head.span.bytes, Descriptors(in: Kernel()))
      try arrivals.addState($0.span.bytes)
    },
    Fixed(testDescription: "RUNNING", bytes: [UInt8](repeating: 1, count: 48)) {
      _ = try Payload.Running($0.span.bytes, into: HandoverStamps())
    },
    Fixed(
      testDescription: "FAILED",
      bytes: Wire.bytes {
        Refusal(
          .mismatch, field: .queueCount, subject: Name("net0"), here: .number(1), there: .flag(true)
        ).write(into: &$0)
      }
    ) {
      var cursor = ByteCursor()
      _ = try Refusal($0.span.bytes, at: &cursor)
    },
  ]

  @Test(arguments: fixed) func `every prefix of a payload is refused`(payload: Fixed) throws {
    try payload.read(payload.bytes)
    for count in 0..<payload.bytes.count {
      #expect(throws: ByteCursor.Ended.self, "\(count) bytes") {
        try payload.read(Array(payload.bytes.prefix(count)))
      }
    }
  }

  @Test(arguments: [(2, 2, true), (1, 9, true), (3, 9, false), (1, 1, false), (9, 2, false)])
  func `a greeting is understood when the versions meet`(
    oldest: UInt16, newest: UInt16, isUnderstood: Bool
  ) throws {
    let bytes = Wire.hello(handover: 0xABCD_EF01, version: newest, oldest: oldest)
    // What a later version adds behind the fields is skipped.
    let greeting = try Greeting((bytes + [1, 65, 2, 3]).span.bytes)
    #expect(greeting.isUnderstood == isUnderstood)
    #expect(greeting.handover == 0xABCD_EF01)
    #expect(greeting.transfersBackends)
    #expect(greeting.software == Name("A"))
    #expect(try Greeting(bytes.span.bytes).software == Name())
  }

  @Test func `a greeting is read as it was written`() throws {
    for transfers in [false, true] {
      let greeting = Greeting(transfersBackends: transfers, handover: 99)
      let bytes = Wire.bytes { greeting.write(into: &$0) }
      #expect(try Greeting(bytes.span.bytes) == greeting)
    }
  }

  @Test func `answers are one for each device, in a way that is known`() throws {
    let both = [Adoption.adopt, .reopen]
    let bytes = Wire.bytes { Payload.Answers(adoptions: both).write(into: &$0) }
    #expect(try Payload.Answers(bytes.span.bytes, deviceCount: 2).adoptions == both)
    // More, and longer ones, are what a later version may send.
    #expect(
      try Payload.Answers(([2, 0, 2, 9] + bytes).span.bytes, deviceCount: 2).adoptions
        == [.reopen, .adopt])
    for wrong in [[], [1, 0, 3], [0, 0], [1, 0, 0]] as [[UInt8]] {
      #expect(throws: ByteCursor.Ended.self) {
        _ = try Payload.Answers(wrong.span.bytes, deviceCount: 1)
      }
    }
  }

  private func layout(_ count: Int, regions: Int) -> [UInt8] {
    Wire.bytes {
      $0.write(UInt16(count))
      for region in 0..<regions {
        $0.write(UInt16(16))
        $0.write(UInt64(region) << 32)
        $0.write(UInt64(4096))
      }
    }
  }

  private func memory(_ count: Int) throws -> Descriptors {
    let kernel = Kernel()
    var all = Descriptors(in: kernel)
    for _ in 0..<count {
      all.append(Descriptor(owning: try kernel.createCounter(), in: kernel))
    }
    return all
  }

  private func adds(_ bytes: [UInt8], descriptors: Int) throws -> Bool {
    let arrivals = Arrivals(in: Kernel())
    do {
      try arrivals.addMemory(bytes.span.bytes, try memory(descriptors))
      return true
    } catch is ByteCursor.Ended {
      return false
    }
  }

  @Test func `memory needs one descriptor for each of at most 64 regions`() throws {
    #expect(try adds(layout(2, regions: 2), descriptors: 2))
    #expect(try adds(layout(0, regions: 0), descriptors: 0))
    #expect(try adds(layout(64, regions: 64), descriptors: 64))
    #expect(try !adds(layout(65, regions: 65), descriptors: 65))
    #expect(try !adds(layout(2, regions: 2), descriptors: 1))
    #expect(try !adds(layout(2, regions: 1), descriptors: 2))
    for cut in 0..<20 {
      let bytes = Array(layout(1, regions: 1).prefix(cut))
      #expect(try !adds(bytes, descriptors: 1), "\(cut) bytes")
    }
  }

  @Test func `an offer has at most 4096 devices, and each one state`() throws {
    let arrivals = Arrivals(in: Kernel())
    let device = Wire.bytes { Self.device.write(into: &$0) }
    for _ in 0..<4096 { try arrivals.addDevice(device.span.bytes, try memory(0)) }
    #expect(throws: ByteCursor.Ended.self) {
      try arrivals.addDevice(device.span.bytes, try memory(0))
    }
    let last = Wire.bytes { Payload.State(position: 255).write(into: &$0) } + [8, 9]
    try arrivals.addState(last.span.bytes)
    #expect(arrivals.devices[255].state == [8, 9])
    #expect(throws: ByteCursor.Ended.self) { try arrivals.addState(last.span.bytes) }
    let beyond = Wire.bytes { Payload.State(position: 4096).write(into: &$0) }
    #expect(throws: ByteCursor.Ended.self) { try arrivals.addState(beyond.span.bytes) }
  }

  @Test func `random payloads never trap`() {
    var random = Generator(seed: 7)
    var decoded = 0
    for round in 0..<20_000 {
      let bytes = random.bytes(Int(random.next() % 80))
      for payload in Self.fixed where (try? payload.read(bytes)) != nil { decoded += 1 }
      let arrivals = Arrivals(in: Kernel())
      if (try? arrivals.addMemory(bytes.span.bytes, Descriptors(in: Kernel()))) != nil {
        decoded += 1
      }
      // Small lengths, so that some devices are read.
      var named = bytes
      if round % 2 == 0, named.count > 2 {
        named.replaceSubrange(0..<3, with: [named[0] & 31, 0, named[2] & 7])
      }
      if (try? arrivals.addDevice(named.span.bytes, Descriptors(in: Kernel()))) != nil {
        decoded += 1
      }
    }
    // Most are refused, yet enough are read that the readers were reached.
    #expect(decoded > 1000)
  }
}
