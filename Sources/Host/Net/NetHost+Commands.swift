import BatonCore
import BatonMig
import BatonVhostUser
import Foundation

extension NetHost: CommandHandler {
  /// Carries out one line of the control socket.
  package func handle(command line: [UInt8]) -> String {
    Reply.line(to: line, by: carryOut)
  }

  package func control(warning: String) { machine(warning: warning) }

  private func carryOut(_ name: String, _ arguments: [String: Any]) throws -> [String: Any] {
    switch name {
    case "query-status": return status
    case "query-migrate": return migration
    case "query-ports": return ["ports": ports.map { report(of: $0) }]
    case "migrate":
      guard let uri = arguments["uri"] as? String else {
        throw CommandError("need the 'uri' argument")
      }
      try outgoing?.migrate(to: MigrationAddress(uri), options.parameters)
    case "migrate_cancel": outgoing?.cancel()
    case "quit": life?.send(.quit)
    case "x-stop-at": try observer.setStop(arguments)
    case _: throw CommandError("The command \(name) has not been found")
    }
    return [:]
  }

  private var status: [String: Any] {
    let count = ports.reduce(0) { $0 + $1.frontEndCount }
    return ["status": "running", "front-ends": count, "ports": ports.count]
  }

  private func report(of port: VhostUserPort) -> [String: Any] {
    [
      "name": "\(port.name)", "socket": port.options.meeting.path.map { "\($0)" } ?? "",
      "front-ends": port.frontEndCount, "interface": "\(port.interfaceName)",
    ]
  }

  /// The last migration, whichever side it was, with the blackout of each port when it came in.
  private var migration: [String: Any] {
    let isTarget = options.takeover != nil && outgoing?.status == MigrationStatus.none
    guard isTarget else { return outgoing?.report ?? [:] }
    var report = incoming?.report ?? [:]
    report["ports"] = Dictionary(
      uniqueKeysWithValues: ports.map { ("\($0.name)", ["blackout-ns": $0.blackoutNanos]) })
    return report
  }
}
