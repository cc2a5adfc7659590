/// An owned file descriptor, closed once.
///
/// ``number`` is lent: hand it to a call at once and never store it. An event that watches the
/// descriptor has to go before the descriptor does.
public struct Descriptor: ~Copyable {
  /// The kernel that it is open in.
  public let kernel: Kernel
  private var owned: CInt

  /// Takes over `number`, which nobody else closes from now on.
  public init(owning number: CInt, in kernel: Kernel) {
    precondition(number >= 0, "a descriptor is never negative")
    self.owned = number
    self.kernel = kernel
  }

  deinit {
    // Negative when it was given away.
    if owned >= 0 { kernel.close(owned) }
  }

  /// The number, lent for one call: store it, and somebody may close it under your hands.
  public var number: CInt { owned }

  /// Gives the number away; the caller closes it.
  public consuming func release() -> CInt {
    let number = owned
    owned = -1
    return number
  }

  /// Another descriptor for the same open file description.
  public borrowing func duplicate() throws(SystemError) -> Descriptor {
    Descriptor(owning: try kernel.duplicate(owned), in: kernel)
  }
}

@available(*, unavailable)
extension Descriptor: Sendable {}
