import BatonCore

@testable import BatonMig

/// The kinds of golden lines, and what today's readers find in their bytes.
enum WireReading: String, CaseIterable {
  case record, feature, adoption, owner, cause, field, call, kind

  /// As `name=value`, in the order of docs/PROTOCOL.md, with its names.
  func values(_ bytes: [UInt8]) throws -> [String] {
    switch self {
    case .record: try Self.record(bytes)
    case .feature: try Self.hello(bytes)
    case .adoption: try Self.answers(bytes, count: 1)
    case .owner: try Self.word(bytes)
    case .cause, .field, .call, .kind: try Self.notice(bytes)
    }
  }

  private static func record(_ bytes: [UInt8]) throws -> [String] {
    let header = try RecordHeader(bytes.span.bytes, at: 0)
    guard let type = header.type else { throw Refusal(.unknownRecord) }
    let head = [
      "magic=\(RecordHeader.magic)", "type=\(type.rawValue)", "version=\(header.version)",
      "descriptors=\(header.descriptorCount)", "zero=0", "length=\(header.length)",
    ]
    return head + (try payload(type, Array(bytes.dropFirst(RecordHeader.byteCount))))
  }

  private static func payload(_ type: RecordType, _ bytes: [UInt8]) throws -> [String] {
    var cursor = ByteCursor()
    switch type {
    case .hello: return try hello(bytes)
    case .device:
      let device = try Payload.Device(bytes.span.bytes, at: &cursor)
      return ["name=\(device.name)", "kind=\(device.kind)", rest("properties", bytes, cursor)]
    case .memory:
      let regions = try Payload.Memory(bytes.span.bytes).regions
      return ["regions=\(regions.count)"]
        + regions.flatMap { ["address=\($0.guestAddress)", "size=\($0.byteCount)"] }
    case .offerEnd: return ["devices=\(try Payload.OfferEnd(bytes.span.bytes).deviceCount)"]
    case .answers: return try answers(bytes, count: 2)
    case .state:
      let state = try Payload.State(bytes.span.bytes, at: &cursor)
      return ["device=\(state.position)", rest("state", bytes, cursor)]
    case .stateEnd:
      return ["running=\(try Payload.StateEnd(bytes.span.bytes).isGuestRunning ? 1 : 0)"]
    case .running: return try running(bytes)
    case .failed, .cancel: return try notice(bytes)
    case .stamps: return try source(bytes)
    case .bye:
      let running = try Payload.Bye(bytes.span.bytes).isGuestRunning
      return running.map { ["running=\($0 ? 1 : 0)"] } ?? []
    case .doorbell: return []
    }
  }

  private static func rest(_ name: String, _ bytes: [UInt8], _ cursor: ByteCursor) -> String {
    "\(name)=" + bytes[cursor.offset...].map { String($0, radix: 16) }.joined(separator: ",")
  }

  private static func hello(_ bytes: [UInt8]) throws -> [String] {
    let greeting = try Greeting(bytes.span.bytes)
    return [
      "newest=\(greeting.version)", "oldest=\(greeting.oldestVersion)",
      "handover=\(greeting.handover)", "features=\(greeting.transfersBackends ? 1 : 0)",
      "software=\(greeting.software)",
    ]
  }

  private static func answers(_ bytes: [UInt8], count: Int) throws -> [String] {
    try Payload.Answers(bytes.span.bytes, deviceCount: count).adoptions
      .map { "adoption=\($0.rawValue)" }
  }

  private static func running(_ bytes: [UInt8]) throws -> [String] {
    let running = try Payload.Running(bytes.span.bytes, into: HandoverStamps())
    let stamps = running.stamps
    return [
      "received=\(stamps.received)", "loaded=\(stamps.loaded)", "taken=\(stamps.taken)",
      "applied=\(stamps.applied)", "started=\(stamps.started)",
      "calls=\(running.callsBeforeTake)",
    ]
  }

  private static func source(_ bytes: [UInt8]) throws -> [String] {
    var stamps = HandoverStamps()
    try stamps.readSource(bytes.span.bytes)
    return [
      "begun=\(stamps.begun)", "stopped=\(stamps.stopped)", "quiesced=\(stamps.quiesced)",
      "saved=\(stamps.saved)",
    ]
  }

  private static func word(_ bytes: [UInt8]) throws -> [String] {
    var cursor = ByteCursor()
    let owner = Ownership(rawValue: try cursor.word(bytes.span.bytes))
    return ["owner=\(owner?.rawValue ?? 0)", "handover=\(try cursor.word(bytes.span.bytes))"]
  }

  /// As the sender saw it: what is read here tells a mismatch from this side.
  private static func notice(_ bytes: [UInt8]) throws -> [String] {
    let notice = try RefusalNotice(bytes.span.bytes)
    let refusal = notice.refusal.seenFromHere
    return [
      "cause=\(refusal.causeNumber)", "field=\(refusal.fieldNumber)",
      "subject=\(refusal.subject)", "here=\(text(refusal.here))", "there=\(text(refusal.there))",
      "call=\(refusal.call)", "errno=\(UInt32(bitPattern: refusal.code))",
      "words=\(String(decoding: notice.words, as: UTF8.self))",
    ]
  }

  private static func text(_ value: Refusal.Value) -> String {
    switch value {
    case .none: "0"
    case .number(let number): "1:\(number)"
    case .bits(let bits): "2:\(bits)"
    case .name(let name): "3:\(name)"
    case .flag(let isOn): "4:\(isOn ? 1 : 0)"
    case .unknown(let kind): "\(kind)"
    }
  }
}
