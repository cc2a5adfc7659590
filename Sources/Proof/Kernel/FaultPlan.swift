import BatonTesting

/// Which of the calls of a process go wrong.
public struct FaultPlan: Sendable {
  /// One fault.
  public struct Fault: Hashable, Sendable {
    /// Which call, from 1.
    public var number: Int
    /// Its errno.
    public var code: CInt
    /// Whether every later call of the same kind fails as well.
    public var isLasting: Bool

    /// A fault.
    public init(number: Int, code: CInt, isLasting: Bool = false) {
      self.number = number
      self.code = code
      self.isLasting = isLasting
    }
  }

  /// The faults, each at its call.
  public var faults: [Fault] = []
  /// The call before which the process dies; nil for none.
  public var deathAt: Int?
  /// Bytes that a send or a receive moves at most: short writes and reads; nil for no limit.
  public var bytesPerCall: Int?
  /// Descriptors that may be opened beside those that are open: a full table (RLIMIT_NOFILE).
  public var descriptorsLeft: Int?

  /// Nothing goes wrong.
  public init(faults: [Fault] = [], deathAt: Int? = nil) {
    self.faults = faults
    self.deathAt = deathAt
  }
}
