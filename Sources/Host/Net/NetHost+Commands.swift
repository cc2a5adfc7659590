import BatonCore
import BatonMig
package import BatonQMP
import BatonVhostUser

extension NetHost: CommandHandler {
  /// Carries out one command of the control socket.
  package func carryOut(_ call: CommandCall) { Self.commands.carryOut(call, for: self) }

  package func control(warning: String) { machine(warning: warning) }

  /// What the socket takes; names and shapes are QEMU's where QEMU has them.
  static let commands = CommandTable<NetHost>(
    [
      Command("query-status", returns: .any) { host, _ in host.status },
      Command("query-name", returns: .object([Member("name", .text)])) { host, _ in
        ["name": .text(host.options.name)]
      },
      Command("query-migrate", returns: .any) { host, _ in host.migration },
      Command("query-ports", returns: .any) { host, _ in
        ["ports": .list(host.ports.map { host.report(of: $0) })]
      },
      .act("migrate", MigrationTarget.arguments) { host, call in
        let address = try MigrationTarget.address(call.arguments)
        guard let outgoing = host.outgoing else { return }
        try MigrationTarget.checkBeginning(call.arguments, isUnderWay: outgoing.isUnderWay)
        try outgoing.migrate(to: address, host.options.parameters)
      },
      Command("netdev-reopen", [Member("id", .text)]) { host, call in
        try host.reopen(call.arguments["id"]?.text ?? "") { call.answer($0) }
        return nil
      },
      .act("migrate_cancel") { host, _ in host.outgoing?.cancel() },
      .act("quit") { host, _ in host.life?.send(.quit) },
      .act("x-stop-at", HostObserver.stopArguments) { host, call in
        try host.observer.setStop(call.arguments)
      },
    ], events: events)

  private static let events = [
    EventShape("MIGRATION", [Member("status", .text)]),
    EventShape("FRONTEND_CONNECTED", [Member("port", .text), Member("pid", .text)]),
    EventShape("FRONTEND_LEFT", [Member("port", .text)]),
    EventShape("FRONTEND_LOST", [Member("port", .text), Member("reason", .text)]),
    EventShape(
      "FRONTEND_UNREACHED",
      [Member("port", .text), Member("path", .text), Member("reason", .text)]),
    EventShape(
      "RING_BROKEN", [Member("port", .text), Member("ring", .text), Member("reason", .text)]),
    EventShape("NETDEV_LOST", [Member("netdev-id", .text), Member("reason", .text)]),
  ]

  private var status: JSONValue {
    let count = ports.reduce(0) { $0 + $1.frontEndCount }
    return [
      "status": "running", "running": true, "front-ends": JSONValue(count),
      "ports": JSONValue(ports.count),
    ]
  }

  private func report(of port: VhostUserPort) -> JSONValue {
    var report: [String: JSONValue] = [
      "name": .text("\(port.name)"),
      "socket": .text(port.options.meeting.path.map { "\($0)" } ?? ""),
      "front-ends": JSONValue(port.frontEndCount), "interface": .text("\(port.interfaceName)"),
    ]
    if let loss = port.loss { report["lost"] = .text("\(loss)") }
    if let changeover = port.changeover {
      report["changeovers"] = JSONValue(port.changeoverCount)
      report["changeover-ns"] = JSONValue(changeover.nanos)
      report["changeover-own-ns"] = JSONValue(changeover.ownNanos)
      report["changeover-processor-ns"] = JSONValue(changeover.processorNanos)
    }
    return .object(report)
  }

  /// The last migration, whichever side it was, with the blackout of each port when it came in.
  private var migration: JSONValue {
    let isTarget = options.takeover != nil && outgoing?.status == MigrationStatus.none
    guard isTarget else { return .object(outgoing?.report ?? [:]) }
    var report = incoming?.report ?? [:]
    report["ports"] = .object(
      Dictionary(
        uniqueKeysWithValues: ports.map {
          ("\($0.name)", ["blackout-ns": JSONValue($0.blackoutNanos)])
        }))
    return .object(report)
  }
}
