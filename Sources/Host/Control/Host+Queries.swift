import BatonCore
import BatonMig
import BatonNet
import Foundation

extension Host {
  func status(of machine: VirtualMachine) -> [String: Any] {
    var result: [String: Any] = [
      "status": machine.runner.state.qapiName, "running": machine.runner.state == .running,
    ]
    let lost = machine.nics.compactMap { nic in
      nic.device.loss.map { ("\(nic.device.name)", "\($0)") }
    }
    if !lost.isEmpty { result["lost-netdevs"] = Dictionary(uniqueKeysWithValues: lost) }
    return result
  }

  /// The last migration of the machine, whichever side it was.
  func migration(of machine: VirtualMachine) -> [String: Any] {
    let isTarget = machine.outgoing.status == .none && machine.isIncoming
    var result = isTarget ? machine.incoming.report : machine.outgoing.report
    if let calls = machine.outgoing.mutatingCallsBeforeTake {
      result["mutating-calls-before-take"] = calls
    }
    return result
  }

  func parameters(of machine: VirtualMachine) -> [String: Any] {
    let parameters = machine.parameters
    return [
      "backend-transfer": parameters.local
        ? ["\(MigrationParameters.BackendTransfer.virtioNetTapName)"] : [],
      "local": parameters.local, "patience-ms": parameters.patienceMillis,
      "switch-ms": parameters.switchMillis,
      "start-guest": parameters.startsGuest,
    ]
  }

  /// What the guest counted, for each device.
  func guest(of machine: VirtualMachine) -> [String: Any] {
    var devices: [String: Any] = [:]
    for (nic, options) in zip(machine.nics, machine.configuration.nics) {
      guard let counters = nic.counters else { continue }
      devices[options.id] = [
        "frames-in": counters.framesIn, "frames-out": counters.framesOut, "arp": counters.arp,
        "icmp": counters.icmp, "udp": counters.udp, "ignored": counters.ignored,
        "errors": counters.errors, "interface": "\(nic.device.tap.memory.properties.name)",
      ]
    }
    return ["devices": devices]
  }
}

extension GuestChart.State {
  /// The name that QMP uses (QAPI `RunState`).
  var qapiName: String {
    switch self {
    case .prelaunch: "prelaunch"
    case .inmigrate: "inmigrate"
    case .running: "running"
    case .paused: "paused"
    case .finishMigrate: "finish-migrate"
    case .postmigrate: "postmigrate"
    case .shutdown: "shutdown"
    }
  }
}

extension Migration {
  /// What `query-migrate` says of a side.
  var report: [String: Any] {
    var result: [String: Any] = ["status": "\(status.qapiName)"]
    if let refusalText { result["error-desc"] = refusalText }
    if peerSoftware.count > 0 { result["peer-version"] = "\(peerSoftware)" }
    result["blackout-ns"] = stamps.blackout
    result["phases-ns"] = Dictionary(
      uniqueKeysWithValues: HandoverStamps.Phase.allCases.map { ("\($0)", stamps[$0]) })
    return result
  }
}
