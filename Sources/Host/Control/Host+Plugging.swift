import BatonCore
import BatonNet
import BatonQMP

extension Host {
  static let plugCommands: [Command<Host>] = [
    Command("netdev_add", NetdevArguments.members) { host, call in
      let machine = try host.present()
      let id = call.arguments["id"]?.text ?? ""
      try machine.checkNetdev(id)
      host.settleDumps()
      let tap = try NetdevArguments.tap(call.arguments, from: host.descriptors)
      machine.addNetdev(id, tap) { call.answer($0) }
      return nil
    },
    Command("netdev_del", [Member("id", .text)]) { host, call in
      try host.present().removeNetdev(call.arguments["id"]?.text ?? "") { call.answer($0) }
      host.settleDumps()
      return nil
    },
    .act(
      "device_add",
      [
        Member("driver", .text), Member("id", .text, isOptional: true),
        Member("netdev", .text, isOptional: true), Member("mac", .text, isOptional: true),
        Member("host_mtu", .unsigned, isOptional: true),
      ], takesAll: true
    ) { host, call in
      try host.present().plug(plug(call.arguments))
    },
    .act("device_del", [Member("id", .text)]) { host, call in
      try host.present().unplug(call.arguments["id"]?.text ?? "")
    },
  ]

  private static let drivers = ["virtio-net-pci", "virtio-net-device", "virtio-net"]
  /// Properties that say where a device is, and how its guest is interrupted, of which there is one
  /// way here.
  private static let placing: Set = ["bus", "addr", "vectors", "mq", "romfile"]
  private static let properties: Set = ["driver", "id", "netdev", "mac", "host_mtu"]

  private static func plug(_ arguments: [String: JSONValue]) throws -> VirtualMachine.Plug {
    let driver = arguments["driver"]?.text ?? ""
    guard drivers.contains(driver) else {
      throw QMPError("'\(driver)' is not a valid device model name")
    }
    for name in arguments.keys.sorted() where !properties.union(placing).contains(name) {
      throw QMPError("Property '\(driver).\(name)' not found")
    }
    guard let netdev = arguments["netdev"]?.text else { throw QMPError.missing("netdev") }
    let mac = try arguments["mac"]?.text.map { text in
      guard let found = address(text), found.isStation else {
        throw QMPError("Property 'virtio-net-device.mac' doesn't take value '\(text)'")
      }
      return found
    }
    var mtu: UInt16?
    if let wish = arguments["host_mtu"] {
      guard let found = wish.integer, 68...65_535 ~= found else {
        throw QMPError("Property '\(driver).host_mtu' doesn't take value '\(wish.line)'")
      }
      mtu = UInt16(found)
    }
    return VirtualMachine.Plug(
      id: arguments["id"]?.text ?? netdev, netdev: netdev, mac: mac, mtu: mtu)
  }

  /// An Ethernet address as users write it.
  private static func address(_ text: String) -> MACAddress? {
    let parts = text.split(separator: ":", omittingEmptySubsequences: false)
    let octets = parts.compactMap { $0.count <= 2 ? UInt8($0, radix: 16) : nil }
    guard parts.count == 6, octets.count == 6 else { return nil }
    return MACAddress(bits: octets.reduce(0) { $0 << 8 | UInt64($1) })
  }
}
