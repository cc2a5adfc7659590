import BatonCLinux
import BatonCore
import Glibc

/// The kernel's end of a TAP: a packet socket that sends to whoever reads the TAP and sees what is
/// written to it.
final class Wire {
  /// An EtherType for experiments (IEEE 802): nothing of the kernel's own is taken for ours.
  static let etherType: [UInt8] = [0x88, 0xB5]

  private let socket: CInt
  private let index: UInt32

  /// Sets the interface up and listens.
  init(_ name: InterfaceName, _ kernel: Kernel = Kernel()) throws {
    // An InterfaceName is the 16 bytes of an `ifreq`'s name.
    var raw = name
    guard clinux_interface_set_up(&raw, 1) == 0 else {
      throw SystemError(call: .interfaceIndex, code: clinux_errno())
    }
    let type = UInt16(bigEndian: 0x88B5)
    socket = Glibc.socket(17, CInt(SOCK_RAW.rawValue | SOCK_NONBLOCK.rawValue), CInt(type))
    guard socket >= 0 else { throw SystemError(call: .socket, code: clinux_errno()) }
    // struct sockaddr_ll: family, protocol, index, and twelve bytes that bind(2) does not ask for.
    var address = [UInt8](repeating: 0, count: 20)
    address.withUnsafeMutableBytes {
      $0.storeBytes(of: 17, toByteOffset: 0, as: UInt16.self)
      $0.storeBytes(of: type, toByteOffset: 2, as: UInt16.self)
    }
    index = try kernel.interfaceIndex(name)
    let index = index
    address.withUnsafeMutableBytes { $0.storeBytes(of: index, toByteOffset: 4, as: UInt32.self) }
    let result = address.withUnsafeBytes {
      bind(socket, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), 20)
    }
    guard result == 0 else { throw SystemError(call: .bind, code: clinux_errno()) }
  }

  deinit { close(socket) }

  /// A frame with a number in it.
  static func frame(_ number: Int, byteCount: Int = 60) -> [UInt8] {
    let head = [UInt8](repeating: 0xFF, count: 6) + [2, 0, 0, 0, 0, 1] + etherType
    let tail = [UInt8(truncatingIfNeeded: number >> 8), UInt8(truncatingIfNeeded: number)]
    return head + tail + [UInt8](repeating: 0xAB, count: byteCount - 16)
  }

  /// The number in a frame, with a header of so many bytes before it; nil for one of another kind.
  static func number(_ frame: [UInt8], header: Int = 0) -> Int? {
    guard frame.count >= header + 16, Array(frame[(header + 12)...(header + 13)]) == etherType
    else { return nil }
    return Int(frame[header + 14]) << 8 | Int(frame[header + 15])
  }

  /// Sends a frame to the TAP's reader.
  func send(_ number: Int) {
    let frame = Self.frame(number)
    let sent = Glibc.send(socket, frame, frame.count, 0)
    precondition(sent == frame.count, "the kernel did not take a frame: \(clinux_errno())")
  }

  /// Sends an empty UDP datagram of a flow of its own, so that the kernel spreads them.
  func sendFlow(_ port: UInt16) {
    let ports: [UInt8] = [UInt8(port >> 8), UInt8(truncatingIfNeeded: port), 0, 7]
    let frame: [UInt8] =
      [UInt8](repeating: 0xFF, count: 6) + [2, 0, 0, 0, 0, 1, 8, 0]
      + [0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0, 0, 10, 0, 0, 1, 10, 0, 0, 2] + ports
      + [0, 8, 0, 0] + [UInt8](repeating: 0, count: 18)
    // struct sockaddr_ll again: the kernel dissects by the protocol that is said here.
    var address = [UInt8](repeating: 0, count: 20)
    let index = index
    address.withUnsafeMutableBytes {
      $0.storeBytes(of: 17, toByteOffset: 0, as: UInt16.self)
      $0.storeBytes(of: UInt16(bigEndian: 0x0800), toByteOffset: 2, as: UInt16.self)
      $0.storeBytes(of: index, toByteOffset: 4, as: UInt32.self)
    }
    let sent = address.withUnsafeBytes {
      sendto(
        socket, frame, frame.count, 0, $0.baseAddress!.assumingMemoryBound(to: sockaddr.self), 20)
    }
    precondition(sent == frame.count, "the kernel did not take a frame: \(clinux_errno())")
  }

  /// The numbers of the frames that were written to the TAP since the last call.
  func received() -> [Int] {
    var numbers: [Int] = []
    var buffer = [UInt8](repeating: 0, count: 2048)
    // Ends when nothing is there any more.
    while true {
      let count = recv(socket, &buffer, buffer.count, CInt(MSG_DONTWAIT))
      guard count > 0 else { return numbers }
      if let number = Self.number(Array(buffer[..<count])) { numbers.append(number) }
    }
  }

  /// Deletes an interface, as `ip link del` does.
  static func delete(_ name: InterfaceName, _ kernel: Kernel = Kernel()) throws {
    let index = try kernel.interfaceIndex(name)
    let netlink = Glibc.socket(16, CInt(SOCK_RAW.rawValue), 0)
    defer { close(netlink) }
    var limit = timeval(tv_sec: 30, tv_usec: 0)
    setsockopt(netlink, SOL_SOCKET, SO_RCVTIMEO, &limit, socklen_t(MemoryLayout<timeval>.size))
    // struct nlmsghdr (RTM_DELLINK, request and acknowledge), then struct ifinfomsg.
    var message = [UInt8](repeating: 0, count: 32)
    message.withUnsafeMutableBytes {
      $0.storeBytes(of: 32, toByteOffset: 0, as: UInt32.self)
      $0.storeBytes(of: 17, toByteOffset: 4, as: UInt16.self)
      $0.storeBytes(of: 5, toByteOffset: 6, as: UInt16.self)
      $0.storeBytes(of: index, toByteOffset: 20, as: UInt32.self)
    }
    _ = Glibc.send(netlink, message, message.count, 0)
    var answer = [UInt8](repeating: 0, count: 256)
    guard recv(netlink, &answer, answer.count, 0) > 0 else {
      throw SystemError(call: .interfaceIndex, code: clinux_errno())
    }
    let code = answer.withUnsafeBytes { $0.load(fromByteOffset: 16, as: Int32.self) }
    guard code == 0 else { throw SystemError(call: .interfaceIndex, code: -code) }
  }
}
