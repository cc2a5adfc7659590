/// A guest that runs in another process, as that of a vhost-user port does in its VMM: nothing of
/// it is here to be stopped or moved.
public final class ForeignGuest: MovableGuest {
  /// Nobody here, and anybody's.
  public init() {}

  /// Whether it runs is its VMM's affair.
  public var isRunning: Bool { true }
  /// No memory of it moves by itself.
  public var regions: [MemoryRegion] { [] }

  /// Its rings are left alone instead.
  public func stop() {}
  /// Its rings are served again instead.
  public func start() {}
  /// What its VMM has lent moves with the port.
  public func lendMemory() -> [CInt] { [] }

  /// Takes no memory of a guest.
  ///
  /// - Throws: A mismatch when the other side's guest has some.
  public func adopt(
    _ regions: [MemoryRegion], _ descriptors: consuming Descriptors
  ) throws(Refusal) {
    guard regions.isEmpty else {
      throw .mismatch(
        .regionCount, subject: Name("ram"), here: .number(0), there: .number(UInt64(regions.count)))
    }
  }

  /// There is none of it to let go.
  public func discardMemory() {}
  /// Its VMM goes on with it.
  public func releaseMemory() {}
}

@available(*, unavailable)
extension ForeignGuest: Sendable {}
