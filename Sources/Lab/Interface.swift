package import BatonNet
import Foundation

/// A network interface of the calling thread's namespace, seen from the kernel's side.
package struct Interface: Sendable {
  package let name: String

  /// The interface of this name; it need not exist yet.
  package init(name: String) { self.name = name }

  /// Sets it up or down.
  package func setUp(_ isUp: Bool, in kernel: LabKernel = LabKernel()) throws(LabError) {
    try kernel.setInterface(name, isUp: isUp)
  }

  /// Gives it an IPv4 address, highest octet first, in a network of `prefix` bits, 1 to 32.
  package func setAddress(
    _ address: UInt32, prefix: Int, in kernel: LabKernel = LabKernel()
  ) throws(LabError) {
    try kernel.setAddress(of: name, address, mask: ~0 << (32 - UInt32(prefix)))
  }

  /// Notes where a neighbour is, so that no probe waits for ARP.
  package func setNeighbour(
    _ address: UInt32, _ mac: MACAddress, in kernel: LabKernel = LabKernel()
  ) throws(LabError) {
    try kernel.setNeighbour(on: name, address, mac)
  }

  /// Frames for the guest that the kernel dropped, and nothing else; nil when it does not exist.
  ///
  /// The column `drop` on the transmit side of /proc/net/dev: the kernel transmits to the guest.
  package var transmitDrops: UInt64? {
    guard let text = try? String(contentsOfFile: "/proc/thread-self/net/dev", encoding: .utf8)
    else { return nil }
    for line in text.split(separator: "\n") {
      let parts = line.split(separator: ":", maxSplits: 1)
      guard parts.count == 2, parts[0].trimmingCharacters(in: .whitespaces) == name else {
        continue
      }
      let columns = parts[1].split(separator: " ")
      return columns.count > 11 ? UInt64(columns[11]) : nil
    }
    return nil
  }
}
