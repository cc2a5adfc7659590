public import BatonCore

/// Why a machine could not be made or booted.
public enum MachineFailure: Error, Sendable {
  /// A device could not be opened.
  case refused(Refusal)
  /// The memory or a socket could not be had.
  case system(SystemError)
  /// The guest could not be started.
  case guest(GuestError)
}

extension MachineFailure: CustomStringConvertible {
  /// The refusal, call or guest's error behind it, in one sentence.
  public var description: String {
    switch self {
    case .refused(let refusal): refusal.description
    case .system(let error): error.description
    case .guest(.areaTooSmall(let pairs, let byteCount)):
      "the guest cannot be started: \(pairs) queue pairs do not fit into the "
        + "\(byteCount >> 20) MiB of its memory that a device has (--memory)"
    case .guest(let error): "the guest cannot be started: \(error)"
    }
  }
}
