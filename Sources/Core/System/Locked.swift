import BatonCLinux

/// A value that several threads use, one at a time: `Mutex` of the standard library, which Embedded
/// Swift does not have on Linux.
@safe package final class Locked<Value>: @unchecked Sendable {
  // The lock guards the value.
  private let lock: OpaquePointer
  private var value: Value

  /// Nobody has it yet.
  package init(_ value: sending Value) {
    self.value = value
    // Safe: destroyed in `deinit`, when nobody can hold it.
    unsafe lock = clinux_mutex_create()
  }

  deinit {
    // Safe: nobody else refers to the value any more.
    unsafe clinux_mutex_destroy(lock)
  }

  /// Waits until no other thread has the value, and lends it.
  package func withLock<Result>(_ body: (inout Value) -> Result) -> Result {
    // Safe: the mutex lives as long as this.
    unsafe clinux_mutex_lock(lock)
    defer { unsafe clinux_mutex_unlock(lock) }
    return body(&value)
  }
}
