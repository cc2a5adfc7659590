import BatonCore
import BatonNet
import Testing

@testable import BatonHost

/// A guest, its device and a kernel that is only two queues per pair: frames for the guest wait in
/// one, and the other has as much room as the test says.
final class GuestWorld: FrameSink, Interrupting {
  static let mac = MACAddress(0x52, 0x54, 0, 0, 0, 0x42)
  static let peerMAC = MACAddress(0x02, 0, 0, 0, 0, 0x01)
  static let ipv4: UInt32 = 0x0a00_0102
  static let peerIPv4: UInt32 = 0x0a00_0101

  let bytes: UnsafeMutableRawBufferPointer
  let memory: GuestMemory
  private(set) var device: VirtioNet
  private(set) var guest: SoftwareGuest
  let headerByteCount: Int

  /// What waits in the kernel for the guest, per pair.
  var incoming: [[[UInt8]]]
  /// What the kernel got, with the pair on which it came, without headers.
  var outgoing: [(pair: Int, frame: [UInt8])] = []
  /// Frames that the kernel still has room for.
  var room = Int.max
  private var kicks: [Int: SoftwareGuest.Kicks] = [:]

  init(
    pairs: Int = 1, headerByteCount: Int = 12, byteCount: Int = 8 << 20, mtu: UInt16? = nil,
    wantsEventIndex: Bool = true
  ) throws {
    bytes = .allocate(byteCount: byteCount, alignment: 4096)
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
    memory = GuestMemory(regions: [.init(guestAddress: 0x4000_0000, host: bytes)])
    self.headerByteCount = headerByteCount
    incoming = Array(repeating: [], count: pairs)
    device = VirtioNet(
      memory: memory,
      configuration: .init(
        mac: Self.mac, maxPairs: pairs, mtu: mtu, headerByteCount: headerByteCount))
    guest = try SoftwareGuest(memory: memory, device: device)
    try guest.boot(ipv4: Self.ipv4, wantsEventIndex: wantsEventIndex)
  }

  deinit { bytes.deallocate() }

  func write(pair: Int, frame: UnsafeRawBufferPointer) -> WriteOutcome {
    guard room > 0 else { return .wouldBlock }
    room -= 1
    outgoing.append((pair, Array(frame[headerByteCount...])))
    return .written
  }

  func interrupt(queue: Int) {
    kicks[queue / 2, default: []].formUnion(guest.step(queue: queue))
  }

  func interruptForConfiguration() {}

  /// Puts a frame into the kernel's queue for the guest.
  func send(_ frame: [UInt8], pair: Int = 0) { incoming[pair].append(frame) }

  /// One round of the host's loop: at most `limit` frames per pair and direction.
  ///
  /// True when anything moved.
  @discardableResult
  func round(limit: Int = 64) -> Bool {
    var isBusy = false
    for pair in incoming.indices {
      for _ in 0..<limit where !incoming[pair].isEmpty && device.canReceive(pair: pair) {
        let frame = Array(repeating: 0, count: headerByteCount) + incoming[pair].removeFirst()
        let delivery = frame.withUnsafeBytes { device.receive(frame: $0, pair: pair) }
        #expect(delivery == .delivered)
        isBusy = true
      }
    }
    isBusy = isBusy || device.hasPendingInterrupts
    device.flushInterrupts(to: self)
    for pair in incoming.indices where device.hasFramesToTransmit(pair: pair) {
      let before = outgoing.count
      _ = device.transmit(pair: pair, limit: limit, to: self)
      isBusy = isBusy || outgoing.count > before
    }
    return isBusy
  }

  /// A round in which the device may lose frames or break, since its rings were written over.
  func roundOfNoise() {
    for pair in incoming.indices where !incoming[pair].isEmpty && device.canReceive(pair: pair) {
      let frame = Array(repeating: 0, count: headerByteCount) + incoming[pair].removeFirst()
      frame.withUnsafeBytes { _ = device.receive(frame: $0, pair: pair) }
    }
    device.flushInterrupts(to: self)
    for pair in incoming.indices { _ = device.transmit(pair: pair, limit: 64, to: self) }
  }

  /// Rounds until nothing moves any more.
  func settle() {
    for _ in 0..<100_000 where !round() { return }
    Issue.record("the world does not come to rest")
  }

  /// Another process takes over: a new device and a new guest over the same memory.
  func move() throws {
    var record: [UInt8] = []
    device.save(into: &record)
    let next = VirtioNet(memory: memory, configuration: device.configuration)
    try next.load(from: record.span.bytes)
    device = next
    guest = try SoftwareGuest(memory: memory, device: next)
    try guest.attach()
    kicks = [:]
  }

