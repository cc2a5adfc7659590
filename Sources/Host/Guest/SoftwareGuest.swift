package import BatonCore
package import BatonNet

/// A guest without a processor: a virtio-net driver and a small network stack that runs when the
/// host calls it.
///
/// It may be called on another thread than its device: after `boot` or `attach` the two meet in
/// guest memory alone, in the orders of virtio 1.2, 2.7.13.
///
/// All it knows lies in guest memory: counters, addresses, every ring position. This object holds
/// references and offsets only, so that another process which has the same memory continues the
/// guest by making another one over it and calling `attach`.
///
/// It answers ARP, ICMP echo and UDP echo on the queue pair on which it was asked. When it has no
/// transmit buffer left it leaves requests in the receive ring until one comes back: it loses
/// nothing.
package final class SoftwareGuest {
  /// The queues of a pair that the guest rings for.
  package struct Kicks: OptionSet, Hashable, Sendable {
    /// The bits, one per direction.
    package let rawValue: UInt8

    /// Takes the bits as they are.
    package init(rawValue: UInt8) { self.rawValue = rawValue }

    /// Frames wait to be sent.
    package static let transmit = Self(rawValue: 1)
    /// There are fresh receive buffers.
    package static let receive = Self(rawValue: 2)
    /// The device was faster than the guest, which wants to go on without an interrupt.
    package static let again = Self(rawValue: 4)
  }

  /// The device that the guest drives.
  package let device: VirtioNet

  let area: GuestArea
  /// Where things are; nil before `boot` or `attach`. The state page says the same.
  var layout: GuestLayout?
  /// Whether both sides say from which index on they want to hear; negotiated, so that the
  /// device's state says the same.
  var usesEventIndex = false

  /// A guest that lives at a guest-physical address, in the whole first region unless said.
  ///
  /// It does nothing yet: `boot` starts a new guest, `attach` continues one that is there.
  package init(
    memory: GuestMemory, device: VirtioNet, at guestAddress: UInt64? = nil,
    byteCount: Int? = nil
  ) throws(GuestError) {
    guard let first = memory.regions.first,
      let area = GuestArea(
        memory, guestAddress: guestAddress ?? first.guestAddress,
        byteCount: byteCount ?? first.byteCount),
      area.byteCount >= GuestLayout.pageByteCount
    else { throw .areaOutsideMemory }
    self.area = area
    self.device = device
  }

  /// Starts the guest afresh: it forgets all, sets up the device and gives it receive buffers.
  ///
  /// `ipv4` has the first octet highest; `pairs` defaults to all that the device has. Without
  /// event indices guest and device suppress interrupts and bells by flags. Afterwards every pair
  /// in use can receive.
  package func boot(
    ipv4: UInt32, pairs: Int? = nil, wantsEventIndex: Bool = true
  ) throws(GuestError) {
    let most = Int(device.configurationByte(at: 8)) | Int(device.configurationByte(at: 9)) << 8
    let pairs = pairs ?? most
    guard 1...most ~= pairs else { throw .pairsRefused(asked: pairs) }
    guard
      let layout = GuestLayout.fitting(
        area.byteCount, pairs: pairs, bufferByteCount: bufferByteCount,
        queueSizeMax: Int(device.configuration.queueSizeMax))
    else { throw .areaTooSmall(pairs: pairs, byteCount: area.byteCount) }
    area.clear(0..<layout.buffer(0, 0))
    self.layout = layout
    try startDevice(layout, wantsEventIndex: wantsEventIndex)
    writeStatePage(layout, ipv4: ipv4)
    for pair in 0..<pairs { prepare(pair, layout) }
  }

  /// Continues the guest that lives in this memory, exactly where it was.
  ///
  /// The device must have been loaded with the state that belongs to this memory.
  package func attach() throws(GuestError) {
    let found = area.uint64(at: StateField.magic.offset)
    guard found == Self.magic else { throw .noGuest(found: found) }
    let version = area.uint64(at: StateField.version.offset)
    guard version == Self.version else {
      throw .otherGuest(expected: Self.version, found: version)
    }
    let size = area.uint64(at: StateField.areaByteCount.offset)
    guard size == UInt64(area.byteCount) else {
      throw .otherGuest(expected: UInt64(area.byteCount), found: size)
    }
    layout = try savedLayout()
    usesEventIndex = device.acceptedFeatures.contains(.eventIndex)
  }

  /// The layout that the state page says, if it is one that fits.
  func savedLayout() throws(GuestError) -> GuestLayout {
    let pairs = area.uint64(at: StateField.pairs.offset)
    guard 1...UInt64(device.configuration.maxPairs) ~= pairs else {
      throw .otherGuest(expected: UInt64(device.configuration.maxPairs), found: pairs)
    }
    let queueSize = area.uint64(at: StateField.queueSize.offset)
    guard 1...UInt64(GuestLayout.queueSizeMax) ~= queueSize, queueSize & (queueSize - 1) == 0
    else { throw .otherGuest(expected: UInt64(GuestLayout.queueSizeMax), found: queueSize) }
    let buffer = area.uint64(at: StateField.bufferByteCount.offset)
    guard 64...UInt64(VirtioNet.frameByteCountMax * 2) ~= buffer else {
      throw .otherGuest(expected: UInt64(bufferByteCount), found: buffer)
    }
    let layout = GuestLayout(
      pairs: Int(pairs), queueSize: Int(queueSize), bufferByteCount: Int(buffer))
    guard layout.byteCount <= area.byteCount else {
      throw .otherGuest(expected: UInt64(area.byteCount), found: UInt64(layout.byteCount))
    }
    return layout
  }

  /// A buffer for the longest frame of the MTU, with headers: a power of two, 2048 at least.
  private var bufferByteCount: Int {
    let mtu = Int(device.configurationByte(at: 10)) | Int(device.configurationByte(at: 11)) << 8
    var count = 2048
    while count < mtu + 22 + VirtioNet.headerByteCount { count *= 2 }
    return count
  }
}

@available(*, unavailable) extension SoftwareGuest: Sendable {}
