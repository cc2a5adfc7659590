import BatonCore
import BatonHost
import BatonNet
import Foundation

/// A guest that has booted in memory of its own, to be let run on a thread of its own beside its
/// device; the two meet in that memory alone.
@safe final class ThreadedGuest {
  private static let guestAddress: UInt64 = 0x4000_0000
  private static let byteCount = 1 << 18

  private let bytes: UnsafeMutableRawBufferPointer
  /// The device, for the thread that made this.
  let device: VirtioNet

  /// A guest with rings of at most so many entries, with event indices or with flags.
  init(queueSize: UInt16, wantsEventIndex: Bool) throws(GuestError) {
    // Safe: given back in `deinit`, after the guest's thread has ended.
    unsafe bytes = .allocate(byteCount: Self.byteCount, alignment: 4096)
    // Safe: as long as it was made.
    unsafe bytes.initializeMemory(as: UInt8.self, repeating: 0)
    // Safe: the memory outlives the device.
    let memory = unsafe GuestMemory(regions: [.init(guestAddress: Self.guestAddress, host: bytes)])
    device = VirtioNet(
      memory: memory, configuration: .init(mac: ProbeFrame.mac, queueSizeMax: queueSize))
    let guest = try SoftwareGuest(memory: memory, device: device)
    try guest.boot(ipv4: ProbeFrame.ipv4, wantsEventIndex: wantsEventIndex)
  }

  deinit {
    // Safe: who started the guest's thread, the only other user, has waited for its end.
    unsafe bytes.deallocate()
  }

  /// Runs the guest on another thread and processor, until `body` comes back.
  ///
  /// That thread makes a guest of its own over the memory, as the target of a move does; one that
  /// does not know itself is nil. This object has to stay until `body` has come back.
  func start(_ body: @escaping @Sendable (SoftwareGuest?) -> Void) {
    // Safe: only the number of the address is taken.
    let address = unsafe UInt(bitPattern: bytes.baseAddress)
    var record: [UInt8] = []
    device.save(into: &record)
    let configuration = device.configuration
    Thread.detachNewThread { [record] in
      LabKernel().stayOn(1)
      // Safe: the memory stays until this thread says that it is gone.
      let host = unsafe UnsafeMutableRawBufferPointer(
        start: UnsafeMutableRawPointer(bitPattern: address), count: Self.byteCount)
      // Safe: only the device and the guest of this thread use it.
      let memory = unsafe GuestMemory(regions: [.init(guestAddress: Self.guestAddress, host: host)])
      body(try? Self.continued(memory, configuration, record))
    }
  }

  private static func continued(
    _ memory: GuestMemory, _ configuration: VirtioNet.Configuration, _ record: [UInt8]
  ) throws -> SoftwareGuest {
    let device = VirtioNet(memory: memory, configuration: configuration)
    // Safe: the bytes of an array that outlives the call.
    try unsafe device.load(from: record.span.bytes)
    let guest = try SoftwareGuest(memory: memory, device: device)
    try guest.attach()
    return guest
  }
}

@available(*, unavailable) extension ThreadedGuest: Sendable {}
