import BatonCore

/// What a target looks at before it takes a guest.
extension SoftwareGuest {
  /// Compares the room that a guest in this memory has, if there is one, with what it has here: it
  /// depends on for how many devices its machine has room.
  static func checkRoom(in area: GuestArea, subject: Name) throws(Refusal) {
    guard area.byteCount >= GuestLayout.pageByteCount,
      area.uint64(at: StateField.magic.offset) == magic
    else { return }
    let (here, there) = (
      UInt64(area.byteCount), area.uint64(at: StateField.areaByteCount.offset)
    )
    guard here == there else {
      throw .mismatch(
        .memorySize, subject: subject, here: .number(here), there: .number(there))
    }
  }

  /// Looks at every page of the rings of a guest that still runs elsewhere, and at both indices of
  /// each ring: the kernel maps a page for a process that touches it, which takes as long as all
  /// the rest while the guest stands still.
  func touchRings() {
    guard state(.magic) == Self.magic, let layout = try? savedLayout() else { return }
    for offset in stride(from: 0, to: layout.buffer(0, 0), by: GuestLayout.pageByteCount) {
      _ = area.loadRelaxed(at: offset)
    }
    for queue in 0..<layout.queueCount {
      _ = area.loadRelaxed(at: layout.availableIndex(queue))
      _ = area.loadRelaxed(at: layout.usedIndex(queue))
    }
  }

  /// Looks at all that ``attach()`` needs, and changes nothing.
  func check(subject: Name) throws(Refusal) {
    guard state(.magic) == Self.magic else {
      throw Refusal(
        .invalid, field: .state, subject: subject, here: .bits(Self.magic),
        there: .bits(state(.magic)))
    }
    let version = state(.version)
    guard version == Self.version else {
      throw .mismatch(
        .deviceVersion, subject: subject, here: .number(Self.version), there: .number(version))
    }
    try Self.checkRoom(in: area, subject: subject)
    // Another device's driver, where devices were plugged in another order.
    guard state(.mac) == deviceMAC else {
      throw .mismatch(
        .macAddress, subject: subject, here: .bits(deviceMAC), there: .bits(state(.mac)))
    }
    do { _ = try savedLayout() } catch {
      throw Refusal(
        .invalid, field: .ringSize, subject: subject, there: .number(state(.queueSize)))
    }
  }
}
