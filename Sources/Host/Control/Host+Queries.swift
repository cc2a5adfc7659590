import BatonCore
import BatonMig
import BatonNet
import BatonQMP

extension Host {
  func status(of machine: VirtualMachine) -> JSONValue {
    var result: [String: JSONValue] = [
      "status": .text(machine.runner.state.qapiName),
      "running": .bool(machine.runner.state == .running),
    ]
    let lost = machine.nics.compactMap { nic in
      nic.device.loss.map { ("\(nic.device.name)", JSONValue.text("\($0)")) }
    }
    if !lost.isEmpty {
      result["lost-netdevs"] = .object(Dictionary(uniqueKeysWithValues: lost))
    }
    return .object(result)
  }

  /// The last migration of the machine, whichever side it was; empty before the first.
  func migration(of machine: VirtualMachine) -> JSONValue {
    let isTarget = machine.outgoing.status == .none && machine.isIncoming
    guard !isTarget else { return .object(Self.report(ofTarget: machine)) }
    var result = machine.outgoing.report
    if result.isEmpty { return [:] }
    if let ram = memory(of: machine) {
      result["ram"] = ram
      result.merge(times(of: machine)) { $1 }
    }
    if let calls = machine.outgoing.mutatingCallsBeforeTake {
      result["mutating-calls-before-take"] = JSONValue(calls)
    }
    return .object(result)
  }

  private static func report(ofTarget machine: VirtualMachine) -> [String: JSONValue] {
    var result = machine.incoming.report
    guard !result.isEmpty, let path = machine.incoming.address?.path else { return result }
    result["socket-address"] = [["type": "unix", "path": .text("\(path)")]]
    return result
  }

  /// How long the attempt has taken, in QEMU's milliseconds. How long the guest is to stand still
  /// is an expectation only while it has not.
  private func times(of machine: VirtualMachine) -> [String: JSONValue] {
    let times = machine.outgoing.times
    var result: [String: JSONValue] = [
      "total-time": JSONValue(times.total(at: loop.now) / 1_000_000)
    ]
    if let setup = times.setup { result["setup-time"] = JSONValue(setup / 1_000_000) }
    if machine.outgoing.status != .completed {
      result["expected-downtime"] = JSONValue(machine.parameters.switchMillis)
    }
    return result
  }

  /// The guest's memory, of which nothing is copied; QEMU tells it in the same statuses.
  private func memory(of machine: VirtualMachine) -> JSONValue? {
    switch machine.outgoing.status {
    case .active, .cancelling, .preSwitchover, .device, .completed: break
    case .none, .setup, .cancelled, .failed: return nil
    }
    let zero: JSONValue = 0
    let names = [
      "transferred", "remaining", "duplicate", "normal", "normal-bytes", "dirty-pages-rate",
      "dirty-sync-count", "postcopy-requests", "multifd-bytes", "pages-per-second",
      "precopy-bytes", "downtime-bytes", "postcopy-bytes", "dirty-sync-missed-zero-copy", "mbps",
    ]
    var ram = Dictionary(uniqueKeysWithValues: names.map { ($0, zero) })
    ram["total"] = JSONValue(machine.configuration.memoryByteCount)
    ram["page-size"] = 4_096
    return .object(ram)
  }

  /// What the guest counted, for each device.
  func guest(of machine: VirtualMachine) -> JSONValue {
    var devices: [String: JSONValue] = [:]
    for nic in machine.nics {
      guard let counters = nic.counters else { continue }
      devices[nic.configuration.id] = [
        "frames-in": JSONValue(counters.framesIn), "frames-out": JSONValue(counters.framesOut),
        "arp": JSONValue(counters.arp), "icmp": JSONValue(counters.icmp),
        "udp": JSONValue(counters.udp), "ignored": JSONValue(counters.ignored),
        "errors": JSONValue(counters.errors),
        "interface": .text("\(nic.device.tap.memory.properties.name)"),
        "datapath": .text(nic.device.isServedByKernel ? "kernel" : "process"),
      ]
    }
    return ["devices": .object(devices)]
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
  /// What `query-migrate` says of a side; empty where nothing was begun.
  var report: [String: JSONValue] {
    guard status != .none else { return [:] }
    var result: [String: JSONValue] = ["status": .text("\(status.qapiName)")]
    if let refusalText { result["error-desc"] = .text(refusalText) }
    if peerSoftware.count > 0 { result["peer-version"] = .text("\(peerSoftware)") }
    if stamps.blackout > 0 {
      // Rounded to the next whole number, since none would mean that the guest never stood still.
      result["downtime"] = JSONValue((stamps.blackout + 999_999) / 1_000_000)
    }
    result["blackout-ns"] = JSONValue(stamps.blackout)
    result["phases-ns"] = .object(
      Dictionary(
        uniqueKeysWithValues: HandoverStamps.Phase.allCases.map {
          ("\($0)", JSONValue(stamps[$0]))
        }))
    return result
  }
}
