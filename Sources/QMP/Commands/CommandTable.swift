/// One command of a process: its name, its shape, and what it does.
package struct Command<Target: AnyObject>: Sendable {
  /// Carries it out, and returns the answer; nil when that comes later.
  package typealias Body = @Sendable (Target, CommandCall) throws -> JSONValue?

  /// As `execute` names it.
  package let name: String
  let arguments: [Member]
  let result: ValueType
  /// True for a command whose arguments no table knows.
  let takesAll: Bool
  let body: Body

  /// A command that returns a value.
  ///
  /// - Parameters:
  ///   - name: As `execute` names it.
  ///   - arguments: What it takes; the table compares before the body is run.
  ///   - result: What it returns.
  ///   - takesAll: True when it takes other members than those as well.
  ///   - body: Carries it out.
  package init(
    _ name: String, _ arguments: [Member] = [], returns result: ValueType = .nothing,
    takesAll: Bool = false, body: @escaping Body
  ) {
    (self.name, self.arguments, self.result) = (name, arguments, result)
    (self.takesAll, self.body) = (takesAll, body)
  }

  /// A command that returns nothing.
  package static func act(
    _ name: String, _ arguments: [Member] = [], takesAll: Bool = false,
    body: @escaping @Sendable (Target, CommandCall) throws -> Void
  ) -> Command {
    Command(name, arguments, takesAll: takesAll) { target, call in
      try body(target, call)
      return [:]
    }
  }
}

/// An event that a process tells, and what belongs to it.
package struct EventShape: Hashable, Sendable {
  package var name: String
  package var data: [Member]

  /// An event with these members in its data.
  package init(_ name: String, _ data: [Member] = []) { (self.name, self.data) = (name, data) }
}

/// The commands of a process: the one place that they are told from, carried out from, and that
/// their schema is made of.
package struct CommandTable<Target: AnyObject>: Sendable {
  /// In the order of their names.
  package let commands: [Command<Target>]
  let events: [EventShape]
  private let indices: [String: Int]
  /// What `query-qmp-schema` returns: made once, since it takes milliseconds.
  package let schema: JSONValue

  /// These commands, and what every server has: the questions for its version, its commands and
  /// their schema.
  package init(_ own: [Command<Target>], events: [EventShape]) {
    let all = (own + Self.common).sorted { $0.name < $1.name }
    commands = all
    self.events = events
    indices = Dictionary(zip(all.map(\.name), all.indices)) { first, _ in first }
    schema = Self.schema(of: all, events)
  }

  /// Carries a command out, or answers why not.
  package func carryOut(_ call: CommandCall, for target: Target) {
    do {
      guard let index = indices[call.request.name] else {
        throw QMPError(
          "The command \(call.request.name) has not been found", .commandNotFound)
      }
      if let found = try carryOut(commands[index], call, target) { call.answer(.success(found)) }
    } catch let error as QMPError {
      call.answer(.failure(error))
    } catch {
      call.answer(.failure(QMPError("\(error)")))
    }
  }

  private func carryOut(
    _ command: Command<Target>, _ call: CommandCall, _ target: Target
  ) throws -> JSONValue? {
    var values = call.arguments
    if command.takesAll {
      let known = Set(command.arguments.map(\.name))
      values = values.filter { known.contains($0.key) }
    }
    try ValueType.object(command.arguments).check(.object(values), path: "")
    switch command.name {
    case "query-commands": return .list(names.map { ["name": .text($0)] })
    case "query-qmp-schema": return schema
    case _: return try command.body(target, call)
    }
  }

  private var names: [String] { commands.map(\.name) }

  private static var common: [Command<Target>] {
    [
      Command(
        "qmp_capabilities", [Member("enable", .list(.choice(["oob"])), isOptional: true)]
      ) { _, _ in [:] },
      Command("query-version", returns: version) { _, _ in QMPVersion.value },
      Command("query-commands", returns: .list(.object([Member("name", .text)]))) { _, _ in nil },
      Command("query-qmp-schema", returns: .list(.any)) { _, _ in nil },
    ]
  }

  private static var version: ValueType {
    let numbers = ["major", "minor", "micro"].map { Member($0, .integer) }
    return .object([Member("qemu", .object(numbers)), Member("package", .text)])
  }

  private static func schema(
    of commands: [Command<Target>], _ events: [EventShape]
  ) -> JSONValue {
    var schema = Schema()
    for command in commands {
      schema.add(command: command.name, command.arguments, returns: command.result)
    }
    for event in events { schema.add(event: event.name, event.data) }
    return .list(schema.entries)
  }
}
