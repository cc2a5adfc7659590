import BatonCLinux

/// Which thread it is: a number that no other one has while it lives.
package struct ThreadNumber: Equatable, BitwiseCopyable {
  fileprivate let value: UInt

  /// The thread that asks.
  package static var current: ThreadNumber { ThreadNumber(value: clinux_thread()) }
}

/// Whose something is: one thread's of the process that made it, and nobody's in a child of
/// fork(2), which has the same memory, and a thread of the same number.
@safe package struct ThreadOwner {
  private let word: UnsafeMutablePointer<UInt>

  /// The thread that asks. Throws ENOMEM.
  package init() throws(SystemError) {
    // Safe: a page that is this value's until its `end`.
    guard let word = unsafe clinux_create_own_word() else {
      throw Linux.lastRefusal(of: .map)
    }
    unsafe self.word = word
    take()
  }

  /// Gives the memory back; called once, and nothing is called behind it.
  // Safe: nobody asks for the word any more.
  package func end() { unsafe clinux_free_own_word(word) }

  /// Whether it is the thread that asks.
  // Safe: the word is there until `end`, here and below.
  @inline(__always) package var isCurrent: Bool { unsafe clinux_own_word(word) == clinux_thread() }

  /// Whether this is a child of the process that it was made in.
  package var isInherited: Bool { unsafe clinux_own_word(word) == 0 }

  /// From now on it is the thread that asks.
  // Safe: as above.
  package func take() { unsafe clinux_set_own_word(word, clinux_thread()) }
}

@available(*, unavailable)
extension ThreadOwner: Sendable {}