  /// What the guest asked for since the last look.
  func takeKicks(pair: Int) -> SoftwareGuest.Kicks { kicks.removeValue(forKey: pair) ?? [] }
}

/// Frames as a station beside the guest makes them, with checksums of its own making.
enum Frames {
  static func words(_ value: UInt32) -> [UInt8] {
    [24, 16, 8, 0].map { UInt8(truncatingIfNeeded: value >> $0) }
  }

  static func word(_ value: UInt16) -> [UInt8] { [UInt8(value >> 8), UInt8(value & 0xff)] }

  static func octets(_ mac: MACAddress) -> [UInt8] { (0..<6).map { mac[$0] } }

  /// RFC 1071 in the plainest way.
  static func checksum(_ bytes: [UInt8]) -> UInt16 {
    let even = bytes.count % 2 == 0 ? bytes : bytes + [0]
    var sum = 0
    for index in stride(from: 0, to: even.count, by: 2) {
      sum += Int(even[index]) * 256 + Int(even[index + 1])
      if sum > 0xffff { sum -= 0xffff }
    }
    return UInt16(0xffff - sum)
  }

  static func ethernet(
    to: MACAddress = GuestWorld.mac, from: MACAddress = GuestWorld.peerMAC, type: UInt16,
    _ payload: [UInt8]
  ) -> [UInt8] {
    octets(to) + octets(from) + word(type) + payload
  }

  static func arp(
    operation: UInt16 = 1, for target: UInt32 = GuestWorld.ipv4,
    to: MACAddress = MACAddress(bits: .max)
  ) -> [UInt8] {
    ethernet(
      to: to, type: 0x0806,
      [0, 1, 8, 0, 6, 4] + word(operation) + octets(GuestWorld.peerMAC)
        + words(GuestWorld.peerIPv4) + Array(repeating: 0, count: 6) + words(target))
  }

  static func ipv4(
    protocol number: UInt8, from: UInt32 = GuestWorld.peerIPv4, to: UInt32 = GuestWorld.ipv4,
    options: [UInt8] = [], identification: UInt16 = 0x1234, fragment: UInt16 = 0x4000,
    ttl: UInt8 = 64, _ payload: [UInt8]
  ) -> [UInt8] {
    let head =
      [UInt8(0x45 + options.count / 4), 0] + word(UInt16(20 + options.count + payload.count))
      + word(identification) + word(fragment) + [ttl, number]
    let tail = words(from) + words(to) + options
    return head + word(checksum(head + [0, 0] + tail)) + tail + payload
  }

  static func icmp(type: UInt8, _ rest: [UInt8]) -> [UInt8] {
    [type, 0] + word(checksum([type, 0, 0, 0] + rest)) + rest
  }

  static func udp(
    from: UInt16, to: UInt16, addresses: [UInt32] = [GuestWorld.peerIPv4, GuestWorld.ipv4],
    _ payload: [UInt8]
  ) -> [UInt8] {
    let length = word(UInt16(8 + payload.count))
    let head = word(from) + word(to) + length
    let pseudo = addresses.flatMap(words) + [0, 17] + length
    let sum = checksum(pseudo + head + [0, 0] + payload)
    return head + word(sum == 0 ? 0xffff : sum) + payload
  }

  static func sequence(_ number: UInt64) -> [UInt8] {
    words(UInt32(number >> 32)) + words(UInt32(truncatingIfNeeded: number))
  }

  /// A UDP probe whose payload is its number and some bytes after it.
  static func probe(_ number: UInt64, extra: Int = 24) -> [UInt8] {
    let payload = sequence(number) + (0..<extra).map { UInt8(truncatingIfNeeded: Int(number) + $0) }
    return ethernet(
      type: 0x0800, ipv4(protocol: 17, udp(from: 40_000, to: 7, payload)))
  }

  /// The answer that a probe must get, byte for byte.
  static func echo(_ number: UInt64, extra: Int = 24) -> [UInt8] {
    let payload = sequence(number) + (0..<extra).map { UInt8(truncatingIfNeeded: Int(number) + $0) }
    return ethernet(
      to: GuestWorld.peerMAC, from: GuestWorld.mac, type: 0x0800,
      ipv4(
        protocol: 17, from: GuestWorld.ipv4, to: GuestWorld.peerIPv4,
        udp(
          from: 7, to: 40_000, addresses: [GuestWorld.ipv4, GuestWorld.peerIPv4], payload)))
  }
}
