import BatonCore
import BatonNet
import BatonQMP

/// The arguments of `netdev_add`, under QEMU's names.
enum NetdevArguments {
  static let members =
    [Member("id", .text), Member("type", .choice(["tap"]))]
    + ["ifname", "script", "downscript", "fd", "fds", "vhostfd", "vhostfds", "helper", "br"].map {
      Member($0, .text, isOptional: true)
    }
    + ["vnet_hdr", "vhost", "vhostforce"].map { Member($0, .bool, isOptional: true) }
    + ["queues", "sndbuf", "poll-us", "mtu"].map { Member($0, .unsigned, isOptional: true) }

  /// The TAP that is wished for.
  static func tap(_ arguments: [String: JSONValue]) throws(QMPError) -> TapOptions {
    for name in ["fd", "fds", "vhostfd", "vhostfds", "helper", "br", "poll-us"]
    where arguments[name] != nil {
      throw QMPError("Parameter '\(name)' is not supported")
    }
    for name in ["script", "downscript"] {
      let script = arguments[name]?.text ?? "no"
      guard script.isEmpty || script == "no" else { throw .value(name, expects: "'no'") }
    }
    for name in ["vhost", "vhostforce"] where arguments[name] == true {
      throw QMPError("vhost-net requested but could not be initialized")
    }
    var options = TapOptions()
    if let name = arguments["ifname"]?.text, !name.isEmpty {
      guard let found = InterfaceName(name) else {
        throw .value("ifname", expects: "an interface name of 1 to 15 bytes")
      }
      options.name = found
    }
    options.queues = try number("queues", arguments, 1...TapOptions.queuesMax) ?? 1
    if let wish = arguments["vnet_hdr"] { options.vnetHeader = wish == true ? .required : .off }
    let limit = Int(UInt32.max)
    options.sendBuffer = try number("sndbuf", arguments, 0...limit).map { UInt32($0) }
    options.mtu = try number("mtu", arguments, 68...65_535).map { UInt16($0) }
    return options
  }

  private static func number(
    _ name: String, _ arguments: [String: JSONValue], _ range: ClosedRange<Int>
  ) throws(QMPError) -> Int? {
    guard let value = arguments[name] else { return nil }
    guard let found = value.integer, range.contains(found) else {
      throw .value(
        name, expects: "a value between \(range.lowerBound) and \(range.upperBound)")
    }
    return found
  }
}
