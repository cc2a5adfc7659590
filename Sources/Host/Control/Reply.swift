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

  /// Carries out a line of the control socket, and what is answered to it.
  static func line(
    to command: [UInt8], by carryOut: (String, [String: Any]) throws -> [String: Any]
  ) -> String {
    guard
      let object = try? JSONSerialization.jsonObject(with: Data(command)) as? [String: Any],
      let name = object["execute"] as? String
    else { return Reply.error("not a command: a JSON object with 'execute' is expected").line }
    do {
      return Reply.value(try carryOut(name, object["arguments"] as? [String: Any] ?? [:])).line
    } catch let error as CommandError {
      return Reply.error(error.text).line
    } catch {
      return Reply.error("\(error)").line
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
