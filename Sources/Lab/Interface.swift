import BatonCLinux
package import BatonNet
import Foundation

/// A network interface of the calling thread's namespace, seen from the kernel's side.
package struct Interface: Sendable {
  package let name: String

  /// The interface of this name; it need not exist yet.
  package init(name: String) { self.name = name }

  /// Sets it up or down.
  package func setUp(_ isUp: Bool) throws(LabError) {
    // Safe: the string and the bytes outlive the call.
    try check(unsafe clinux_interface_set_up(padded, isUp ? 1 : 0))
  }

  /// Gives it an IPv4 address, highest octet first.
  package func setAddress(_ address: UInt32, prefix: Int) throws(LabError) {
    // Safe: the string and the bytes outlive the call.
    try check(unsafe clinux_interface_set_address(padded, address, ~0 << (32 - UInt32(prefix))))
  }

  /// Notes where a neighbour is, so that no probe waits for ARP.
  package func setNeighbour(_ address: UInt32, _ mac: MACAddress) throws(LabError) {
    let bytes = (0..<6).map { mac[$0] }
    // Safe: the string and the bytes outlive the call.
    try check(unsafe clinux_lab_set_neighbour(name, address, bytes))
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

  /// The name as an `ifreq` holds it: 16 bytes, the last one zero.
  private var padded: [UInt8] {
    let bytes = Array(name.utf8.prefix(15))
    return bytes + Array(repeating: 0, count: 16 - bytes.count)
  }

  private func check(_ result: CInt) throws(LabError) {
    if result != 0 { throw .interface(name: name, code: clinux_errno()) }
  }
}
