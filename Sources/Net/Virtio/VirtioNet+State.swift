import BatonCore

/// The state that moves with the guest: one record, little-endian. It grows by appending to its
/// head or to each queue's part, whose lengths it says: what is behind the fields that are known
/// here is skipped. The version changes when a known field gets another meaning.
///
///      0  4  magic "BVNT"               32  2  queue pairs that the guest may use
///      4  2  version, 2                 34  2  queue pairs in use
///      6  2  length of the head         36  2  queues in this record
///      8  4  bytes in all               38  2  length of a queue's part
///     12  1  device status              40  4  configuration generation
///     13  1  bit 0 link up, bit 1       44  4  zero
///            configuration interrupt    48     per queue, from the head's end on:
///     14  1  TAP header length                 0  2  size      4  2  available index
///     15  1  zero                              2  1  flags     6  2  used index
///     16  8  features accepted                 3  1  zero      8  8  descriptor table
///     24  6  MAC address                      16  8  available ring
///     30  2  MTU, 0 for none                  24  8  used ring
///
/// A queue's flags are bit 0 ready and bit 1 interrupt pending. The frames themselves lie in guest
/// memory, and so do both rings' contents. No chain is in flight between two calls of the device,
/// hence both indices of a queue are equal; the record has both for devices that work otherwise.
extension VirtioNet {
  private static let magic: UInt32 = 0x544e_5642
  private static let version: UInt16 = 2
  private static let headByteCount = 48
  private static let queueByteCount = 32

  /// The size of the record in bytes; the same for every device with as many queues.
  package var savedByteCount: Int { Self.headByteCount + rings.count * Self.queueByteCount }

  /// Appends the record to `record`; the guest is stopped and no frame is being moved.
  package func save(into record: inout [UInt8]) {
    record.reserveCapacity(record.count + savedByteCount)
    record.append(number: Self.magic)
    record.append(number: Self.version)
    record.append(number: UInt16(Self.headByteCount))
    record.append(number: UInt32(savedByteCount))
    record.append(status.rawValue)
    record.append((isLinkUp ? 1 : 0) | (isConfigurationInterruptPending ? 2 : 0))
    record.append(UInt8(configuration.headerByteCount))
    record.append(0)
    record.append(number: acceptedFeatures.rawValue)
    for index in 0..<6 { record.append(configuration.mac[index]) }
    record.append(number: configuration.mtu ?? 0)
    record.append(number: UInt16(configuration.maxPairs))
    record.append(number: UInt16(activePairs))
    record.append(number: UInt16(rings.count))
    record.append(number: UInt16(Self.queueByteCount))
    record.append(number: configurationGeneration)
    record.append(number: UInt32(0))
    saveRings(into: &record)
  }

  /// Appends the queues' parts, eight bytes at a time: with many queues the guest waits for them.
  private func saveRings(into record: inout [UInt8]) {
    var place = record.count
    record.append(contentsOf: repeatElement(0, count: rings.count * Self.queueByteCount))
    // Safe: the lines above made room for every queue's part, and the pointer ends with the call.
    unsafe record.withUnsafeMutableBytes { bytes in
      for ring in rings {
        let flags: UInt64 = (ring.isReady ? 1 : 0) | (ring.isInterruptPending ? 2 : 0)
        let first =
          UInt64(ring.layout.size) | flags << 16 | UInt64(ring.nextAvailable) << 32
          | UInt64(ring.nextUsed) << 48
        let layout = ring.layout
        // Safe: a part has four words, for which there is room.
        unsafe bytes.storeBytes(of: first.littleEndian, toByteOffset: place, as: UInt64.self)
        unsafe bytes.storeBytes(
          of: layout.descriptors.littleEndian, toByteOffset: place + 8, as: UInt64.self)
        // Safe: the same part.
        unsafe bytes.storeBytes(
          of: layout.available.littleEndian, toByteOffset: place + 16, as: UInt64.self)
        unsafe bytes.storeBytes(
          of: layout.used.littleEndian, toByteOffset: place + 24, as: UInt64.self)
        place += Self.queueByteCount
      }
    }
  }

