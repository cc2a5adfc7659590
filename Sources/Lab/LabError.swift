package import BatonCore

/// Why a laboratory could not be made or used.
package enum LabError: Error, Sendable {
  /// Neither root nor an unprivileged user namespace may make a network namespace.
  case namespaceRefused(code: CInt)
  /// This user may not open /dev/net/tun.
  case tunRefused(code: CInt)
  /// An interface could not be set up.
  case interface(name: String, code: CInt)
  /// A program could not be started.
  case notStarted(path: String, code: CInt)
  /// The user and group maps of the user namespace could not be written.
  case mapsRefused
  /// A probe socket could not be made.
  case probe(code: CInt)
  /// A system call was refused.
  case system(SystemError)
}

extension LabError: CustomStringConvertible {
  /// One sentence that says what is missing.
  package var description: String {
    switch self {
    case .namespaceRefused(let code):
      """
      cannot make a network namespace (\(Self.text(code))): run as root, or allow unprivileged \
      user namespaces (sysctl kernel.unprivileged_userns_clone=1, user.max_user_namespaces > 0)
      """
    case .tunRefused(let code):
      "cannot open /dev/net/tun (\(Self.text(code))): run as root, or let this user open it"
    case .interface(let name, let code): "cannot set up interface \(name): \(Self.text(code))"
    case .notStarted(let path, let code): "cannot start \(path): \(Self.text(code))"
    case .mapsRefused: "cannot become root of the new user namespace"
    case .probe(let code): "cannot open a probe socket: \(Self.text(code))"
    case .system(let error): error.description
    }
  }

  private static func text(_ code: CInt) -> String {
    SystemErrorText.text(code)
  }
}
