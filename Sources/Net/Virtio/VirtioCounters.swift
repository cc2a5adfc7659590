/// What a device has done since this process made it; it does not move with the guest.
public struct VirtioCounters: Sendable {
  /// From the network to the guest.
  public internal(set) var received = VirtioTraffic()
  /// From the guest to the network.
  public internal(set) var transmitted = VirtioTraffic()
  /// Times the sink had no room, and the frame stayed in the ring.
  public internal(set) var wouldBlocks: UInt64 = 0
  /// Chains and rings that broke the device.
  public internal(set) var badChains: UInt64 = 0
  /// Interrupts that were raised, those for the configuration included.
  public internal(set) var interrupts: UInt64 = 0
  /// Control commands served, refused ones included.
  public internal(set) var commands: UInt64 = 0
}
