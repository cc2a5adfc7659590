import BatonCore

@testable import BatonNet

/// Two processes in one: a device that serves a guest, and one that is to take it over.
final class NetWorld {
  let world: TapWorld
  let fixture: VirtioFixture
  let source: NetDevice
  let interrupts = RecordingInterrupts()

  /// A guest with a driver, whose device is open and serves it.
  init(
    pairs: Int = 1, transfersBackends: Bool = true, features: VirtioFeatures = [],
    offloads: VirtioFeatures = [], vhost: TapOptions.VhostWish = .off
  ) throws(Refusal) {
    world = TapWorld(transfersBackends: transfersBackends)
    fixture = VirtioFixture(pairs: pairs)
    var options = Self.options(pairs: pairs, offloads: offloads)
    options.tap.vhost = vhost
    source = Self.device(world, options)
    source.interrupts = interrupts
    try source.begin(.running)
    source.attach(memory: fixture.memory)
    fixture.device = source.virtio!
    fixture.start(features)
    source.setStatus([.acknowledge, .driver, .featuresOK, .driverOK])
  }

  static func options(
    pairs: Int = 1, name: String = "a0", offloads: VirtioFeatures = []
  ) -> NetDevice.Options {
    NetDevice.Options(
      tap: TapOptions(name: .of(name), queues: pairs), mac: MACAddress(0x52, 0x54, 0, 0, 0, 1),
      offloads: offloads, queueSizeMax: 1024)
  }

  static func device(_ world: TapWorld, _ options: NetDevice.Options) -> NetDevice {
    NetDevice(
      world.loop, name: Name("net0"), options: options, notifiers: world.notifiers,
      policy: world.policy)
  }

  /// Another device, with the guest's memory, that waits for an offer.
  func target(_ options: NetDevice.Options? = nil) throws(Refusal) -> NetDevice {
    let target = Self.device(world, options ?? source.options)
    target.interrupts = interrupts
    try target.begin(.prepared)
    target.attach(memory: fixture.memory)
    return target
  }

  /// What the source offers.
  func offer() throws(Refusal) -> [UInt8] {
    var writer = ByteWriter()
    try source.describe(into: &writer)
    return writer.bytes
  }

  /// What the source saves.
  func state() throws(Refusal) -> [UInt8] {
    var writer = ByteWriter()
    try source.save(into: &writer)
    return writer.bytes
  }

  /// Offers and inspects.
  @discardableResult
  func inspect(_ target: NetDevice) throws -> Adoption {
    let offer = try offer()
    return try target.inspect(offer.span.bytes, world.passed(source.lend()))
  }

  /// The whole move up to the guest's start, as a migration does it.
  func move(to target: NetDevice, whileStopped: () -> Void = {}) throws {
    try inspect(target)
    try source.quiesce()
    whileStopped()
    let state = try state()
    try target.load(state.span.bytes)
    try target.take()
    target.activate()
    source.release()
    fixture.device = target.virtio!
  }

  /// The numbers of the frames that the guest got in a queue, by its used ring.
  func delivered(_ queue: Int = 0) -> [Int] {
    (0..<Int(fixture.usedIndex(queue))).compactMap { place in
      let index = UInt64(fixture.usedEntry(queue, place % Int(fixture.size))[0])
      return Wire.number(
        fixture.read(VirtioFixture.buffers + index * 2048, 72), header: 12)
    }
  }
}

extension NetDevice {
  /// Why an offer is refused; nil when it is not.
  func refusal(_ offer: [UInt8], _ descriptors: consuming Descriptors) -> Refusal? {
    do throws(Refusal) {
      _ = try inspect(offer.span.bytes, descriptors)
      return nil
    } catch {
      return error
    }
  }

  /// Why a state is refused; nil when it is not.
  func refusal(_ state: [UInt8]) -> Refusal? {
    do throws(Refusal) {
      try load(state.span.bytes)
      return nil
    } catch {
      return error
    }
  }
}
