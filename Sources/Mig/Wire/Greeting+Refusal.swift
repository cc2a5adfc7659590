import BatonCore

extension Greeting {
  /// The two sides have no version in common.
  var versionRefusal: Refusal {
    .mismatch(
      .protocolVersion, subject: Name(), here: .number(UInt64(Self.current)),
      there: .number(UInt64(version)))
  }

  /// Backends travel as descriptors on one side only.
  func transferRefusal(here: Bool) -> Refusal {
    .mismatch(
      .backendTransfer, subject: Name(), here: .flag(here), there: .flag(transfersBackends))
  }
}

extension Refusal {
  /// The target cannot be killed, and why not.
  static func unkillable(_ error: SystemError, here: UInt32, there: UInt32) -> Refusal {
    Refusal(
      .unkillable, field: .userID, here: .number(UInt64(here)), there: .number(UInt64(there)),
      call: error.call.rawValue, code: error.code)
  }

  /// The peer runs as a user that is not allowed.
  static func foreignUser(allowed: UInt32, found: UInt32) -> Refusal {
    Refusal(
      .foreignUser, field: .userID, here: .number(UInt64(allowed)), there: .number(UInt64(found)))
  }
}
