/// A guest's NIC and what it is connected to in its QEMU, as `info network` of the monitor tells.
///
/// QMP has no command for it: `query-rx-filter` knows the NICs alone.
struct NetworkCard: Hashable {
  /// The name that QEMU has for it: of the user's `id=`, or the model's with a number.
  var name: String
  /// How many pairs of queues it has.
  var queues = 1
  /// The `id` of its netdev; nil for a NIC that is connected to nothing.
  var netdev: String?
  /// What its netdev is: `tap`, `vhost-user`, `user` and so on.
  var type = "none"
  /// The interface of a `tap`; nil for others, and where QEMU was given a descriptor.
  var interface: String?

  /// All NICs of a monitor's answer, in its order.
  ///
  /// A NIC with several queues has a line for each, `index` from 0, and behind each of them, after
  /// a backslash, stands the peer.
  static func all(in text: String) -> [NetworkCard] {
    var cards: [NetworkCard] = []
    for line in text.split(whereSeparator: \.isNewline) {
      let isPeer = line.drop(while: \.isWhitespace).first == "\\"
      guard let (name, members) = client(line) else { continue }
      if isPeer {
        guard let last = cards.indices.last, cards[last].netdev == nil else { continue }
        cards[last].netdev = name
        cards[last].type = members["type"] ?? "unknown"
        cards[last].interface = members["ifname"]
      } else if members["type"] == "nic" {
        if members["index"] == "0" || cards.isEmpty {
          cards.append(NetworkCard(name: name))
        } else {
          cards[cards.count - 1].queues += 1
        }
      }
    }
    return cards
  }

  /// `NAME: KEY=VALUE,…`; a value without a key is passed over.
  private static func client(_ line: Substring) -> (name: String, members: [String: String])? {
    let words = line.drop { $0.isWhitespace || $0 == "\\" }
    guard let colon = words.firstRange(of: ": ") else { return nil }
    var members: [String: String] = [:]
    for member in words[colon.upperBound...].split(separator: ",") {
      let parts = member.split(separator: "=", maxSplits: 1)
      if parts.count == 2, members[String(parts[0])] == nil {
        members[String(parts[0])] = String(parts[1])
      }
    }
    return (String(words[..<colon.lowerBound]), members)
  }

  /// What its netdev is, for people.
  var backEnd: String {
    guard let netdev else { return "nothing" }
    return "\(netdev), \(type)" + (interface.map { " \($0)" } ?? "")
  }

  /// What the guest loses of its network when it goes from this NIC's netdev to the target's, in a
  /// sentence.
  func loss(to target: NetworkCard) -> String {
    let way = "\(name) (\(backEnd), then \(target.backEnd)): "
    switch (type, target.type) {
    case ("none", _): return way + "nothing can be lost"
    case ("vhost-user", "vhost-user"):
      return way + "nothing is lost if one port of `baton net` serves both"
    case ("user", _), (_, "user"):
      return way + "the connections that go through it end"
    case _: return way + "what comes between stop and resume is lost"
    }
  }
}
