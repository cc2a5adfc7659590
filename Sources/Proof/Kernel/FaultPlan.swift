import BatonTesting

/// Which of the calls of a process go wrong.
public struct FaultPlan: Sendable {
  /// One call, or all from one on, that the kernel refuses.
  public struct Fault: Hashable, Sendable {
    /// Which of the process' calls since the plan was set, counted from 1.
    public var number: Int
    /// The errno that it is refused with, such as `Errno.noMemory`.
    public var code: CInt
    /// Whether every later call of the same kind fails as well.
    public var isLasting: Bool

    /// A fault at one call.
    ///
    /// - Parameters:
    ///   - number: Which call, from 1.
    ///   - code: The errno.
    ///   - isLasting: True when all later calls are refused as well.
    public init(number: Int, code: CInt, isLasting: Bool = false) {
      self.number = number
      self.code = code
      self.isLasting = isLasting
    }
  }

  /// The faults, each at its call; two at one call are no error, and the first counts.
  public var faults: [Fault] = []
  /// The call before which the process dies; nil for none.
  public var deathAt: Int?
  /// Bytes that a send or a receive moves at most: short writes and reads; nil for no limit.
  public var bytesPerCall: Int?
  /// Descriptors that may be opened beside those that are open: a full table (RLIMIT_NOFILE).
  public var descriptorsLeft: Int?

  /// A plan; without arguments nothing goes wrong.
  ///
  /// - Parameters:
  ///   - faults: Calls that are refused.
  ///   - deathAt: The call, from 1, at which the process dies.
  public init(faults: [Fault] = [], deathAt: Int? = nil) {
    self.faults = faults
    self.deathAt = deathAt
  }
}
