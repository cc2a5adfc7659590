import Glibc
import Testing

/// The socket of a service manager, which keeps what it is told.
final class NotifySocket {
  private let number: CInt

  /// Binds to the path.
  init(_ path: String) throws {
    number = socket(AF_UNIX, Int32(SOCK_DGRAM.rawValue) | Int32(SOCK_NONBLOCK.rawValue), 0)
    var address = sockaddr_un()
    address.sun_family = sa_family_t(AF_UNIX)
    let bytes = Array(path.utf8)
    let number = number
    // Safe: the path is shorter than the field, which is zero before, and the address lives on.
    unsafe withUnsafeMutableBytes(of: &address.sun_path) { field in
      unsafe field.copyBytes(from: bytes.prefix(field.count - 1))
    }
    let bound = unsafe withUnsafePointer(to: address) { pointer in
      // Safe: as long as it says, and of the family that it says.
      unsafe pointer.withMemoryRebound(to: sockaddr.self, capacity: 1) {
        unsafe bind(number, $0, socklen_t(MemoryLayout<sockaddr_un>.size))
      }
    }
    try #require(bound == 0)
  }

  deinit { close(number) }

  /// What was told so far and not read, in order.
  var messages: [String] {
    var all: [String] = []
    var buffer = [UInt8](repeating: 0, count: 4096)
    while true {  // Ends when nothing waits.
      // Safe: the buffer is as long as it says.
      let count = unsafe buffer.withUnsafeMutableBytes {
        unsafe recv(number, $0.baseAddress, $0.count, Int32(MSG_DONTWAIT))
      }
      guard count > 0 else { return all }
      all.append(String(decoding: buffer[..<count], as: UTF8.self))
    }
  }
}
