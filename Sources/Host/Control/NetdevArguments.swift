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
    + ["queues", "poll-us"].map { Member($0, .narrow(bits: 32), isOptional: true) }
    + ["sndbuf", "mtu"].map { Member($0, .unsigned, isOptional: true) }

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
    // What cannot be said together is told before names are looked up: each stands for another
    // number then.
    var count: CInt = 0
    _ = try options(of: wishes) { _ in
      count += 1
      return -count
    }
    let names = names(in: wishes)
    for name in names where !store.has(name) {
      throw QMPError("File descriptor named '\(name)' has not been found")
    }
    let options = try options(of: wishes) { try? store.number(of: $0) }
    for name in names { _ = try store.take(name).release() }
    return options
  }

  private static func options(
    of wishes: TapArguments, naming find: (String) -> CInt?
  ) throws(QMPError) -> TapOptions {
    do { return try wishes.options { find(String(decoding: $0, as: UTF8.self)) } } catch {
      throw QMPError("\(error)")
    }
  }

  private static func names(in wishes: TapArguments) -> [String] {
    [TapArguments.Key.fd, .fds, .vhostfd, .vhostfds].compactMap { wishes[$0] }.flatMap { list in
      list.split(separator: 0x3A, omittingEmptySubsequences: false).map {
        String(decoding: $0, as: UTF8.self)
      }
    }
  }

  private static func text(of value: JSONValue) -> String {
    if let text = value.text { return text }
    switch value {
    case .integer(let number): return "\(number)"
    case .unsigned(let number): return "\(number)"
    case .null, .bool, .number, .text, .list, .object: break
    }
    return value == true ? "on" : "off"
  }
}
