// A guest of one's own, as small as it can be: what a VMM has a processor and an operating system
// for. What matters to a handover is at the top: how it is stopped, started and moved. It answers
// ARP for 10.0.0.2 and sends every UDP datagram back, and all that it knows lies in its memory.

public import BatonCore
public import BatonNet

/// Stopped, started and moved: what a migration asks of a guest.
public final class EchoGuest: MovableGuest, Interrupting {
  /// Both sides must agree on the memory: one region here, 64 at most.
  public static let layout = [MemoryRegion(guestAddress: 0, byteCount: 1 << 20)]
  static let mac = MACAddress(0x52, 0x54, 0, 0, 0, 2)

  public private(set) var isRunning = false
  let nic: NetDevice
  private var ram: SealedMemory?

  /// A guest without memory, which owns neither the device nor the loop.
  public init(_ nic: NetDevice) {
    self.nic = nic
    nic.interrupts = self
  }

  deinit { nic.interrupts = nil }

  /// Both sides must wish for the same device, too.
  public static func device(_ tap: InterfaceName) -> NetDevice.Options {
    NetDevice.Options(tap: TapOptions(name: tap), mac: mac)
  }

  /// On the source: fresh memory, and the guest's driver starts.
  public func boot(in kernel: Kernel) throws(SystemError) {
    let ram = try SealedMemory(Self.layout, in: kernel)
    self.ram = ram
    nic.attach(memory: ram.memory)
    startDriver()
    start()
  }

  public func stop() { isRunning = false }

  public func start() {
    isRunning = true
    // An interrupt that came while the guest stood still is not repeated.
    step()
  }

  public var regions: [MemoryRegion] { ram?.regions ?? [] }
  public func lendMemory() -> [CInt] { ram?.lend() ?? [] }

  public func adopt(
    _ regions: [MemoryRegion], _ descriptors: consuming Descriptors
  ) throws(Refusal) {
    let ram = try SealedMemory(adopting: regions, descriptors, expecting: Self.layout)
    self.ram = ram
    nic.attach(memory: ram.memory)
  }

  public func discardMemory() { ram = nil }
  public func releaseMemory() { ram = nil }

  public func interrupt(queue: Int) { if isRunning { step() } }
  public func interruptForConfiguration() {}

  /// The guest's memory; what is done without it is a mistake of this program.
  var memory: GuestMemory { ram!.memory }
}
