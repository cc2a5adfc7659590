import BatonCore
import BatonNet
import BatonTesting

/// A guest that runs or does not, with memory that is a memfd of a simulated kernel.
@safe
final class SimulatedGuest: MovableGuest {
  static let guestAddress: UInt64 = 0
  static let byteCount = 1 << 16

  private(set) var isRunning = false
  /// The guest is here, and its user does not want it to run.
  private(set) var isPaused = false
  private(set) var regions: [MemoryRegion] = []
  private var memory: Descriptors
  private var mapping: UnsafeMutableRawPointer?
  private let kernel: SimulatedKernel
  private let blackout: SimulatedBlackout
  /// Told when there is memory, and when there is none any more.
  private let attach: (GuestMemory) -> Void

  init(
    _ kernel: SimulatedKernel, _ blackout: SimulatedBlackout,
    attach: @escaping (GuestMemory) -> Void
  ) {
    self.kernel = kernel
    self.blackout = blackout
    self.attach = attach
    memory = Descriptors(in: kernel)
  }

  deinit { letGo() }

  func boot() throws(SystemError) {
    let number = try kernel.createMemory(name: "ram", byteCount: Self.byteCount)
    memory.append(Descriptor(owning: number, in: kernel))
    try map()
    isRunning = true
  }

  private func map() throws(SystemError) {
    // Safe: unmapped in `letGo`, after the device has forgotten the guest.
    let address = try unsafe kernel.map(memory[0], byteCount: Self.byteCount)
    unsafe mapping = address
    regions = [
      MemoryRegion(
        guestAddress: Self.guestAddress, byteCount: UInt64(Self.byteCount), isShared: true)
    ]
    // Safe: the mapping has that many bytes.
    attach(
      unsafe GuestMemory(regions: [
        .init(
          guestAddress: Self.guestAddress,
          host: UnsafeMutableRawBufferPointer(start: address, count: Self.byteCount))
      ]))
  }

  // MARK: The driver: rings of 16 entries, of which each sends the one frame that there is.

  private static let ringSize: UInt16 = 16
  private static let frameAddress = 0xF000
  private static let frameByteCount = 12 + 60

  /// Starts the rings of a device that is being set up; its last word is the host's to bring.
  func drive(_ device: VirtioNet) {
    device.setStatus([.acknowledge, .driver])
    device.setDriverFeatures(.version1)
    device.setStatus([.acknowledge, .driver, .featuresOK])
    for queue in 0..<device.queueCount {
      let start = UInt64(queue) * 0x800
      device.setQueue(
        queue, size: Self.ringSize, descriptors: start, available: start + 0x200,
        used: start + 0x400)
      device.setQueueReady(queue)
    }
    for entry in 0..<Int(Self.ringSize) {
      store(UInt64(Self.frameAddress), at: 0x800 + entry * 16)
      store(UInt32(Self.frameByteCount), at: 0x800 + entry * 16 + 8)
    }
  }

  /// Puts one more frame into the ring; the guest does not wait for the one that it overwrites.
  func sendFrame() {
    let index = load(at: 0xA02)
    store(index & (Self.ringSize - 1), at: 0xA04 + 2 * Int(index & (Self.ringSize - 1)))
    store(index &+ 1, at: 0xA02)
  }

  private func store<Number: FixedWidthInteger>(_ number: Number, at offset: Int) {
    // Safe: offsets of the code, within what is mapped.
    unsafe mapping?.storeBytes(of: number.littleEndian, toByteOffset: offset, as: Number.self)
  }

  private func load(at offset: Int) -> UInt16 {
    // Safe: as `store`.
    unsafe mapping?.load(fromByteOffset: offset, as: UInt16.self) ?? 0
  }

  func stop() {
    (isRunning, isPaused) = (false, false)
    if kernel.isAlive { blackout.begin(at: kernel.machine.now) }
  }

  func start() {
    (isRunning, isPaused) = (true, false)
    if kernel.isAlive { blackout.end(at: kernel.machine.now) }
  }

  func pause() {
    (isRunning, isPaused) = (false, true)
    if kernel.isAlive { blackout.end(at: kernel.machine.now) }
  }

  /// No migration has it stopped or elsewhere.
  var isHere: Bool { isRunning || isPaused }

  func lendMemory() -> [CInt] { (0..<memory.count).map { memory[$0] } }

  func adopt(
    _ regions: [MemoryRegion], _ descriptors: consuming Descriptors
  ) throws(Refusal) {
    guard descriptors.count == 1, regions.count == 1 else {
      throw Refusal(.descriptorCount, here: .number(1), there: .number(UInt64(descriptors.count)))
    }
    memory = descriptors
    do { try map() } catch { throw Refusal(error) }
  }

  func discardMemory() { letGo() }

  func releaseMemory() { letGo() }

  private func letGo() {
    // Safe: mapped by `map` with this size; nobody uses it any more.
    if let address = unsafe mapping { unsafe kernel.unmap(address, byteCount: Self.byteCount) }
    unsafe mapping = nil
    regions = []
    memory = Descriptors(in: kernel)
  }
}

@available(*, unavailable)
extension SimulatedGuest: Sendable {}
