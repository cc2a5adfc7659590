/// Puts together what `query-qmp-schema` returns: QEMU's `SchemaInfo` of each command, event and
/// type. Types have numbers in place of names, as QEMU's have.
struct Schema {
  private(set) var entries: [JSONValue] = []
  private var names: [ValueType: String] = [:]

  mutating func add(command: String, _ arguments: [Member], returns result: ValueType) {
    let (taken, returned) = (name(of: .object(arguments)), name(of: result))
    entries.append([
      "name": .text(command), "meta-type": "command", "arg-type": .text(taken),
      "ret-type": .text(returned), "allow-oob": false,
    ])
  }

  mutating func add(event: String, _ data: [Member]) {
    let told = name(of: .object(data))
    entries.append([
      "name": .text(event), "meta-type": "event", "arg-type": .text(told),
    ])
  }

  /// The name of a type, whose entry is made the first time.
  private mutating func name(of type: ValueType) -> String {
    let type = type.told
    if let name = names[type] { return name }
    let name = newName(for: type)
    names[type] = name
    entries.append(entry(of: type, name))
    return name
  }

  private mutating func newName(for type: ValueType) -> String {
    switch type {
    case .text: "str"
    case .bool: "bool"
    case .integer, .unsigned, .narrow: "int"
    case .null: "null"
    case .number: "number"
    case .any: "any"
    case .list(let element): "[\(name(of: element))]"
    case .choice, .object, .textOrNull: "\(names.count)"
    }
  }

  private mutating func entry(of type: ValueType, _ name: String) -> JSONValue {
    switch type {
    case .text: Self.builtin(name, "string")
    case .bool: Self.builtin(name, "boolean")
    case .integer, .unsigned, .narrow: Self.builtin(name, "int")
    case .null: Self.builtin(name, "null")
    case .textOrNull:
      [
        "name": .text(name), "meta-type": "alternate",
        "members": .list([ValueType.text, .null].map { ["type": .text(self.name(of: $0))] }),
      ]
    case .number: Self.builtin(name, "number")
    case .any: Self.builtin(name, "value")
    case .list(let element):
      [
        "name": .text(name), "meta-type": "array", "element-type": .text(self.name(of: element)),
      ]
    case .choice(let words):
      [
        "name": .text(name), "meta-type": "enum", "values": .list(words.map { .text($0) }),
        "members": .list(words.map { ["name": .text($0)] }),
      ]
    case .object(let members):
      ["name": .text(name), "meta-type": "object", "members": .list(members.map { told($0) })]
    }
  }

  private mutating func told(_ member: Member) -> JSONValue {
    var entry: [String: JSONValue] = [
      "name": .text(member.name), "type": .text(name(of: member.type)),
    ]
    if member.isOptional { entry["default"] = .null }
    return .object(entry)
  }

  private static func builtin(_ name: String, _ json: String) -> JSONValue {
    ["name": .text(name), "meta-type": "builtin", "json-type": .text(json)]
  }
}

extension ValueType {
  /// As the schema knows it, which has integers of one kind.
  fileprivate var told: ValueType {
    switch self {
    case .unsigned, .narrow: .integer
    case .text, .textOrNull, .null, .bool, .integer, .number, .any, .choice, .list, .object: self
    }
  }
}
