// The guest's inside: a virtio-net driver (virtio 1.2, 2.7 and 5.1) whose 16 buffers go round. The
// device receives into one, the guest changes it in place, the device sends it, and it comes back.

import BatonCore
import BatonNet

/// Where things lie in the guest's memory.
private enum Place {
  /// How many datagrams were sent back, and how far the driver has read each used ring.
  static let echoed: UInt64 = 0
  static func seen(_ queue: Int) -> UInt64 { 16 + UInt64(queue) * 2 }

  static func descriptors(_ queue: Int) -> UInt64 { 0x1000 * UInt64(queue + 1) }
  static func available(_ queue: Int) -> UInt64 { descriptors(queue) + 0x400 }
  static func used(_ queue: Int) -> UInt64 { descriptors(queue) + 0x800 }
  static func buffer(_ number: UInt64) -> UInt64 { 0x10000 + number * 2048 }
}

private let size: UInt16 = 16
private let (receive, transmit) = (0, 1)
private let header = UInt64(VirtioNet.headerByteCount)

extension EchoGuest {
  /// How many datagrams were sent back since the boot, wherever the guest ran.
  public var echoed: UInt64 { (try? memory.loadUInt64(at: Place.echoed)) ?? 0 }

  func startDriver() {
    guard let device = nic.virtio else { return }
    nic.setStatus([.acknowledge, .driver])
    device.setDriverFeatures([.version1, .mac])
    nic.setStatus([.featuresOK])
    for queue in [receive, transmit] {
      device.setQueue(
        queue, size: size, descriptors: Place.descriptors(queue),
        available: Place.available(queue), used: Place.used(queue))
      device.setQueueReady(queue)
    }
    nic.setStatus([.driverOK])
    attempt { () throws(GuestFault) in
      for number in 0..<UInt64(size) { try give(number, to: receive, byteCount: 2048) }
    }
  }

  /// The guest runs for as long as there is something to do.
  func step() {
    attempt { () throws(GuestFault) in
      while let (number, _) = try next(in: transmit) {
        try give(number, to: receive, byteCount: 2048)
      }
      while let (number, byteCount) = try next(in: receive) {
        if try answer(Place.buffer(number)) {
          try give(number, to: transmit, byteCount: byteCount)
        } else {
          try give(number, to: receive, byteCount: 2048)
        }
      }
    }
    nic.notify(queue: transmit)
    nic.notify(queue: receive)
  }

  /// Puts a buffer into a queue's available ring.
  private func give(_ number: UInt64, to queue: Int, byteCount: UInt32) throws(GuestFault) {
    let entry = Place.descriptors(queue) + number * 16
    try memory.storeUInt64(Place.buffer(number), at: entry)
    try memory.storeUInt32(byteCount, at: entry + 8)
    try memory.storeUInt16(queue == receive ? 2 : 0, at: entry + 12)
    let ring = Place.available(queue)
    let index = try memory.loadUInt16(at: ring + 2)
    try memory.storeUInt16(UInt16(number), at: ring + 4 + UInt64(index % size) * 2)
    try memory.storeUInt16(index &+ 1, at: ring + 2)
  }

  /// The buffer that the device completed next; nil when there is none.
  private func next(in queue: Int) throws(GuestFault) -> (number: UInt64, byteCount: UInt32)? {
    let seen = try memory.loadUInt16(at: Place.seen(queue))
    guard try memory.loadUInt16(at: Place.used(queue) + 2) != seen else { return nil }
    let entry = Place.used(queue) + 4 + UInt64(seen % size) * 8
    try memory.storeUInt16(seen &+ 1, at: Place.seen(queue))
    return (UInt64(try memory.loadUInt32(at: entry)), try memory.loadUInt32(at: entry + 4))
  }

  /// Turns a frame into its answer; false when it has none.
  private func answer(_ buffer: UInt64) throws(GuestFault) -> Bool {
    for byte in 0..<header { try memory.storeUInt8(0, at: buffer + byte) }
    let frame = buffer + header
    switch (try bigEndian(frame + 12), try bigEndian(frame + 20)) {
    case (0x0806, 1) where try memory.loadUInt32(at: frame + 38) == 0x0200_000A:
      // ARP (RFC 826): who asked and who was asked change places, and we say who we are.
      try memory.storeUInt8(2, at: frame + 21)
      try swap(frame + 22, frame + 32, 10)
      for byte in 0..<6 {
        try memory.storeUInt8(Self.mac[byte], at: frame + 22 + UInt64(byte))
        try memory.storeUInt8(
          try memory.loadUInt8(at: frame + 32 + UInt64(byte)), at: frame + UInt64(byte))
        try memory.storeUInt8(Self.mac[byte], at: frame + 6 + UInt64(byte))
      }
      return true
    case (0x0800, _) where try memory.loadUInt8(at: frame + 23) == 17:
      // UDP: swapped addresses and ports leave every checksum as it is.
      for (one, other, count) in [(0, 6, 6), (26, 30, 4), (34, 36, 2)] as [(UInt64, UInt64, UInt64)]
      {
        try swap(frame + one, frame + other, count)
      }
      try memory.storeUInt64(echoed + 1, at: Place.echoed)
      return true
    default: return false
    }
  }

  private func bigEndian(_ address: UInt64) throws(GuestFault) -> UInt16 {
    try memory.loadUInt16(at: address).byteSwapped
  }

  private func swap(_ one: UInt64, _ other: UInt64, _ count: UInt64) throws(GuestFault) {
    for byte in 0..<count {
      let kept = try memory.loadUInt8(at: one + byte)
      try memory.storeUInt8(try memory.loadUInt8(at: other + byte), at: one + byte)
      try memory.storeUInt8(kept, at: other + byte)
    }
  }

  /// All addresses are this program's own, so that a fault is its mistake.
  private func attempt(_ body: () throws(GuestFault) -> Void) {
    do { try body() } catch { fatalError("\(error)") }
  }
}
