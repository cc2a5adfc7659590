/// A command as it came: what is asked for, with what, and how its answer is known.
package struct Request: Hashable, Sendable {
  /// Which command.
  package var name: String
  /// Its arguments by name.
  package var arguments: [String: JSONValue]
  /// What the answer carries as well; nil for nothing.
  package var id: JSONValue?

  /// A command with its arguments.
  package init(_ name: String, _ arguments: [String: JSONValue] = [:], id: JSONValue? = nil) {
    (self.name, self.arguments, self.id) = (name, arguments, id)
  }

  /// What it is on the wire.
  package var value: JSONValue {
    var members: [String: JSONValue] = ["execute": .text(name)]
    if !arguments.isEmpty { members["arguments"] = .object(arguments) }
    members["id"] = id
    return .object(members)
  }

  /// The command that a message is, or why it is none, in QEMU's words. Out-of-band execution is
  /// not offered, so `exec-oob` is a member that nobody expects.
  package static func read(_ bytes: [UInt8]) -> Result<Request, Misread> {
    guard let value = JSONValue(parsing: bytes) else {
      return .failure(Misread("JSON parse error, expecting value"))
    }
    guard let members = value.members else {
      return .failure(Misread("QMP input must be a JSON object"))
    }
    let id = members["id"]
    for name in members.keys.sorted() where !["execute", "arguments", "id"].contains(name) {
      return .failure(Misread("QMP input member '\(name)' is unexpected", id))
    }
    guard let execute = members["execute"] else {
      return .failure(Misread("QMP input lacks member 'execute'", id))
    }
    guard let name = execute.text else {
      return .failure(Misread("QMP input member 'execute' must be a string", id))
    }
    guard let arguments = (members["arguments"] ?? [:]).members else {
      return .failure(Misread("QMP input member 'arguments' must be an object", id))
    }
    return .success(Request(name, arguments, id: id))
  }
}

/// What came is no command, which is answered as well.
package struct Misread: Error, Hashable, Sendable {
  /// Why it is none.
  package var error: QMPError
  /// What the answer carries as well.
  package var id: JSONValue?

  package init(_ text: String, _ id: JSONValue? = nil) { (error, self.id) = (QMPError(text), id) }
}

/// What is answered to a command.
package struct Answer: Hashable, Sendable {
  /// What is returned, or why it is not.
  package var result: Result<JSONValue, QMPError>
  /// The command's own.
  package var id: JSONValue?

  /// The answer to a command of this `id`.
  package init(_ result: Result<JSONValue, QMPError>, id: JSONValue?) {
    (self.result, self.id) = (result, id)
  }

  package var value: JSONValue {
    var members: [String: JSONValue] =
      switch result {
      case .success(let value): ["return": value]
      case .failure(let error): ["error": error.value]
      }
    members["id"] = id
    return .object(members)
  }
}
