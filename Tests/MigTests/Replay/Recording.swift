import Foundation

/// What QEMU did in one scenario; see Recordings/README.md.
struct Recording: Decodable {
  struct Entry: Decodable {
    let command: String?
    let status: String?
    let event: String?
  }

  struct Transfer: Decodable {
    let source: Bool
    let target: Bool
  }

  let scenario: String
  let qemu: String
  let transfer: Transfer
  let capabilities: [String]
  let source: [Entry]
  let target: [Entry]

  /// All of them.
  static func all() throws -> [Recording] {
    let url = Bundle.module.url(
      forResource: "qemu-10.2.2", withExtension: "json", subdirectory: "Recordings")
    guard let url else { throw CocoaError(.fileNoSuchFile) }
    return try JSONDecoder().decode([Recording].self, from: Data(contentsOf: url))
  }

  /// The statuses, and the stops and starts of the guest that the user did not ask for.
  static func trace(_ entries: [Entry]) -> [String] {
    var trace: [String] = []
    var isContinued = false
    for entry in entries {
      if entry.command == "cont" { isContinued = true }
      if let status = entry.status { trace.append(status) }
      if let event = entry.event, !(isContinued && event == "RESUME") { trace.append(event) }
    }
    return trace
  }
}
