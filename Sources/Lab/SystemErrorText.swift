import Foundation

/// The kernel's words for an errno.
enum SystemErrorText {
  static func text(_ code: CInt) -> String {
    // Safe: strerror answers a string that lives until the next call of this thread.
    unsafe String(cString: strerror(code))
  }
}
