import BatonCore
import Testing

@testable import BatonNet

/// A device over a megabyte of guest memory at 0x10000, and a driver that writes what it is told.
final class VirtioFixture {
  static let base: UInt64 = 0x10000
  static let byteCount = 1 << 20
  static let end = base + UInt64(byteCount)
  /// Where buffers may be, behind all rings of four pairs.
  static let buffers = base + 0x80000

  let bytes: UnsafeMutableRawBufferPointer
  let memory: GuestMemory
  var device: VirtioNet
  let sink = RecordingSink()
  let interrupts = RecordingInterrupts()
  let size: UInt16

  init(
    size: UInt16 = 16, pairs: Int = 1, headerByteCount: Int = 12,
    offloads: VirtioFeatures = [], mtu: UInt16? = nil
  ) {
    bytes = .allocate(byteCount: Self.byteCount, alignment: 4096)
    bytes.initializeMemory(as: UInt8.self, repeating: 0)
    memory = GuestMemory(regions: [.init(guestAddress: Self.base, host: bytes)])
    self.size = size
    device = VirtioNet(
      memory: memory,
      configuration: .init(
        mac: MACAddress(0x52, 0x54, 0, 0, 0, 1), maxPairs: pairs, mtu: mtu,
        headerByteCount: headerByteCount, offloads: offloads, queueSizeMax: 1024))
  }

  deinit { bytes.deallocate() }

  /// Negotiates these features beside VERSION_1 and starts all queues.
  func start(_ features: VirtioFeatures = []) {
    device.setStatus([.acknowledge, .driver])
    device.setDriverFeatures(features.union(.version1))
    device.setStatus([.acknowledge, .driver, .featuresOK])
    for queue in 0..<device.queueCount {
      device.setQueue(
        queue, size: size, descriptors: descriptors(queue), available: available(queue),
        used: used(queue))
      device.setQueueReady(queue)
    }
    device.setStatus([.acknowledge, .driver, .featuresOK, .driverOK])
  }

  func descriptors(_ queue: Int) -> UInt64 { Self.base + UInt64(queue) * 0x8000 }
  func available(_ queue: Int) -> UInt64 { descriptors(queue) + 0x4000 }
  func used(_ queue: Int) -> UInt64 { descriptors(queue) + 0x5000 }

  static let next: UInt16 = 1
  static let write: UInt16 = 2
  static let indirect: UInt16 = 4

  func describe(
    table: UInt64, _ index: Int, _ address: UInt64, _ length: UInt32, flags: UInt16 = 0,
    next: UInt16 = 0
  ) {
    let entry = table + UInt64(index) * 16
    try! memory.storeUInt64(address, at: entry)
    try! memory.storeUInt32(length, at: entry + 8)
    try! memory.storeUInt16(flags, at: entry + 12)
    try! memory.storeUInt16(next, at: entry + 14)
  }

  func describe(
    _ queue: Int, _ index: Int, _ address: UInt64, _ length: UInt32, flags: UInt16 = 0,
    next: UInt16 = 0
  ) {
    describe(
      table: descriptors(queue), index, address, length, flags: flags, next: next)
  }

  /// Puts a chain into the available ring.
  func offer(_ queue: Int, _ head: UInt16) {
    let index = availableIndex(queue)
    try! memory.storeUInt16(head, at: available(queue) + 4 + UInt64(index % size) * 2)
    setAvailableIndex(queue, index &+ 1)
  }

  func availableIndex(_ queue: Int) -> UInt16 { try! memory.loadUInt16(at: available(queue) + 2) }

  func setAvailableIndex(_ queue: Int, _ index: UInt16) {
    try! memory.storeUInt16(index, at: available(queue) + 2)
  }

  func usedIndex(_ queue: Int) -> UInt16 { try! memory.loadUInt16(at: used(queue) + 2) }

  /// What the device wrote into a place of the used ring.
  func usedEntry(_ queue: Int, _ place: Int) -> [UInt32] {
    [0, 4].map { try! memory.loadUInt32(at: used(queue) + 4 + UInt64(place) * 8 + $0) }
  }

  /// One receive buffer of its own per descriptor, all offered.
  func fillReceive(_ queue: Int, byteCount: UInt32, count: Int? = nil) {
    for index in 0..<(count ?? Int(size)) {
      describe(
        queue, index, Self.buffers + UInt64(index) * 2048, byteCount, flags: Self.write)
      offer(queue, UInt16(index))
    }
  }

  /// Queues a frame of the guest with a zero header, in one buffer of its own.
  func queueFrame(_ queue: Int, _ index: Int, _ frame: [UInt8]) {
    let address = Self.buffers + 0x40000 + UInt64(index) * 2048
    put(Array(repeating: 0, count: 12) + frame, at: address)
    describe(queue, index, address, UInt32(12 + frame.count))
    offer(queue, UInt16(index))
  }

  func put(_ content: [UInt8], at address: UInt64) {
    content.withUnsafeBytes { try! memory.copyIn($0, to: address) }
  }

  func read(_ address: UInt64, _ count: Int) -> [UInt8] {
    var content = [UInt8](repeating: 0, count: count)
    content.withUnsafeMutableBytes { try! memory.copyOut(from: address, count: count, to: $0) }
    return content
  }

  func receive(_ frame: [UInt8], pair: Int = 0) -> VirtioNet.Delivery {
    frame.withUnsafeBytes { device.receive(frame: $0, pair: pair) }
  }

  func saved() -> [UInt8] {
    var record: [UInt8] = []
    device.save(into: &record)
    return record
  }

  /// Another device over the same memory, as the target of a move makes it.
  func another(_ change: (inout VirtioNet.Configuration) -> Void = { _ in }) -> VirtioNet {
    var configuration = device.configuration
    change(&configuration)
    return VirtioNet(memory: memory, configuration: configuration)
  }
}

/// Keeps the frames that it is given, and has room or not as the test says.
final class RecordingSink: FrameSink {
  var frames: [[UInt8]] = []
  var pairs: [Int] = []
  var outcome = WriteOutcome.written
  /// Frames until `outcome` turns into `wouldBlock`; nil for never.
  var room: Int?

  func write(pair: Int, frame: UnsafeRawBufferPointer) -> WriteOutcome {
    if let room {
      guard room > 0 else { return .wouldBlock }
      self.room = room - 1
    }
    if case .written = outcome {
      frames.append(Array(frame))
      pairs.append(pair)
    }
    return outcome
  }
}

/// Notes the interrupts in order, the configuration's as -1.
final class RecordingInterrupts: Interrupting {
  var queues: [Int] = []
  func interrupt(queue: Int) { queues.append(queue) }
  func interruptForConfiguration() { queues.append(-1) }
}

/// Loads from an array.
func load(_ record: [UInt8], into device: VirtioNet) throws(VirtioNet.LoadError) {
  try device.load(from: record.span.bytes)
}

/// A frame whose bytes say its number.
func numbered(_ number: Int, byteCount: Int = 60) -> [UInt8] {
  (0..<byteCount).map { UInt8(truncatingIfNeeded: number &* 31 &+ $0) }
}
