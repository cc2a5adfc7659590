import BatonCore
import Testing

@testable import BatonNet
@testable import BatonProof

/// A simulated machine with vhost-net, and a guest whose device is to be served by it.
final class VhostWorld: NetDeviceWatcher, World {
  let machine = SimulatedMachine()
  let kernel: SimulatedKernel
  let loop: VirtualLoop
  let notifiers = NotifierList()
  let policy = Policy()
  let fixture: VirtioFixture
  let interrupts = RecordingInterrupts()
  private(set) var warnings: [Refusal] = []
  private(set) var losses: [Refusal] = []
  private var received = 0

  static let name = InterfaceName.of("a0")

  /// - Parameter features: What vhost-net can do; nil for a machine without it.
  init(features: UInt64? = SimulatedVhost.usualFeatures, pairs: Int = 1) {
    machine.vhostFeatures = features
    kernel = machine.spawn()
    loop = VirtualLoop(kernel: kernel, asksKernel: true, startingAt: machine.now)
    fixture = VirtioFixture(pairs: pairs)
  }

  func netDevice(_ device: NetDevice, lost refusal: Refusal) { losses.append(refusal) }
  func netDevice(_ device: NetDevice, warned refusal: Refusal) { warnings.append(refusal) }

  /// A device that nobody has begun.
  func device(
    _ wish: TapOptions.VhostWish = .wanted, pairs: Int = 1, eventIndex: Bool = false,
    _ change: (inout TapOptions) -> Void = { _ in }
  ) -> NetDevice {
    var tap = TapOptions(name: Self.name, queues: pairs)
    tap.vhost = wish
    change(&tap)
    let device = NetDevice(
      loop, name: Name("net0"),
      options: NetDevice.Options(
        tap: tap, mac: MACAddress(0x52, 0x54, 0, 0, 0, 1), queueSizeMax: 1024,
        offersEventIndex: eventIndex),
      notifiers: notifiers, policy: policy)
    device.interrupts = interrupts
    device.watcher = self
    return device
  }

  /// Opens it and starts the guest's driver.
  func boot(_ device: NetDevice, _ features: VirtioFeatures = []) throws {
    try device.begin(.running)
    machine.setLink(Self.name, isUp: true)
    device.attach(memory: fixture.memory)
    fixture.device = try #require(device.virtio)
    fixture.start(features)
    device.setStatus([.acknowledge, .driver, .featuresOK, .driverOK])
  }

  /// Another device, with the guest's memory, that waits for an offer.
  func target(_ wish: TapOptions.VhostWish = .wanted) throws(Refusal) -> NetDevice {
    let target = device(wish)
    try target.begin(.prepared)
    target.attach(memory: fixture.memory)
    return target
  }

  /// The numbers of what came from the network so far, as the guest reads its ring; it gives each
  /// buffer back.
  func taken() -> [Int] {
    var numbers: [Int] = []
    while UInt16(truncatingIfNeeded: received) != fixture.usedIndex(0) {
      let index = UInt64(fixture.usedEntry(0, received % Int(fixture.size))[0])
      let bytes = fixture.read(VirtioFixture.buffers + index * 2048, 72)
      numbers.append(Wire.number(bytes, header: 12) ?? -1)
      fixture.offer(0, UInt16(index))
      received += 1
    }
    return numbers
  }

  /// A frame from the network.
  func deliver(_ number: Int) { machine.deliver(Wire.frame(number), to: Self.name) }

  /// The numbers of what the guest sent, in order.
  var sent: [Int] {
    (machine.interface(Self.name)?.sent ?? []).map { Wire.number($0) ?? -1 }
  }

  func pollOnce() -> Bool { loop.poll() }

  /// The whole move up to the guest's start, as a migration does it.
  func move(_ source: NetDevice, to target: NetDevice, whileStopped: () -> Void = {}) throws {
    try inspect(source, target)
    fixture.device = try takeOver(source, by: target, whileStopped: whileStopped)
  }
}
