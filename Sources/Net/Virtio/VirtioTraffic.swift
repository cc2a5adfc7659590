/// What went through a device in one direction.
public struct VirtioTraffic: Sendable {
  /// Frames that reached the other side: the guest, or the kernel.
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
