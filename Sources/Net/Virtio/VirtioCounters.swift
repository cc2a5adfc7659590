/// Why a frame was dropped on its way through the device.
public enum DropReason: Int, CaseIterable, Sendable {
  /// The link is down.
  case linkDown
  /// The driver has not started the device or this queue pair.
  case notReady
  /// The frame is shorter than its headers.
  case tooShort
  /// The frame is longer than any that was agreed on.
  case tooLong
  /// The guest's buffer cannot hold the frame, and frames may not be spread over several.
  case bufferTooSmall
  /// The frame asks for an offload that was not negotiated.
  case offload
  /// The sink would not have it.
  case refused
}

/// What went through a device in one direction.
public struct VirtioTraffic: Sendable {
  /// Frames delivered.
  public internal(set) var frames: UInt64 = 0
  /// Their bytes, without the virtio-net header.
  public internal(set) var bytes: UInt64 = 0
  private var drops = InlineArray<7, UInt64>(repeating: 0)

  /// Frames dropped for a reason.
  public subscript(reason: DropReason) -> UInt64 { drops[reason.rawValue] }

  /// Frames dropped for any reason.
  public var dropped: UInt64 {
    var sum: UInt64 = 0
    for index in drops.indices { sum += drops[index] }
    return sum
  }

  mutating func countDrop(_ reason: DropReason) { drops[reason.rawValue] += 1 }

  mutating func countFrame(byteCount: Int) {
    frames += 1
    bytes += UInt64(byteCount)
  }
}

/// What a device has done since this process made it; it does not move with the guest.
public struct VirtioCounters: Sendable {
  /// From the network to the guest.
  public internal(set) var received = VirtioTraffic()
  /// From the guest to the network.
  public internal(set) var transmitted = VirtioTraffic()
  /// Times the sink had no room, and the frame stayed in the ring.
  public internal(set) var wouldBlocks: UInt64 = 0
  /// Chains and rings that broke the device.
  public internal(set) var badChains: UInt64 = 0
  /// Interrupts raised, configuration included.
  public internal(set) var interrupts: UInt64 = 0
  /// Control commands served, refused ones included.
  public internal(set) var commands: UInt64 = 0
}
