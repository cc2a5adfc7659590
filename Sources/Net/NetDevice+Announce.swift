import BatonCore

/// Tells switches and bridges where the guest is.
extension NetDevice {
  /// Sends one reverse ARP request in the guest's name, as QEMU does after a migration; nothing
  /// where the device has no TAP of its own at this moment, or the guest has no device yet.
  package func announce() {
    guard virtio != nil, !tap.isHeld else { return }
    let header = tap.memory.properties.frameHeaderByteCount
    var frame = [UInt8](repeating: 0, count: header + Self.announcementByteCount)
    let mac = (0..<6).map { options.mac[$0] }
    let ethernet: [UInt8] = [UInt8](repeating: 0xFF, count: 6) + mac + [0x80, 0x35]
    // Ethernet and IPv4 addresses of 6 and 4 bytes; operation 3 asks for one's own address.
    let request: [UInt8] = [0, 1, 8, 0, 6, 4, 0, 3] + mac + [0, 0, 0, 0] + mac
    frame.replaceSubrange(header..<header + 42 - 4, with: ethernet + request)
    // Safe: the array outlives the call.
    _ = unsafe frame.withUnsafeBytes { bytes in unsafe write(pair: 0, frame: bytes) }
  }

  /// The shortest frame of Ethernet, without its checksum.
  private static let announcementByteCount = 60
}
