import BatonCore

/// Who speaks here, and what is negotiated: the version of QEMU whose commands these are, with this
/// package's own in `package`.
package enum QMPVersion {
  /// What `query-version` returns.
  package static let value: JSONValue = [
    "qemu": ["major": 10, "minor": 2, "micro": 2], "package": .text("baton \(Baton.version)"),
  ]

  /// The first message to a client. Out-of-band execution is not offered.
  package static let greeting: JSONValue = ["QMP": ["version": value, "capabilities": []]]

  /// The arguments of `qmp_capabilities`.
  static let negotiation = ValueType.object([
    Member("enable", .list(.choice(["oob"])), isOptional: true)
  ])
}
