package import BatonCore

/// What a command of either side says of the migration that it asks for.
package struct MigrationTerms: Hashable, Sendable {
  /// What the address leads to.
  package var transport: Transport
  /// True when backends travel as open descriptors (`backend-transfer`, `local`).
  package var transfersBackends: Bool
  /// How long the other side may take for an answer, in milliseconds.
  package var patienceMillis: UInt64
  /// The user whose processes may be at the other end.
  package var userID: UInt32
  /// The address as it was given, cut to what a name holds.
  package var address: Name

  /// Terms in which whatever is not said has the protocol's default.
  package init(
    transport: Transport, transfersBackends: Bool, patienceMillis: UInt64 = 5_000,
    userID: UInt32, address: Name = Name()
  ) {
    self.transport = transport
    self.transfersBackends = transfersBackends
    self.patienceMillis = patienceMillis
    self.userID = userID
    self.address = address
  }

  /// What a host's command says; `user` is who may be at the other end unless it names another.
  init(_ address: MigrationAddress, _ parameters: MigrationParameters, user: UInt32) {
    self.init(
      transport: address.transport, transfersBackends: parameters.local,
      patienceMillis: parameters.patienceMillis, userID: parameters.peerUserID ?? user,
      address: address.shown)
  }

  /// No other address carries descriptors, of which the ownership word is one in any case.
  var canCarryDescriptors: Bool { transport == .unix }

  /// Whether both sides have backend-transfer on, or both off; false when nobody has greeted.
  func agree(with greeting: Greeting?) -> Bool { greeting?.transfersBackends == transfersBackends }

  /// Why nothing can be begun on these terms.
  var addressRefusal: Refusal { transport.refusal(address) }

  /// Why this user is turned away.
  func refusal(ofUser found: UInt32) -> Refusal { .foreignUser(allowed: userID, found: found) }
}

extension UInt64 {
  /// Milliseconds as a chart's delay, in nanoseconds; 34 years at most.
  var millisAsDelay: UInt64 { Swift.min(self, 1 << 40) * 1_000_000 }
}
