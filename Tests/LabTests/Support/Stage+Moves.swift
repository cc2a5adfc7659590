import BatonHost
import Testing

@testable import BatonLab

/// What is done with hosts again and again.
extension Stage {
  /// Begins to move the guest: the target listens, the source is told where; its answer is not
  /// waited for.
  @discardableResult
  func beginMove(_ source: HostProcess, _ target: HostProcess) throws -> String {
    let address = newAddress()
    try target.control.call("migrate-incoming", ["uri": address])
    try source.control.post("migrate", ["uri": address])
    return address
  }

  /// Begins to move the guest through a middleman, who may change every record.
  func beginMove(
    _ source: HostProcess, _ target: HostProcess, rewrite: @escaping (Record) throws -> Void
  ) throws {
    let (near, far) = (newAddress(), newAddress())
    try target.control.call("migrate-incoming", ["uri": far])
    middlemen.append(try Middleman(self, at: near, to: far, rewrite: rewrite))
    try source.control.post("migrate", ["uri": near])
  }

  /// Moves the guest, and expects that it arrives and runs.
  func move(
    _ source: HostProcess, _ target: HostProcess,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    let before = (source.control.statuses.count, target.control.statuses.count)
    let address = newAddress()
    try target.control.call("migrate-incoming", ["uri": address])
    try source.control.call("migrate", ["uri": address])
    try wait("the end of the move", sourceLocation) {
      source.control.statuses.dropFirst(before.0).last.map(Self.isEnd) ?? false
        && target.control.statuses.dropFirst(before.1).last.map(Self.isEnd) ?? false
    }
    let said = try error(source)
    #expect(source.control.statuses.last == "completed", "\(said)", sourceLocation: sourceLocation)
    #expect(target.control.statuses.last == "completed", sourceLocation: sourceLocation)
    try expectRunner(target, not: source, sourceLocation: sourceLocation)
    try expectFlow(sourceLocation: sourceLocation)
  }

  /// The guest runs here, and not there.
  func expectRunner(
    _ host: HostProcess, not other: HostProcess? = nil,
    sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    #expect(try runState(host) == "running", sourceLocation: sourceLocation)
    if let other, !other.hasEnded {
      #expect(try runState(other) != "running", sourceLocation: sourceLocation)
    }
  }

  func runState(_ host: HostProcess) throws -> String {
    return try host.control.call("query-status")["status"] as? String ?? ""
  }

  /// Why the last migration failed, in the host's words; empty when it did not.
  func error(_ host: HostProcess) throws -> String {
    return try host.control.call("query-migrate")["error-desc"] as? String ?? ""
  }

  /// Waits until a migration of this host ends so.
  func expectEnd(
    _ status: String, of host: HostProcess, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try wait("\(status) of \(host.name)", sourceLocation) {
      host.control.statuses.last == status || host.hasEnded
    }
    #expect(host.control.statuses.last == status, sourceLocation: sourceLocation)
  }

  /// Tells a host to stop itself when a chart enters a state, before or after its effects.
  func stop(
    _ host: HostProcess, in state: String, of chart: String, afterEffects: Bool = false
  ) throws {
    try host.control.call(
      "x-stop-at", ["chart": chart, "state": state, "after-effects": afterEffects])
  }

  /// Waits until a host stands still.
  func awaitStop(
    _ host: HostProcess, sourceLocation: SourceLocation = #_sourceLocation
  ) throws {
    try wait("the stop of \(host.name)", sourceLocation) {
      host.child.isStopped || host.hasEnded
    }
    #expect(host.child.isStopped, sourceLocation: sourceLocation)
  }

  static func isEnd(_ status: String) -> Bool {
    ["completed", "failed", "cancelled"].contains(status)
  }

  /// Moves the guest, kills one of the two there, and answers with the other one when it is done.
  func die(
    at point: KillPoint, _ source: HostProcess, _ target: HostProcess
  ) throws -> HostProcess {
    let (victim, survivor) = point.side == .source ? (source, target) : (target, source)
    for (side, place) in point.places {
      try stop(
        side == .source ? source : target, in: place.state, of: place.chart,
        afterEffects: place.isAfterEffects)
    }
    try beginMove(source, target)
    for (side, _) in point.places { try awaitStop(side == .source ? source : target) }
    try kill(victim)
    survivor.child.resume()
    try wait("the survivor's end of it") { survivor.control.statuses.last.map(Self.isEnd) ?? false }
    return survivor
  }
}
