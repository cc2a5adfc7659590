package import BatonCore
import BatonHost
import BatonNet

/// A guest in shared memory that front-ends of vhost-user serve, one after the other: the software
/// guest, and a device model that is asked where the guest has put its rings and never serves them.
package final class FrontEndGuest {
  /// Where the guest sees its memory.
  static let guestAddress: UInt64 = 0x4000_0000

  let ram: SealedMemory
  let model: VirtioNet
  let driver: SoftwareGuest
  /// Queue pairs that it uses.
  package let pairs: Int
  /// Of each ring, where the backend that stopped it would go on.
  var bases: [UInt16]

  /// A guest that has booted and waits for somebody to serve its rings.
  package init(
    ipv4: UInt32, pairs: Int = 1, wantsEventIndex: Bool = true, in kernel: Kernel = Kernel()
  ) throws {
    self.pairs = pairs
    ram = try SealedMemory(
      [MemoryRegion(guestAddress: Self.guestAddress, byteCount: 4 << 20)], in: kernel)
    model = VirtioNet(
      memory: ram.memory,
      configuration: .init(mac: ProbeFrame.mac, maxPairs: pairs, queueSizeMax: 256))
    driver = try SoftwareGuest(memory: ram.memory, device: model)
    try driver.boot(ipv4: ipv4, wantsEventIndex: wantsEventIndex)
    bases = Array(repeating: 0, count: 2 * pairs)
  }

  /// What its driver has accepted, without what a vhost backend never hears of.
  var features: UInt64 {
    let own: VirtioFeatures = [.mac, .status, .mtu, .controlQueue, .multiqueue]
    return model.acceptedFeatures.subtracting(own).rawValue
  }
}

@available(*, unavailable)
extension FrontEndGuest: Sendable {}
