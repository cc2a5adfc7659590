import Foundation

/// Something that happened, as an event of QMP tells it.
package struct News: Hashable, Sendable {
  /// Which event, for instance `STOP`.
  package var event: String
  /// What belongs to it; empty for most.
  package var data: [String: JSONValue]
  /// Microseconds since 1970.
  package var microseconds: Int64

  /// News of this moment, or of another.
  package init(
    _ event: String, _ data: [String: JSONValue] = [:],
    microseconds: Int64 = Int64(Date().timeIntervalSince1970 * 1_000_000)
  ) {
    (self.event, self.data, self.microseconds) = (event, data, microseconds)
  }

  /// What it is on the wire, with the time in QEMU's two parts.
  package var line: String {
    var members: [String: JSONValue] = [
      "event": .text(event),
      "timestamp": [
        "seconds": .integer(microseconds / 1_000_000),
        "microseconds": .integer(microseconds % 1_000_000),
      ],
    ]
    if !data.isEmpty { members["data"] = .object(data) }
    return JSONValue.object(members).line
  }

  /// The event that a message is; nil for one that is none.
  package init?(_ value: JSONValue) {
    guard let event = value["event"]?.text else { return nil }
    let (seconds, rest) = (value["timestamp"]?["seconds"], value["timestamp"]?["microseconds"])
    let time = (seconds?.integer ?? 0).multipliedReportingOverflow(by: 1_000_000).partialValue
    self.init(
      event, value["data"]?.members ?? [:],
      microseconds: Int64(time &+ (rest?.integer ?? 0)))
  }
}
