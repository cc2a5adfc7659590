import BatonCLinux

/// Which thread it is: a number that no other one has while it lives.
package struct ThreadNumber: Equatable, BitwiseCopyable {
  private let value: UInt

  /// The thread that asks.
  package static var current: ThreadNumber { ThreadNumber(value: clinux_thread()) }
}
