package import BatonCore

extension NetDevice {
  /// What a source says of a device before anything is stopped, so that a target can refuse it
  /// while the guest still runs.
  ///
  /// A version, and a structure of the layout in docs/PROTOCOL.md. Fields are only appended, to
  /// this structure or to the TAP's inside it; the version changes when a field that is known here
  /// gets another meaning, and then both sides refuse each other.
  struct Offer {
    private static let version: UInt16 = 2
    /// A down script goes with the TAP. A target of a release that knows of none refuses it by this
    /// number, while the guest still runs here.
    private static let versionWithDuty: UInt16 = 3

    var mtu: UInt16 = 0
    var queueSizeMax: UInt16 = 0
    var offloads: VirtioFeatures = []
    var tap: TapProperties
    var descriptorCount = 0
    /// Whether whoever has the TAP last is to run a down script.
    var isOwed = false

    /// What is offered of a device; `lends` when its descriptors come with the offer.
    init(options: Options, tap: TapProperties, lends: Bool, isOwed: Bool = false) {
      self.isOwed = isOwed
      mtu = options.mtu ?? 0
      queueSizeMax = options.queueSizeMax
      offloads = options.offloads
      self.tap = tap
      descriptorCount = lends ? tap.queues : 0
    }

    func write(into writer: inout ByteWriter) {
      writer.write(isOwed ? Self.versionWithDuty : Self.version)
      writer.writeStructure { fields in
        fields.write(mtu)
        fields.write(queueSizeMax)
        fields.write(offloads.rawValue)
        fields.writeStructure { tap.write(into: &$0) }
        fields.write(UInt16(descriptorCount))
        for queue in 0..<descriptorCount { fields.write(UInt16(queue)) }
      }
    }

    /// Reads what a source wrote, which is not trusted.
    init(_ bytes: borrowing RawSpan, subject: Name) throws(Refusal) {
      var cursor = ByteCursor()
      let version = try cursor.check(
        versions: Self.version...Self.versionWithDuty, of: bytes, subject: subject)
      isOwed = version == Self.versionWithDuty
      var order: [UInt16] = []
      let read: TapProperties?
      do {
        var fields = try cursor.structure(bytes)
        mtu = try fields.half(bytes)
        queueSizeMax = try fields.half(bytes)
        offloads = VirtioFeatures(rawValue: try fields.long(bytes))
        var tapFields = try fields.structure(bytes)
        read = try TapProperties(bytes, at: &tapFields)
        descriptorCount = Int(try fields.half(bytes))
        for _ in 0..<descriptorCount { order.append(try fields.half(bytes)) }
      } catch {
        throw cursor.truncation(of: bytes, subject: subject)
      }
      guard let tap = read else {
        throw Refusal(.malformedRecord, field: .interfaceName, subject: subject)
      }
      self.tap = tap
      for (position, queue) in order.enumerated() where position != queue {
        throw .mismatch(
          .queueOrder, subject: subject, here: .number(UInt64(position)),
          there: .number(UInt64(queue)))
      }
    }

    /// Compares the device that is offered with the one that is wished for here.
    func compare(with options: Options, subject: Name) throws(Refusal) {
      let pairs: [(Refusal.Field, UInt64, UInt64)] = [
        (.queueCount, UInt64(options.tap.queues), UInt64(tap.queues)),
        (.mtu, UInt64(options.mtu ?? 0), UInt64(mtu)),
        (.ringSize, UInt64(options.queueSizeMax), UInt64(queueSizeMax)),
      ]
      for (field, here, there) in pairs where here != there {
        throw .mismatch(field, subject: subject, here: .number(here), there: .number(there))
      }
      guard options.offloads == offloads else {
        throw .mismatch(
          .features, subject: subject, here: .bits(options.offloads.rawValue),
          there: .bits(offloads.rawValue))
      }
    }
  }
}

extension ByteCursor {
  /// Reads a record's version, which must be the one that is known.
  package mutating func check(
    version: UInt16, of bytes: borrowing RawSpan, subject: Name
  ) throws(Refusal) {
    _ = try check(versions: version...version, of: bytes, subject: subject)
  }

  /// Reads a record's version, which must be one of those that are known.
  package mutating func check(
    versions: ClosedRange<UInt16>, of bytes: borrowing RawSpan, subject: Name
  ) throws(Refusal) -> UInt16 {
    let found: UInt16
    do { found = try half(bytes) } catch { throw truncation(of: bytes, subject: subject) }
    guard versions.contains(found) else {
      throw .mismatch(
        .deviceVersion, subject: subject, here: .number(UInt64(versions.upperBound)),
        there: .number(UInt64(found)))
    }
    return found
  }

  /// The refusal of a record that ends before the value that was to be read, or of a structure in
  /// it that does: at least one byte more was to come.
  package func truncation(of bytes: borrowing RawSpan, subject: Name) -> Refusal {
    Refusal(
      .truncatedStream, field: .recordLength, subject: subject,
      here: .number(UInt64(bytes.byteCount)),
      there: .number(UInt64(max(offset, bytes.byteCount)) + 1))
  }
}
