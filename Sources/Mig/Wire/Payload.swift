import BatonCore

/// The small payloads, each written and read in one place; docs/PROTOCOL.md has their tables.
///
/// A payload grows at its end, a part of it that is repeated or that stands before bytes of unknown
/// length is a structure of its own (`ByteWriter.writeStructure`) and grows at that end.
enum Payload {
  /// What DEVICE has before the properties of the device's kind, which reach to the record's end.
  struct Device: Hashable {
    let name: Name
    let kind: Name

    func write(into writer: inout ByteWriter) {
      writer.writeStructure { fields in
        fields.write(name)
        fields.write(kind)
      }
    }
  }

  /// What STATE has before the state of the device, which reaches to the record's end.
  struct State: Hashable {
    /// The device's place in the offer.
    let position: Int

    func write(into writer: inout ByteWriter) {
      writer.writeStructure { $0.write(UInt16(position)) }
    }
  }

  /// MEMORY: where the guest sees each region, and how long it is.
  struct Memory: Hashable {
    var regions: [MemoryRegion]

    func write(into writer: inout ByteWriter) {
      writer.write(UInt16(regions.count))
      for region in regions {
        writer.writeStructure { fields in
          fields.write(region.guestAddress)
          fields.write(region.byteCount)
        }
      }
    }
  }

  /// OFFER-END: how many devices were offered.
  struct OfferEnd: Hashable {
    let deviceCount: Int

    func write(into writer: inout ByteWriter) { writer.write(UInt16(deviceCount)) }
  }

  /// ANSWERS: how each device gets its backend, in the order of the offer.
  struct Answers: Hashable {
    var adoptions: [Adoption]

    func write(into writer: inout ByteWriter) {
      for adoption in adoptions { writer.writeStructure { $0.write(adoption.rawValue) } }
    }
  }

  /// STATE-END: whether the guest shall run, as its user said last until then.
  struct StateEnd: Hashable {
    let isGuestRunning: Bool

    func write(into writer: inout ByteWriter) { writer.write(UInt8(isGuestRunning ? 1 : 0)) }
  }

  /// BYE: whether the guest shall run, as its user said last at the source; nil when the source did
  /// not say, so that STATE-END holds.
  struct Bye: Hashable {
    var isGuestRunning: Bool?

    func write(into writer: inout ByteWriter) {
      guard let isGuestRunning else { return }
      writer.write(UInt8(isGuestRunning ? 1 : 0))
    }
  }

  /// RUNNING: when the target's steps were done, and how many calls that can change a backend it
  /// made before it owned the guest.
  struct Running: Hashable {
    var stamps = HandoverStamps()
    let callsBeforeTake: UInt64

    func write(into writer: inout ByteWriter) {
      stamps.writeTarget(into: &writer)
      writer.write(callsBeforeTake)
    }
  }
}

extension Payload.Device {
  init(_ bytes: borrowing RawSpan, at cursor: inout ByteCursor) throws(ByteCursor.Ended) {
    var fields = try cursor.structure(bytes)
    name = try fields.name(bytes)
    kind = try fields.name(bytes)
  }
}

extension Payload.State {
  init(_ bytes: borrowing RawSpan, at cursor: inout ByteCursor) throws(ByteCursor.Ended) {
    var fields = try cursor.structure(bytes)
    position = Int(try fields.half(bytes))
  }
}

extension Payload.Memory {
  init(_ bytes: borrowing RawSpan) throws(ByteCursor.Ended) {
    var cursor = ByteCursor()
    let count = Int(try cursor.half(bytes))
    guard count <= GuestMemory.regionCountMax else { throw ByteCursor.Ended() }
    regions = []
    for _ in 0..<count {
      var fields = try cursor.structure(bytes)
      let address = try fields.long(bytes)
      let size = try fields.long(bytes)
      regions.append(MemoryRegion(guestAddress: address, byteCount: size, isShared: true))
    }
  }
}

extension Payload.OfferEnd {
  init(_ bytes: borrowing RawSpan) throws(ByteCursor.Ended) {
    var cursor = ByteCursor()
    deviceCount = Int(try cursor.half(bytes))
  }
}

extension Payload.Answers {
  /// The answers for so many devices; a way that is not known here is as bad as none.
  init(_ bytes: borrowing RawSpan, deviceCount: Int) throws(ByteCursor.Ended) {
    var cursor = ByteCursor()
    adoptions = []
    for _ in 0..<deviceCount {
      var fields = try cursor.structure(bytes)
      guard let adoption = Adoption(rawValue: try fields.byte(bytes)) else {
        throw ByteCursor.Ended()
      }
      adoptions.append(adoption)
    }
  }
}

extension Payload.StateEnd {
  init(_ bytes: borrowing RawSpan) throws(ByteCursor.Ended) {
    var cursor = ByteCursor()
    isGuestRunning = try cursor.byte(bytes) != 0
  }
}

extension Payload.Bye {
  init(_ bytes: borrowing RawSpan) throws(ByteCursor.Ended) {
    var cursor = ByteCursor()
    isGuestRunning = cursor.hasMore(bytes) ? try cursor.byte(bytes) != 0 : nil
  }
}

extension Payload.Running {
  init(
    _ bytes: borrowing RawSpan, into stamps: HandoverStamps
  ) throws(ByteCursor.Ended) {
    var cursor = ByteCursor()
    self.stamps = stamps
    try self.stamps.readTarget(bytes, at: &cursor)
    callsBeforeTake = try cursor.long(bytes)
  }
}
