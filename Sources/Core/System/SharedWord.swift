import BatonCLinux

/// A 64-bit word in memory that two processes share; it only ever changes by compare-and-swap.
///
/// The memory is a memfd of plain pages that can neither shrink nor grow, and has its page, so that
/// no peer can make a load trap (SIGBUS). No operation blocks or enters the kernel.
@safe package final class SharedWord {
  /// Why received memory is not taken for a word.
  package enum Refusal: Error, Hashable, Sendable {
    /// It is no regular file, which a memfd is.
    case notMemory(FileKind)
    /// It could still shrink or grow.
    case notSealed
    /// Its pages come from a pool that may be empty, or from somewhere unknown.
    case notPlain(FileSystem)
    /// It has fewer than 8 bytes.
    case tooShort(byteCount: Int)
    /// The kernel refused a call on it.
    case system(SystemError)
  }

  private static let byteCount = 8
  private let descriptor: Descriptor
  private let address: UnsafeMutableRawPointer

  /// Makes a word that is zero.
  package init(creatingIn kernel: Kernel) throws(SystemError) {
    let number = try kernel.createMemory(name: "baton-word", byteCount: Self.byteCount)
    let descriptor = Descriptor(owning: number, in: kernel)
    try kernel.allocate(number, byteCount: Self.byteCount)
    // Safe: the mapping is ours until `deinit`.
    unsafe self.address = try unsafe kernel.map(number, byteCount: Self.byteCount)
    self.descriptor = descriptor
  }

  /// Takes over the word that a peer made; the descriptor is closed when it is refused.
  package init(adopting descriptor: consuming Descriptor) throws(Refusal) {
    let kernel = descriptor.kernel
    let number = descriptor.number
    try Self.inspect(number, in: kernel)
    do throws(SystemError) {
      // Safe: the mapping is ours until `deinit`.
      unsafe self.address = try unsafe kernel.map(number, byteCount: Self.byteCount)
    } catch {
      throw .system(error)
    }
    self.descriptor = descriptor
  }

  deinit {
    // Safe: the mapping is our own, and this was its last use.
    unsafe descriptor.kernel.unmap(address, byteCount: Self.byteCount)
  }

  /// The descriptor's number, lent, for sending it to the peer.
  package var number: CInt { descriptor.number }

  /// The value now; what its writer wrote before is visible too.
  package func load() -> UInt64 {
    // Safe: a mapping starts on a page, and the file cannot shrink below 8 bytes.
    unsafe clinux_load(address)
  }

  /// Writes `desired` if the value is `expected`, in one step that everybody sees in the same
  /// order.
  ///
  /// - Returns: whether it was written, and the value that was found.
  @discardableResult
  package func compareExchange(
    expected: UInt64, desired: UInt64
  ) -> (exchanged: Bool, original: UInt64) {
    // Safe: a mapping starts on a page, and the file cannot shrink below 8 bytes.
    let original = unsafe clinux_compare_exchange(address, expected, desired)
    return (original == expected, original)
  }

  // Seals first: a size means nothing while it can change.
  private static func inspect(_ number: CInt, in kernel: Kernel) throws(Refusal) {
    let kind = try asked { () throws(SystemError) in try kernel.kind(of: number) }
    guard kind.type == .regular else { throw .notMemory(kind) }
    guard try asked({ () throws(SystemError) in try kernel.isSealed(number) }) else {
      throw .notSealed
    }
    let sealed = try asked { () throws(SystemError) in try kernel.kind(of: number) }
    guard sealed.size >= byteCount else { throw .tooShort(byteCount: sealed.size) }
    let system = try asked { () throws(SystemError) in try kernel.fileSystem(of: number) }
    guard system == .tmpfs else { throw .notPlain(system) }
    // A hole gets its page now, or an error.
    try asked { () throws(SystemError) in try kernel.allocate(number, byteCount: byteCount) }
  }

  private static func asked<Answer>(
    _ ask: () throws(SystemError) -> Answer
  ) throws(Refusal) -> Answer {
    do throws(SystemError) {
      return try ask()
    } catch {
      throw .system(error)
    }
  }
}

@available(*, unavailable)
extension SharedWord: Sendable {}
