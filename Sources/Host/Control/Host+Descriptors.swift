import BatonQMP

extension Host {
  static let descriptorCommands: [Command<Host>] = [
    .act("getfd", [Member("fdname", .text)]) { host, call in
      let descriptor = try call.takeDescriptor()
      try host.descriptors.keep(descriptor, as: call.arguments["fdname"]?.text ?? "")
    },
    .act("closefd", [Member("fdname", .text)]) { host, call in
      _ = try host.descriptors.take(call.arguments["fdname"]?.text ?? "")
    },
    Command(
      "add-fd",
      [Member("fdset-id", .integer, isOptional: true), Member("opaque", .text, isOptional: true)],
      returns: .object([Member("fdset-id", .integer), Member("fd", .integer)])
    ) { host, call in
      let descriptor = try call.takeDescriptor()
      return try host.descriptors.add(
        descriptor, to: call.arguments["fdset-id"]?.integer,
        opaque: call.arguments["opaque"]?.text)
    },
    .act(
      "remove-fd", [Member("fdset-id", .integer), Member("fd", .integer, isOptional: true)]
    ) { host, call in
      try host.descriptors.remove(
        from: call.arguments["fdset-id"]?.integer ?? -1, call.arguments["fd"]?.integer)
    },
    Command("query-fdsets", returns: .list(set)) { host, _ in host.descriptors.report },
  ]

  private static let set = ValueType.object([
    Member("fdset-id", .integer),
    Member(
      "fds",
      .list(.object([Member("fd", .integer), Member("opaque", .text, isOptional: true)]))),
  ])
}
