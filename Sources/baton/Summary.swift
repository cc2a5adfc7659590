import BatonHost
import BatonLab
import Foundation

/// The end of a rehearsal, for people.
enum Summary {
  private static let phases = ["stop", "quiesce", "save", "send", "load", "take", "apply", "start"]

  static func text(_ report: DemoReport) -> String {
    var lines = ["", header]
    for handover in report.handovers { lines.append(row(handover)) }
    lines.append("")
    if let median = report.medianBlackoutMicros {
      lines.append(String(format: "median blackout      %.0f µs", median))
    }
    let probe = report.probe
    lines += [
      "probes sent          \(probe.sent)",
      "received             \(probe.received)",
      "lost                 \(probe.lost)",
      "duplicated           \(probe.duplicated)",
      "reordered            \(probe.reordered)",
      "corrupted            \(probe.corrupted)",
      "longest gap          \(probe.longestGapMicros) µs",
      "median round trip    \(probe.medianRoundTripMicros) µs",
    ]
    lines.append("")
    lines.append(
      report.complaints.isEmpty
        ? "✓ all that was asked for happened" : "✗ \(report.complaints.count) complaint(s):")
    lines += report.complaints.map { "  \($0)" }
    return lines.joined(separator: "\n")
  }

  private static var header: String {
    (["   #"] + phases.map(padded) + [padded("blackout"), "  µs · TAP calls before take · fds"])
      .joined()
  }

  private static func row(_ handover: DemoReport.Handover) -> String {
    var text = padded("\(handover.index)", 4)
    for phase in phases {
      text += padded(String(format: "%.1f", handover.phasesMicros[phase] ?? 0))
    }
    text += padded(handover.blackoutMicros.map { String(format: "%.1f", $0) } ?? handover.status)
    text += "  · \(handover.mutatingCallsBeforeTake.map { "\($0)" } ?? "–")"
    return text + " · \(handover.descriptors.map { "\($0)" } ?? "–")"
  }

  private static func padded(_ text: String) -> String { padded(text, 10) }

  private static func padded(_ text: String, _ width: Int) -> String {
    String(repeating: " ", count: max(0, width - text.count)) + text
  }
}
