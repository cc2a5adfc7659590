import BatonCore
import Foundation

/// An answer of the control socket.
enum Reply {
  case value([String: Any])
  case error(String)

  /// The answer as one line of JSON.
  var line: String {
    switch self {
    case .value(let value): Self.line(["return": value])
    case .error(let text):
      Self.line(["error": ["class": "GenericError", "desc": text]])
    }
  }

  static func line(_ object: [String: Any]) -> String {
    let data = try? JSONSerialization.data(withJSONObject: object, options: [.sortedKeys])
    return String(decoding: data ?? Data("{}".utf8), as: UTF8.self)
  }
}

/// Why a command is not carried out.
struct CommandError: Error {
  let text: String

  init(_ text: String) { self.text = text }

  init(_ refusal: Refusal) { text = refusal.description }
}
