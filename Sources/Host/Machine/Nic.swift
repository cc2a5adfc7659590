import BatonCore
import BatonNet

/// One network device with the part of the guest that drives it.
final class Nic: Interrupting {
  let device: NetDevice
  let configuration: MachineConfiguration.Nic
  /// Its place in the machine.
  let slot: Int
  private let memoryRange: Range<Int>
  private var driver: SoftwareGuest?
  /// False while no instruction of the guest is executed.
  var isGuestRunning = false

  init(
    _ device: NetDevice, _ configuration: MachineConfiguration.Nic, slot: Int, memory: Range<Int>
  ) {
    self.device = device
    self.slot = slot
    self.configuration = configuration
    memoryRange = memory
    device.interrupts = self
  }

  deinit { device.interrupts = nil }

  /// What `device_del` calls it.
  var id: String { configuration.device ?? configuration.id }

  /// Whether it is called so: by its own name, or by its netdev's.
  func hasName(_ name: String?) -> Bool { name == id || name == "\(device.name)" }

  /// What the guest counted; nil while it is not here.
  var counters: SoftwareGuest.Counters? { driver?.counters }

  /// Starts the guest's driver afresh.
  func boot(_ memory: GuestMemory) throws(GuestError) {
    let driver = try makeDriver(memory)
    try driver.boot(ipv4: configuration.ipv4)
    self.driver = driver
  }

  /// Continues the driver that lives in this memory.
  func attach(_ memory: GuestMemory) throws(GuestError) {
    guard driver == nil else { return }
    let driver = try makeDriver(memory)
    try driver.attach()
    self.driver = driver
  }

  /// Compares the room that a driver has in this memory, if there is one, with its room here.
  func checkRoom(_ memory: GuestMemory) throws(Refusal) {
    guard
      let area = GuestArea(
        memory, guestAddress: guestAddress, byteCount: memoryRange.count)
    else { throw outside }
    try SoftwareGuest.checkRoom(in: area, subject: device.name)
    // What is wrong with a driver is for `checkArrival` to say, when its state has come.
    do { try makeDriver(memory).touchRings() } catch {}
  }

  /// Looks whether the driver that lives in this memory can be continued.
  func checkArrival(_ memory: GuestMemory) throws(Refusal) {
    let driver: SoftwareGuest
    do { driver = try makeDriver(memory) } catch { throw outside }
    try driver.check(subject: device.name)
  }

  private var guestAddress: UInt64 {
    GuestRunner.guestAddress + UInt64(memoryRange.lowerBound)
  }

  private var outside: Refusal {
    Refusal(
      .invalid, field: .memoryAddress, subject: device.name, there: .bits(guestAddress))
  }

  /// Pulls the guest's cable, or plugs it in.
  func setLink(isUp: Bool) { device.setLink(isUp: isUp) }

  /// The guest is not here any more.
  func detach() {
    isGuestRunning = false
    driver = nil
  }

  /// The guest runs from here on.
  func run() { isGuestRunning = true }

  /// The guest looks at every queue once, so that no interrupt is missed that came while it was
  /// stopped.
  func catchUp() {
    for queue in 0..<2 * (driver?.pairs ?? 0) { interrupt(queue: queue) }
  }

  func interrupt(queue: Int) {
    // Guest and device take turns here, so that the guest catches up in one step. One whose memory
    // says otherwise waits for its next interrupt.
    for _ in 0..<Self.stepCount {
      guard isGuestRunning, let driver else { return }
      let kicks = driver.step(queue: queue)
      let pair = queue / 2
      if kicks.contains(.transmit) { device.notify(queue: 2 * pair + 1) }
      if kicks.contains(.receive) { device.notify(queue: 2 * pair) }
      guard kicks.contains(.again) else { return }
    }
  }

  /// How often the guest may say in a row that it is not done.
  private static let stepCount = 4

  func interruptForConfiguration() {}

  private func makeDriver(_ memory: GuestMemory) throws(GuestError) -> SoftwareGuest {
    guard let virtio = device.virtio else { throw .areaOutsideMemory }
    return try SoftwareGuest(
      memory: memory, device: virtio,
      at: guestAddress, byteCount: memoryRange.count)
  }
}

@available(*, unavailable)
extension Nic: Sendable {}
