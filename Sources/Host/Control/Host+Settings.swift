import BatonMig
import BatonQMP

extension Host {
  static let settingCommands: [Command<Host>] = [
    .act("migrate-set-capabilities", [Member("capabilities", .list(setting))]) { host, call in
      try host.setCapabilities(call.arguments["capabilities"]?.elements ?? [])
    },
    Command("query-migrate-capabilities", returns: .list(setting)) { host, _ in
      .list(
        capabilityNames.map {
          ["capability": .text($0), "state": .bool(host.capabilities.contains($0))]
        })
    },
    .act("migrate-set-parameters", parameterMembers) { host, call in
      try host.setParameters(call.arguments, try host.present())
    },
    Command("query-migrate-parameters", returns: .object(parameterMembers)) { host, _ in
      host.parameters(of: try host.present())
    },
  ]

  /// QEMU's capabilities, in its order.
  private static let capabilityNames = [
    "xbzrle", "rdma-pin-all", "auto-converge", "zero-blocks", "events", "postcopy-ram", "x-colo",
    "release-ram", "return-path", "pause-before-switchover", "multifd", "dirty-bitmaps",
    "postcopy-blocktime", "late-block-activate", "x-ignore-shared", "validate-uuid",
    "background-snapshot", "zero-copy-send", "postcopy-preempt", "switchover-ack", "dirty-limit",
    "mapped-ram",
  ]

  /// What can be switched on. All but the first two are how a handover is done in any case: memory
  /// stays where it is, the target answers, and says itself when it is ready.
  private static let capabilitiesHere: Set = [
    "events", "pause-before-switchover", "return-path", "switchover-ack", "x-ignore-shared",
    "late-block-activate",
  ]

  private static let setting = ValueType.object([
    Member("capability", .choice(capabilityNames)), Member("state", .bool),
  ])

  private func setCapabilities(_ settings: [JSONValue]) throws {
    let machine = try present()
    // A target may still be told while it waits.
    guard !machine.outgoing.isUnderWay else {
      throw QMPError("There's a migration process in progress")
    }
    var wanted = capabilities
    for setting in settings {
      guard let name = setting["capability"]?.text else { continue }
      guard setting["state"] == true else {
        wanted.remove(name)
        continue
      }
      guard Self.capabilitiesHere.contains(name) else {
        throw QMPError("Capability '\(name)' is not supported by a handover on one host")
      }
      wanted.insert(name)
    }
    guard !wanted.contains("switchover-ack") || wanted.contains("return-path") else {
      throw QMPError("Capability 'switchover-ack' requires capability 'return-path'")
    }
    capabilities = wanted
    machine.parameters.pausesBeforeSwitchover = wanted.contains("pause-before-switchover")
  }

  // MARK: Parameters

  private static let parameterMembers: [Member] =
    KeptParameters.members + [
      Member("backend-transfer", .list(.text), isOptional: true),
      Member("local", .bool, isOptional: true),
      Member("patience-ms", .unsigned, isOptional: true),
      Member("switch-ms", .unsigned, isOptional: true),
      Member("peer-uid", .unsigned, isOptional: true),
      Member("start-guest", .bool, isOptional: true),
    ]

  private func setParameters(
    _ arguments: [String: JSONValue], _ machine: VirtualMachine
  ) throws {
    var (parameters, others) = (machine.parameters, otherParameters)
    for (name, value) in arguments.sorted(by: { $0.key < $1.key }) {
      switch name {
      case "backend-transfer": parameters.backendTransfer = try Self.transfer(value)
      case "local": parameters.local = value.bool ?? false
      case "patience-ms":
        parameters.patienceMillis = UInt64(try Self.number(value, name, 1...3_600_000))
      case "switch-ms":
        parameters.switchMillis = UInt64(try Self.number(value, name, 1...3_600_000))
      case "peer-uid":
        // The largest number is no user: chown(2) takes it for "as is".
        parameters.peerUserID = UInt32(
          try Self.number(value, name, 0...Int(UInt32.max) - 1))
      case "start-guest": parameters.startsGuest = value.bool ?? true
      case _:
        others[name] = try KeptParameters.kept(
          value, as: name, beside: others.merging(arguments) { $1 })
      }
    }
    machine.parameters = parameters
    otherParameters = others
    if arguments["start-guest"] != nil {
      machine.incoming.guestShall(run: parameters.startsGuest)
    }
  }

  private static let transferName = "\(MigrationParameters.BackendTransfer.virtioNetTapName)"

  private static func transfer(
    _ value: JSONValue
  ) throws(QMPError) -> MigrationParameters.BackendTransfer {
    let names = (value.elements ?? []).compactMap(\.text)
    if let other = names.first(where: { $0 != transferName }) {
      throw QMPError("Parameter 'backend-transfer' does not accept value '\(other)'")
    }
    return names.isEmpty ? [] : [.virtioNetTap]
  }

  private static func number(
    _ value: JSONValue, _ name: String, _ range: ClosedRange<Int>
  ) throws(QMPError) -> Int {
    guard let found = value.integer, range.contains(found) else {
      throw QMPError(
        "Parameter '\(name)' expects a value between \(range.lowerBound) and "
          + "\(range.upperBound)")
    }
    return found
  }

  private func parameters(of machine: VirtualMachine) -> JSONValue {
    let parameters = machine.parameters
    var result = otherParameters
    result["backend-transfer"] = parameters.local ? [.text(Self.transferName)] : []
    result["local"] = .bool(parameters.local)
    result["patience-ms"] = JSONValue(parameters.patienceMillis)
    result["switch-ms"] = JSONValue(parameters.switchMillis)
    result["start-guest"] = .bool(parameters.startsGuest)
    if let user = parameters.peerUserID { result["peer-uid"] = JSONValue(user) }
    return .object(result)
  }
}