  /// Takes over the state in a record, or changes nothing and says what does not fit.
  ///
  /// The record must be the whole span. It is not trusted: it can make the device do no more than
  /// a guest could. The guest's memory must already be what it was when the record was made.
  package func load(from record: borrowing RawSpan) throws(LoadError) {
    try checkHead(record)
    try checkDevice(record)
    let status = VirtioStatus(rawValue: record.uint8(at: 12))
    // Room that was used before: fresh memory costs a page fault for every fourth kilobyte.
    var loaded = formerRings.isEmpty ? rings : formerRings
    formerRings = []
    for queue in loaded.indices {
      loaded[queue] = try ring(queue, from: record, isBroken: status.contains(.needsReset))
    }
    // Nothing is refused from here on.
    self.status = status
    isLinkUp = record.uint8(at: 13) & 1 != 0
    isConfigurationInterruptPending = record.uint8(at: 13) & 2 != 0
    acceptedFeatures = VirtioFeatures(rawValue: record.uint64(at: 16))
    configuration.mac = record.mac(at: 24)
    activePairs = Int(record.uint16(at: 34))
    configurationGeneration = record.uint32(at: 40)
    lastFault = nil
    forgetRoom()
    formerRings = rings
    rings = loaded
    pendingQueues.removeAll(keepingCapacity: true)
    for queue in rings.indices where rings[queue].isInterruptPending {
      pendingQueues.append(UInt16(queue))
    }
  }

  /// Checks what says that this is such a record, and that it is all there.
  private func checkHead(_ record: borrowing RawSpan) throws(LoadError) {
    guard record.byteCount >= Self.headByteCount else {
      throw LoadError(
        .byteCount, expected: UInt64(savedByteCount), found: UInt64(record.byteCount))
    }
    try expect(.magic, UInt64(Self.magic), UInt64(record.uint32(at: 0)))
    try expect(.version, UInt64(Self.version), UInt64(record.uint16(at: 4)))
    try expect(.maxPairs, UInt64(configuration.maxPairs), UInt64(record.uint16(at: 32)))
    try expect(.queueCount, UInt64(rings.count), UInt64(record.uint16(at: 36)))
    let head = Int(record.uint16(at: 6))
    let queue = Int(record.uint16(at: 38))
    for (known, found) in [(Self.headByteCount, head), (Self.queueByteCount, queue)]
    where found < known {
      throw LoadError(.byteCount, expected: UInt64(known), found: UInt64(found))
    }
    let whole = UInt64(head + rings.count * queue)
    try expect(.byteCount, whole, UInt64(record.uint32(at: 8)))
    try expect(.byteCount, whole, UInt64(record.byteCount))
    try expect(.reserved, 0, UInt64(record.uint8(at: 15)))
    try expect(.reserved, 0, UInt64(record.uint32(at: 44)))
  }

  /// Checks the fields of the device.
  private func checkDevice(_ record: borrowing RawSpan) throws(LoadError) {
    try expect(
      .headerByteCount, UInt64(configuration.headerByteCount), UInt64(record.uint8(at: 14)))
    try expect(.mtu, UInt64(configuration.mtu ?? 0), UInt64(record.uint16(at: 30)))
    guard record.mac(at: 24).isStation else {
      throw LoadError(
        .mac, expected: configuration.mac.bits, found: record.mac(at: 24).bits)
    }
    guard record.uint8(at: 13) <= 3 else {
      throw LoadError(.flags, expected: 3, found: UInt64(record.uint8(at: 13)))
    }
    let status = VirtioStatus(rawValue: record.uint8(at: 12))
    let allowed: VirtioStatus =
      status.contains(.featuresOK) ? .known : .known.subtracting(.driverOK)
    guard status.isSubset(of: allowed) else {
      throw LoadError(
        .status, expected: UInt64(allowed.rawValue), found: UInt64(status.rawValue))
    }
    let features = VirtioFeatures(rawValue: record.uint64(at: 16))
    // Before `featuresOK` they are only what the driver wrote, and bind nobody.
    let areBinding = status.contains(.featuresOK)
    guard !areBinding || features.isSubset(of: offeredFeatures) && features.isConsistent else {
      throw LoadError(
        .features, expected: offeredFeatures.rawValue, found: features.rawValue)
    }
    let most = areBinding && features.contains(.multiqueue) ? configuration.maxPairs : 1
    let active = record.uint16(at: 34)
    guard 1...most ~= Int(active) else {
      throw LoadError(.activePairs, expected: UInt64(most), found: UInt64(active))
    }
  }

