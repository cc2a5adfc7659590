import BatonCore

@testable import BatonNet

/// A virtio-net device over memory that is the fuzzer's.
enum FuzzRings {
  private static let base: UInt64 = 0x1000
  private static let byteCount = 1 << 16

  private final class Sink: FrameSink {
    func write(pair: Int, frame: UnsafeRawBufferPointer) -> WriteOutcome { .written }
  }

  private static func configuration() -> VirtioNet.Configuration {
    .init(
      mac: MACAddress(0x52, 0x54, 0, 0, 0, 1), maxPairs: 1, headerByteCount: 12,
      queueSizeMax: 256)
  }

  /// Memory that begins with these bytes, again and again.
  private static func withMemory(_ bytes: [UInt8], _ body: (GuestMemory) -> Void) {
    let memory = UnsafeMutableRawBufferPointer.allocate(byteCount: byteCount, alignment: 4096)
    defer { memory.deallocate() }
    for place in 0..<byteCount { memory[place] = bytes.isEmpty ? 0 : bytes[place % bytes.count] }
    body(GuestMemory(regions: [.init(guestAddress: base, host: memory)]))
  }

  /// The first bytes say where the rings lie; the rest is the guest's memory.
  static func run(_ bytes: [UInt8]) {
    guard bytes.count >= 16 else { return }
    func number(_ place: Int) -> UInt64 { UInt64(bytes[place]) << 8 | UInt64(bytes[place + 1]) }
    withMemory(Array(bytes.dropFirst(16))) { memory in
      let device = VirtioNet(memory: memory, configuration: configuration())
      device.setStatus([.acknowledge, .driver])
      device.setDriverFeatures(.version1)
      device.setStatus([.acknowledge, .driver, .featuresOK])
      for queue in 0..<device.queueCount {
        device.setQueue(
          queue, size: 1 << UInt16(bytes[0] % 9), descriptors: base + number(2) & ~15,
          available: base + number(4 + 2 * (queue % 2)) & ~1, used: base + number(8) & ~3)
        _ = device.setQueueReady(queue)
      }
      device.setStatus([.acknowledge, .driver, .featuresOK, .driverOK])
      let frame = [UInt8](repeating: 1, count: 12 + Int(bytes[1]))
      for _ in 0..<3 {
        _ = device.notify(queue: 1)
        _ = device.transmit(pair: 0, limit: 64, to: Sink())
        if device.canReceive(pair: 0) {
          frame.withUnsafeBytes { _ = device.receive(frame: $0, pair: 0) }
        }
        if device.queueCount > 2 { _ = device.notify(queue: 2) }
      }
      var record: [UInt8] = []
      device.save(into: &record)
    }
  }

  /// The bytes are a saved state.
  static func load(_ bytes: [UInt8]) {
    withMemory([]) { memory in
      let device = VirtioNet(memory: memory, configuration: configuration())
      guard (try? device.load(from: bytes.span.bytes)) != nil else { return }
      _ = device.notify(queue: 1)
      _ = device.transmit(pair: 0, limit: 64, to: Sink())
      var record: [UInt8] = []
      device.save(into: &record)
    }
  }
}
