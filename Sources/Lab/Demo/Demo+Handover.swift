import BatonCore
import BatonHost
import Foundation

extension Demo {
  static let timeoutMillis: UInt64 = 20_000
  private static let aliveProbes = 20

  func handOver(_ index: Int) throws {
    let (source, target) = try sides()
    let drops = interface.transmitDrops ?? 0
    let address = channelAddress(index)
    let before = (source.control.statuses.count, target.control.statuses.count)
    try target.control.call("migrate-incoming", ["uri": address])
    try source.control.call("migrate", ["uri": address])
    let isOver = lab.wait(timeoutMillis: Self.timeoutMillis) {
      Self.isEnd(source.control.statuses.dropFirst(before.0).last)
        && Self.isEnd(target.control.statuses.dropFirst(before.1).last)
    }
    if !isOver { complain("handover \(index) does not end") }
    let answer = try source.control.call("query-migrate")
    pause(after: index)
    var entry = Self.entry(index, answer)
    entry.runner = try runner(source, target)
    entry.transmitDrops = (interface.transmitDrops ?? 0) - drops
    if entry.status == "completed" { swapSides() } else { complain(Self.failure(entry)) }
    // A source whose target was too slow with the guest has killed it (docs/PROTOCOL.md).
    if let target = self.target, target.hasEnded {
      complain("\(target.name) has ended: \(target.child.exitStatus.map { "\($0)" } ?? "unknown")")
      self.target = nil
    }
    try checkDatapath(of: self.source)
    entry.descriptors = self.source?.child.descriptorCount
    handovers.append(entry)
    say(Self.line(entry))
  }

  /// One handover in which somebody dies.
  func handOver(_ index: Int, killing point: KillPoint) throws {
    let (source, target) = try sides()
    let drops = interface.transmitDrops ?? 0
    guard try stop(source, target, at: point, index) else {
      return complain("nobody came to \(point)")
    }
    let victim = point.side == .source ? source : target
    let survivor = point.side == .source ? target : source
    say("  the handover stands at \(point.phase.rawValue); kill -9 \(victim.name)")
    victim.child.signal(Signal.kill)
    survivor.child.resume()
    lab.wait(timeoutMillis: Self.timeoutMillis) {
      victim.hasEnded && Self.isEnd(survivor.control.statuses.last)
    }
    var entry = Self.entry(index, try survivor.control.call("query-migrate"))
    entry.killed = point.description
    let isRunning = try isRunning(survivor)
    let side = point.side == .source ? KillPoint.Side.target : .source
    entry.runner = isRunning ? side.rawValue : "nobody"
    entry.transmitDrops = (interface.transmitDrops ?? drops) - drops
    entry.descriptors = survivor.child.descriptorCount
    handovers.append(entry)
    say(Self.line(entry))
    let expected = point.expectedRunner?.rawValue ?? "nobody"
    if entry.runner != expected {
      complain("after \(point) \(entry.runner) runs the guest, expected is \(expected)")
    }
    self.source = survivor
    self.target = nil
    if isRunning { try goOn(index) }
  }

  /// Lets the handover begin and come to the point where it stands still.
  private func stop(
    _ source: HostProcess, _ target: HostProcess, at point: KillPoint, _ index: Int
  ) throws -> Bool {
    var stopped: [HostProcess] = []
    for (side, place) in point.places {
      let host = side == .source ? source : target
      stopped.append(host)
      try host.control.call(
        "x-stop-at",
        ["chart": place.chart, "state": place.state, "after-effects": place.isAfterEffects])
    }
    let address = channelAddress(index)
    try target.control.call("migrate-incoming", ["uri": address])
    try source.control.post("migrate", ["uri": address])
    return lab.wait(timeoutMillis: Self.timeoutMillis) {
      stopped.allSatisfy { $0.child.isStopped }
    }
  }

  /// Probes flow again, and the guest can be handed over as if nothing had happened.
  private func goOn(_ index: Int) throws {
    guard let prober else { return }
    let count = prober.received
    let isAlive = lab.wait(timeoutMillis: Self.timeoutMillis) {
      prober.received >= count + Self.aliveProbes
    }
    if !isAlive { complain("no probe is answered after the death") }
    try checkDatapath(of: source)
    say("  probes flow; another handover, to a new process")
    try handOver(index + 1)
  }

  private func sides() throws -> (HostProcess, HostProcess) {
    if target == nil { target = try startHost(isIncoming: true) }
    guard let source, let target else { throw CancellationError() }
    return (source, target)
  }

  private func runner(_ source: HostProcess, _ target: HostProcess) throws -> String {
    switch (try isRunning(source), try isRunning(target)) {
    case (true, true):
      complain("both processes run the guest")
      return "both"
    case (true, false): return "source"
    case (false, true): return "target"
    case (false, false): return "nobody"
    }
  }

  private func isRunning(_ host: HostProcess) throws -> Bool {
    // Its connection may tell of a death before it is reaped.
    if !host.control.isConnected {
      lab.wait(timeoutMillis: Self.timeoutMillis) { host.hasEnded }
    }
    if host.hasEnded { return false }
    return try host.control.call("query-status")["running"] as? Bool ?? false
  }

  private static func isEnd(_ status: String?) -> Bool {
    ["completed", "failed", "cancelled"].contains(status)
  }

  private static func failure(_ entry: DemoReport.Handover) -> String {
    "handover \(entry.index): \(entry.status): \(entry.error ?? "no reason given")"
  }

  private static func entry(_ index: Int, _ answer: [String: Any]) -> DemoReport.Handover {
    func micros(_ value: Any?) -> Double { ((value as? Double) ?? 0) / 1_000 }
    let phases = answer["phases-ns"] as? [String: Any] ?? [:]
    let status = answer["status"] as? String ?? "unknown"
    let blackout = micros(answer["blackout-ns"])
    return DemoReport.Handover(
      index: index, status: status,
      blackoutMicros: status == "completed" && blackout > 0 ? blackout : nil,
      phasesMicros: phases.mapValues(micros),
      mutatingCallsBeforeTake: (answer["mutating-calls-before-take"] as? Int).map(UInt64.init),
      transmitDrops: 0, descriptors: nil, killed: nil, runner: "nobody",
      error: status == "completed" ? nil : answer["error-desc"] as? String)
  }

  private static func line(_ entry: DemoReport.Handover) -> String {
    var text = "handover \(entry.index): \(entry.status)"
    if let blackout = entry.blackoutMicros { text += String(format: ", %.0f µs", blackout) }
    if let killed = entry.killed { text += " after \(killed)" }
    text += ", the guest runs at \(entry.runner)"
    if let error = entry.error { text += " (\(error))" }
    return text
  }
}
