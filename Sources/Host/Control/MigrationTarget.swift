import BatonMig
import BatonQMP

/// Where a migration goes or comes from, as `migrate` and `migrate-incoming` are told: by a URI, or
/// by a list of channels.
enum MigrationTarget {
  /// What both commands take.
  static let arguments = [
    Member("uri", .text, isOptional: true),
    Member("channels", .list(channel), isOptional: true),
    Member("detach", .bool, isOptional: true), Member("resume", .bool, isOptional: true),
  ]

  static let incomingArguments =
    Array(arguments.prefix(2)) + [Member("exit-on-error", .bool, isOptional: true)]

  private static let channel = ValueType.object([
    Member("channel-type", .choice(["main", "cpr"])), Member("addr", address),
  ])

  /// Members of all transports; which of them belong together is looked at when one is read.
  private static let address = ValueType.object(
    [Member("transport", .choice(["socket", "exec", "rdma", "file"]))]
      + ["type", "path", "host", "port", "cid", "str", "filename"].map {
        Member($0, .text, isOptional: true)
      } + [
        Member("args", .list(.text), isOptional: true),
        Member("offset", .integer, isOptional: true),
      ])

  /// What QEMU knows; whether descriptors travel by it is another question.
  private static let schemes = ["unix:", "tcp:", "exec:", "file:", "fd:", "rdma:", "vsock:"]

  /// The address that a command leads to.
  static func address(_ arguments: [String: JSONValue]) throws(QMPError) -> MigrationAddress {
    let channels = arguments["channels"]?.elements.flatMap { $0.isEmpty ? nil : $0 }
    switch (arguments["uri"]?.text, channels) {
    case (let uri?, nil):
      guard schemes.contains(where: uri.hasPrefix) else {
        throw QMPError("unknown migration protocol: \(uri)")
      }
      return MigrationAddress(uri)
    case (nil, let channels?): return try main(of: channels)
    case (_, _): throw QMPError("need either 'uri' or 'channels' argument")
    }
  }

  /// Whether an attempt may begin, beside one that is under way or not.
  static func checkBeginning(
    _ arguments: [String: JSONValue], isUnderWay: Bool
  ) throws(QMPError) {
    if arguments["resume"]?.bool == true {
      throw QMPError("Cannot resume if there is no paused migration")
    }
    if isUnderWay { throw QMPError("There's a migration process in progress") }
  }

  private static func main(of channels: [JSONValue]) throws(QMPError) -> MigrationAddress {
    for kind in ["main", "cpr"]
    where channels.filter({ $0["channel-type"]?.text == kind }).count > 1 {
      throw QMPError("Channel list has more than one \(kind) entry")
    }
    guard let main = channels.firstIndex(where: { $0["channel-type"]?.text == "main" }) else {
      throw QMPError("Channel list has no main entry")
    }
    let address = channels[main]["addr"] ?? [:]
    return MigrationAddress(try uri(of: address, at: "channels[\(main)].addr"))
  }

  /// The same as a URI; one that carries no descriptors is refused by whom it is given to.
  private static func uri(
    of address: JSONValue, at place: String
  ) throws(QMPError) -> String {
    let transport = address["transport"]?.text ?? ""
    switch (transport, address["type"]?.text) {
    case ("socket", "unix"):
      guard let path = address["path"]?.text else { throw .missing("\(place).path") }
      return "unix:\(path)"
    case ("socket", "inet"):
      return "tcp:\(address["host"]?.text ?? ""):\(address["port"]?.text ?? "")"
    case ("socket", nil): throw .missing("\(place).type")
    case ("socket", let type?): return "\(type):"
    case ("exec", _): return "exec:\(address["args"]?.line ?? "")"
    case (_, _): return "\(transport):\(address["filename"]?.text ?? "")"
    }
  }
}
