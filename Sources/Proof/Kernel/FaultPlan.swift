public import BatonCore
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

  /// The errors that the manual pages document for a call and that a handover can meet.
  public static func errors(of call: Call) -> [CInt] {
    switch call {
    case .open: [Errno.noEntry, Errno.accessDenied, Errno.processTableFull, Errno.systemTableFull]
    case .duplicate, .accept, .peerProcess, .createCounter:
      [Errno.processTableFull, Errno.noMemory]
    case .read: [Errno.inputOutput]
    case .write: [Errno.inputOutput, Errno.noBufferSpace]
    case .getFlags, .setFlags, .stat, .getSeals: [Errno.badDescriptor]
    case .compare: [Errno.notPermitted]
    case .socket, .socketPair: [Errno.processTableFull, Errno.noBufferSpace]
    case .bind: [Errno.addressInUse, Errno.accessDenied]
    case .listen: [Errno.addressInUse]
    case .connect:
      [Errno.noEntry, Errno.connectionRefused, Errno.wouldBlock, Errno.processTableFull]
    case .socketDomain, .peerCredentials: [Errno.notSocket]
    case .unlink: [Errno.noEntry]
    case .send:
      [
        Errno.wouldBlock, Errno.brokenPipe, Errno.noBufferSpace, Errno.tooManyReferences,
        Errno.connectionReset,
      ]
    case .receive: [Errno.wouldBlock, Errno.connectionReset, Errno.noMemory]
    case .openProcess: [Errno.noProcess, Errno.processTableFull]
    case .signalProcess: [Errno.noProcess, Errno.notPermitted]
    case .wait: [Errno.noChild]
    case .createMemory, .truncate, .addSeals, .map: [Errno.noMemory, Errno.processTableFull]
    case .interfaceIndex, .linkQueues: [Errno.noDevice]
    // EBADFD says that the interface is gone, which is an end of its own; this is any other.
    case .tunFeatures, .tunInterface, .tunHeaderSize, .tunSendBuffer: [Errno.inputOutput]
    case .tunSetInterface: [Errno.busy, Errno.notPermitted, Errno.invalid]
    case .tunSetHeaderSize, .tunSetSendBuffer, .tunSetOffload, .tunSetQueue, .tunSetPersistent,
      .tunSetCarrier:
      [Errno.invalid]
    // These do not fail, or nobody can learn of it.
    case .close, .poll, .shutdown, .unmap, .random: []
    }
  }
}
