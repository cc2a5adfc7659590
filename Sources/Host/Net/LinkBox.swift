import BatonCore

/// The socket by which the kernel tells that interfaces change; what it says is dropped, since each
/// port knows what to ask for.
final class LinkBox {
  private let socket: Descriptor
  private var watch: Watch?

  /// The most messages that are taken in a round.
  private static let messagesMax = 64
  private static let messageMax = 1 << 13

  init(_ loop: any Loop, _ socket: consuming Descriptor, _ host: NetHost) {
    self.socket = socket
    watch = Watch(
      loop, descriptor: self.socket.number, for: .read, id: NetHost.linkWatch, calling: host)
  }

  // A watch goes before what it watches.
  deinit { watch = nil }

  /// Takes what was said. Messages that were lost (ENOBUFS) say the same.
  ///
  /// - Returns: False when it would be readable for ever with nothing to read.
  func drain() -> Bool {
    let (kernel, number) = (socket.kernel, socket.number)
    let size = Self.messageMax
    // Safe: the bytes are lent for the call, and not looked at.
    return unsafe withUnsafeTemporaryAllocation(byteCount: size, alignment: 16) { bytes in
      for _ in 0..<Self.messagesMax {
        do throws(SystemError) {
          // Safe: as above.
          _ = try unsafe kernel.read(number, into: bytes)
        } catch {
          if error.isWouldBlock { return true }
          if error.code != Errno.noBufferSpace { return false }
        }
      }
      return true
    }
  }
}

@available(*, unavailable)
extension LinkBox: Sendable {}
