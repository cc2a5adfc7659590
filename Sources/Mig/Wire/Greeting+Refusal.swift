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
  /// The peer runs as a user that is not allowed.
  static func foreignUser(allowed: UInt32, found: UInt32) -> Refusal {
    Refusal(
      .foreignUser, field: .userID, here: .number(UInt64(allowed)), there: .number(UInt64(found)))
  }
}
