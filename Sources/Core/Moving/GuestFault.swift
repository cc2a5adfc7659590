/// A guest address range that does not lie in the guest's memory.
public struct GuestFault: Error, Equatable, Sendable {
  /// The first guest-physical address that was asked for.
  public let address: UInt64
  /// How many bytes were asked for.
  public let byteCount: Int

  /// Names the range that was refused.
  package init(address: UInt64, byteCount: Int) {
    self.address = address
    self.byteCount = byteCount
  }
}

extension GuestFault: CustomStringConvertible {
  /// The range in one line, the address in hexadecimal.
  public var description: String {
    "\(byteCount) bytes at guest address 0x\(String(address, radix: 16)) are not in guest memory"
  }
}