  /// Checks a queue's part of the record and makes its ring.
  private func ring(
    _ queue: Int, from record: borrowing RawSpan, isBroken: Bool
  ) throws(LoadError) -> SplitRing {
    let start = Int(record.uint16(at: 6)) + queue * Int(record.uint16(at: 38))
    let flags = record.uint8(at: start + 2)
    guard flags == 0 || flags == 1 || flags == 3 else {
      throw LoadError(.queueFlags, queue: queue, expected: 3, found: UInt64(flags))
    }
    try expect(.reserved, queue: queue, 0, UInt64(record.uint8(at: start + 3)))
    let layout = SplitRing.Layout(
      size: record.uint16(at: start), descriptors: record.uint64(at: start + 8),
      available: record.uint64(at: start + 16), used: record.uint64(at: start + 24))
    let nextAvailable = record.uint16(at: start + 4)
    let nextUsed = record.uint16(at: start + 6)
    var ring = SplitRing(layout: layout)
    guard flags != 0 else {
      try expect(.availableIndex, queue: queue, 0, UInt64(nextAvailable))
      try expect(.usedIndex, queue: queue, 0, UInt64(nextUsed))
      return ring
    }
    let wrong = ring.start(
      in: memory, sizeMax: configuration.queueSizeMax, nextAvailable: nextAvailable,
      nextUsed: nextUsed)
    if let wrong { throw misplaced(wrong, layout, queue) }
    ring.isInterruptPending = flags & 2 != 0
    // A broken ring is not touched again before a reset, whatever its indices say.
    if !isBroken { try checkIndices(ring, queue) }
    return ring
  }

  /// Compares a queue's indices with those in guest memory.
  private func checkIndices(_ ring: SplitRing, _ queue: Int) throws(LoadError) {
    try expect(.usedIndex, queue: queue, UInt64(ring.usedIndex), UInt64(ring.nextUsed))
    try expect(
      .availableIndex, queue: queue, UInt64(ring.nextUsed), UInt64(ring.nextAvailable))
    guard ring.availableIndex &- ring.nextAvailable <= ring.layout.size else {
      throw LoadError(
        .availableIndex, queue: queue, expected: UInt64(ring.availableIndex),
        found: UInt64(ring.nextAvailable))
    }
  }

  /// The refusal of a ring that is not in this guest's memory.
  private func misplaced(
    _ part: SplitRing.Part, _ layout: SplitRing.Layout, _ queue: Int
  ) -> LoadError {
    var end: UInt64 = 0
    if let last = memory.regions.last { end = last.guestAddress + UInt64(last.byteCount) }
    return switch part {
    case .size:
      LoadError(
        .queueSize, queue: queue, expected: UInt64(configuration.queueSizeMax),
        found: UInt64(layout.size))
    case .descriptors:
      LoadError(.descriptors, queue: queue, expected: end, found: layout.descriptors)
    case .available:
      LoadError(.available, queue: queue, expected: end, found: layout.available)
    case .used:
      LoadError(.used, queue: queue, expected: end, found: layout.used)
    }
  }

  private func expect(
    _ field: LoadError.Field, queue: Int? = nil, _ expected: UInt64, _ found: UInt64
  ) throws(LoadError) {
    guard found == expected else {
      throw LoadError(field, queue: queue, expected: expected, found: found)
    }
  }
}
