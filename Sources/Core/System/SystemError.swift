import BatonCLinux

/// A refused system call: which call, and which `errno`.
public struct SystemError: Error, Hashable, Sendable {
  /// The call that was refused, each request of ioctl(2) by itself.
  public let call: Call
  /// The `errno`, a number of ``Errno`` or another.
  public let code: CInt

  /// Makes the error that `call` was refused with `code`.
  public init(call: Call, code: CInt) {
    self.call = call
    self.code = code
  }

  /// Whether the call is to be tried again when the descriptor is ready (EAGAIN).
  public var isWouldBlock: Bool { code == Errno.wouldBlock }
}

extension SystemError: CustomStringConvertible {
  /// Call, text and name, such as "TUNSETIFF: Device or resource busy (EBUSY)".
  public var description: String { "\(call.name): \(Self.text(code))" }

  /// An errno's text and name, such as "Device or resource busy (EBUSY)".
  package static func text(_ code: CInt) -> String {
    // Safe: both functions answer NULL or a string that lives for ever.
    guard let text = unsafe clinux_error_text(code), let name = unsafe clinux_error_name(code)
    else {
      return "error \(code)"
    }
    // Safe: neither is NULL, and both end with NUL.
    return unsafe "\(String(cString: text)) (\(String(cString: name)))"
  }
}
