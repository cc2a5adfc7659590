import BatonQMP
import BatonRelay
import Foundation

/// What is said of a relay in the end.
struct RelaySummary {
  let report: RelayReport

  init(_ report: RelayReport) { self.report = report }

  private var place: String {
    switch report.result?.place {
    case .target: "target"
    case .source: "source"
    case .nowhere: "nowhere"
    case .unknown, nil: "unknown"
    }
  }

  /// A line for people.
  var text: String {
    var words = ["guest: \(place)"]
    if let still = report.stillMillis { words.append("stood still \(Self.tenths(still)) ms") }
    if let total = report.info["total-time"]?.integer { words.append("migration \(total) ms") }
    return words.joined(separator: ", ")
  }

  /// One JSON object.
  var json: String {
    var object: [String: JSONValue] = [
      "guest": .text(place), "notes": .list(report.notes.map { .text($0) }),
      "differences": .list(report.differences.map { .text($0) }),
      "network": .list(report.losses.map { .text($0) }),
      "machine": .text(report.machine), "migration": .object(report.info),
      "phases": .list(
        report.phases.map { ["state": .text($0.state), "milliseconds": .number($0.millis)] }),
    ]
    if let cause = report.result?.cause { object["cause"] = .text("\(cause)") }
    if let still = report.stillMillis { object["stop-to-resume-ms"] = .number(still) }
    if let pid = report.targetPID { object["target-pid"] = JSONValue(pid) }
    return JSONValue.object(object).line
  }

  private static func tenths(_ value: Double) -> Double { (value * 10).rounded() / 10 }
}
