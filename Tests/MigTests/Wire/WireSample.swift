import BatonCore

@testable import BatonMig

/// One of everything that travels, as it is written today.
enum WireSample {
  /// The lines of the golden file, in its order.
  static let lines: [GoldenFile.Line] =
    records + features + adoptions + owners + causes + fields + calls + kinds

  private static func line(
    _ kind: WireReading, _ key: String, _ bytes: [UInt8]
  ) -> GoldenFile.Line {
    let values = (try? kind.values(bytes)) ?? ["unreadable"]
    return GoldenFile.Line(key: "\(kind.rawValue) \(key)", bytes: bytes, values: values)
  }

  private static let records = RecordType.allCases.map { type in
    let isFromSource = IncomingChart.State.allCases.contains { $0.expects(type) }
    let isFromTarget = OutgoingChart.State.allCases.contains { $0.expects(type) }
    let sender = isFromSource ? (isFromTarget ? "both" : "source") : "target"
    let number = type.isSkippable ? "0x" + String(type.rawValue, radix: 16) : "\(type.rawValue)"
    return line(
      .record, "\(number) \(type.name) \(sender)", Wire.record(type, payload(type)))
  }

  /// A payload in which no two fields have one value.
  static func payload(_ type: RecordType) -> [UInt8] {
    Wire.bytes { writer in
      switch type {
      case .hello: greeting(transfers: true).write(into: &writer)
      case .device:
        Payload.Device(name: Name("net0"), kind: Name("net")).write(into: &writer)
        writer.write([0xAA, 0xBB])
      case .memory:
        let regions = [(0x1000, 0x2000), (0x1_0000_0000, 0x3000)] as [(UInt64, UInt64)]
        Payload.Memory(
          regions: regions.map { MemoryRegion(guestAddress: $0, byteCount: $1, isShared: true) }
        ).write(into: &writer)
      case .offerEnd: Payload.OfferEnd(deviceCount: 3).write(into: &writer)
      case .answers: Payload.Answers(adoptions: [.adopt, .reopen]).write(into: &writer)
      case .state:
        Payload.State(position: 258).write(into: &writer)
        writer.write([0xCC, 0xDD])
      case .stateEnd: Payload.StateEnd(isGuestRunning: true).write(into: &writer)
      case .running: Payload.Running(stamps: stamps, callsBeforeTake: 7).write(into: &writer)
      case .failed, .cancel: notice(refusal).write(into: &writer)
      case .stamps: stamps.writeSource(into: &writer)
      case .bye: Payload.Bye(isGuestRunning: true).write(into: &writer)
      case .doorbell: break
      }
    }
  }

  private static func greeting(transfers: Bool) -> Greeting {
    var greeting = Greeting(transfersBackends: transfers, handover: 0x0102_0304)
    greeting.software = Name("0.1.0")
    return greeting
  }

  private static let stamps = {
    var stamps = HandoverStamps()
    (stamps.begun, stamps.stopped, stamps.quiesced, stamps.saved) = (101, 102, 103, 104)
    (stamps.received, stamps.loaded, stamps.taken) = (105, 106, 107)
    (stamps.applied, stamps.started) = (108, 109)
    return stamps
  }()

  private static let refusal = Refusal(
    .mismatch, field: .queueCount, subject: Name("net0"), here: .number(1), there: .flag(true),
    call: Call.connect.rawValue, code: -7)

  private static func notice(_ refusal: Refusal) -> RefusalNotice {
    RefusalNotice(refusal, words: Array("why".utf8))
  }

  private static func refused(_ change: (inout Refusal) -> Void) -> [UInt8] {
    var changed = refusal
    change(&changed)
    return Wire.bytes { notice(changed).write(into: &$0) }
  }

  private static let features = [
    line(.feature, "0 backend-transfer", Wire.bytes { greeting(transfers: true).write(into: &$0) })
  ]

  private static let adoptions = [Adoption.adopt, .reopen].map { adoption in
    line(
      .adoption, "\(adoption.rawValue) \(adoption)",
      Wire.bytes { Payload.Answers(adoptions: [adoption]).write(into: &$0) })
  }

  private static let owners = Ownership.allCases.map { owner in
    line(
      .owner, "\(owner.rawValue) \(owner)",
      Wire.bytes { $0.write(OwnershipWord.value(owner, 0x0506_0708)) })
  }

  private static let causes = Refusal.Cause.allCases.map { cause in
    line(
      .cause, "\(cause.rawValue) \(cause)",
      refused {
        $0 = Refusal(cause, field: .state, subject: Name("net0"), here: $0.here, there: $0.there)
      })
  }

  private static let fields = Refusal.Field.allCases.map { field in
    line(
      .field, "\(field.rawValue) \(field)",
      refused { $0 = .mismatch(field, subject: Name("net0"), here: $0.here, there: $0.there) })
  }

  private static let calls = Call.allCases.map { call in
    line(.call, "\(call.rawValue) \(call.name)", refused { $0.call = call.rawValue })
  }

  private static let kinds: [GoldenFile.Line] = {
    let values: [(String, Refusal.Value)] = [
      ("0 none", .none), ("1 number", .number(0x0102_0304_0506_0708)), ("2 bits", .bits(0xF00)),
      ("3 name", .name(Name("tap0"))), ("4 flag", .flag(false)),
    ]
    return values.map { name, value in line(.kind, name, refused { $0.here = value }) }
  }()
}
