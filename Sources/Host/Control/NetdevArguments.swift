import BatonCore
import BatonNet
import BatonQMP

/// The arguments of `netdev_add`, under QEMU's names.
enum NetdevArguments {
  static let members =
    [Member("id", .text), Member("type", .choice(["tap"]))]
    + [
      "ifname", "netns", "script", "downscript", "fd", "fds", "vhostfd", "vhostfds", "helper", "br",
    ].map {
      Member($0, .text, isOptional: true)
    }
    + ["vnet_hdr", "vhost", "vhostforce"].map { Member($0, .bool, isOptional: true) }
    + ["queues", "sndbuf", "poll-us", "mtu"].map { Member($0, .unsigned, isOptional: true) }

  /// The TAP that is wished for. Descriptors are named as `getfd` named them, and leave `store`
  /// when all else is possible; numbers of this process are not taken from a client.
  static func tap(
    _ arguments: [String: JSONValue], from store: DescriptorStore
  ) throws(QMPError) -> TapOptions {
    var wishes = TapArguments()
    for key in TapArguments.Key.allCases where key != .id {
      guard let value = arguments["\(key.name)"] else { continue }
      wishes[key] = Array(text(of: value).utf8)
    }
    var names: [String] = []
    for key in [TapArguments.Key.fd, .fds, .vhostfd, .vhostfds] {
      guard let list = wishes[key] else { continue }
      for part in list.split(separator: 0x3A, omittingEmptySubsequences: false) {
        let name = String(decoding: part, as: UTF8.self)
        _ = try store.number(of: name)
        names.append(name)
      }
    }
    let options: TapOptions
    do throws(TapArgumentError) {
      options = try wishes.options { bytes in
        do { return try store.number(of: String(decoding: bytes, as: UTF8.self)) } catch {
          return nil
        }
      }
    } catch {
      throw QMPError("\(error)")
    }
    for name in names { _ = try store.take(name).release() }
    return options
  }

  private static func text(of value: JSONValue) -> String {
    if let text = value.text { return text }
    if let number = value.integer { return "\(number)" }
    return value == true ? "on" : "off"
  }
}
