import BatonCore
package import BatonQMP

/// What a relay did, for its user.
package struct RelayReport: Sendable {
  /// How long a state lasted.
  package struct Phase: Sendable, Codable {
    package var state: String
    package var millis: Double
  }

  /// How it ended; nil before.
  package var result: RelayChart.Result?
  /// Everything that went wrong, in order.
  package private(set) var notes: [String] = []
  /// What the target has that the source has not, each with both values.
  package var differences: [String] = []
  /// What the guest loses of its network, as far as the netdevs tell: a sentence for each NIC.
  package var losses: [String] = []
  /// The machine's type.
  package var machine = ""
  /// The states that it was in, in order.
  package var phases: [Phase] = []
  /// The target's process, where this relay started it.
  package var targetPID: Int32?
  /// What the source said last of its migration: times in milliseconds, bytes of memory.
  package private(set) var info: [String: JSONValue] = [:]
  /// When the source's guest stopped and the target's began, by the events' stamps.
  var stopMicros: Int64?
  var resumeMicros: Int64?

  /// How long the guest stood still, in milliseconds; nil when it did not, or nobody said.
  package var stillMillis: Double? {
    guard let stopMicros, let resumeMicros else { return nil }
    return Double(resumeMicros - stopMicros) / 1_000
  }

  mutating func note(_ text: String) { notes.append(text) }

  mutating func take(_ info: JSONValue) {
    for name in ["total-time", "downtime", "setup-time", "error-desc"] {
      if let value = info[name] { self.info[name] = value }
    }
    if let ram = info["ram"] { self.info["ram"] = ram }
  }

  /// How far a migration is, in a line; nil while it has sent nothing.
  static func progress(_ info: JSONValue) -> String? {
    guard let status = info["status"]?.text, let ram = info["ram"],
      let total = ram["total"]?.integer, let left = ram["remaining"]?.integer, total > 0
    else { return nil }
    let rate = ram["mbps"].flatMap { value -> Double? in
      if case .number(let rate) = value { rate } else { value.integer.map(Double.init) }
    }
    let megabytes = "\((total - left) >> 20) of \(total >> 20) MiB"
    return "\(status): \(megabytes)" + (rate.map { ", \(Int($0)) Mbit/s" } ?? "")
  }
}

/// Why a relay cannot begin.
package struct RelayError: Error, CustomStringConvertible {
  package let description: String

  init(_ description: String) { self.description = description }
}

extension RelayChart.Cause: CustomStringConvertible {
  /// What happened, in a clause.
  package var description: String {
    switch self {
    case .conflict: "both QEMUs run a guest"
    case .noTarget: "there is no target, or the source has no guest to give"
    case .unlaunched: "the target could not be started"
    case .differs: "the machines differ"
    case .unprepared: "a QEMU refused the preparation"
    case .refused: "the source refused a command of the migration"
    case .migrationFailed: "the migration failed"
    case .cancelled: "the migration was cancelled by somebody else"
    case .quit: "it was not wanted any more"
    case .targetDied: "the target has ended"
    case .sourceDied: "the source has ended"
    case .late: "a QEMU did not answer in time"
    case .unfit: "the target does not wait for a migration any more"
    }
  }
}
