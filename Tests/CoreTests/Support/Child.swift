import Foundation

/// A child process of a test.
enum Child {
  /// Starts a program; the test reaps it.
  static func spawn(_ arguments: String...) throws -> Int32 {
    var pid: pid_t = 0
    var pointers = arguments.map { strdup($0) } + [nil]
    defer { for pointer in pointers { free(pointer) } }
    let code = posix_spawn(&pid, arguments[0], nil, nil, &pointers, nil)
    guard code == 0 else { throw POSIXError(POSIXErrorCode(rawValue: code) ?? .EINVAL) }
    return pid
  }
}
