import BatonCore
import BatonNet
import BatonQMP

extension Host {
  static let deviceCommands: [Command<Host>] = [
    Command("netdev-reopen", [Member("id", .text)]) { host, call in
      let device = try host.nic(call.arguments["id"]).device
      try host.present().reopen(device) { call.answer($0) }
      return nil
    },
    .act("set_link", [Member("name", .text), Member("up", .bool)]) { host, call in
      let nic = try host.nic(call.arguments["name"])
      nic.setLink(isUp: call.arguments["up"] == true)
    },
    .act("announce-self", announcement) { host, call in try host.announce(call.arguments) },
    Command(
      "query-rx-filter", [Member("name", .text, isOptional: true)], returns: .list(.any)
    ) { host, call in
      let name = call.arguments["name"]
      let nics = try host.present().nics.filter { name == nil || $0.hasName(name?.text) }
      if nics.isEmpty, let name = name?.text {
        throw QMPError("invalid net client name: \(name)")
      }
      return .list(nics.map { filter(of: $0) })
    },
  ]

  /// The device of a name.
  func nic(_ name: JSONValue?) throws(QMPError) -> Nic {
    let name = name?.text ?? ""
    guard let nic = try present().nics.first(where: { $0.hasName(name) }) else {
      throw .noDevice(name)
    }
    return nic
  }

  /// What a device lets through: all, since it has no filter of its own.
  private static func filter(of nic: Nic) -> JSONValue {
    [
      "name": .text(nic.id), "promiscuous": true, "multicast": "all",
      "unicast": "all", "vlan": "all", "broadcast-allowed": true, "multicast-overflow": false,
      "unicast-overflow": false, "main-mac": .text("\(nic.device.options.mac)"), "vlan-table": [],
      "unicast-table": [], "multicast-table": [],
    ]
  }

  // MARK: Announcements

  private static let announcement =
    ["initial", "max", "rounds", "step"].map { Member($0, .integer) } + [
      Member("interfaces", .list(.text), isOptional: true), Member("id", .text, isOptional: true),
    ]

  /// The most announcements at once; a further one takes the oldest's place.
  private static let announcementsMax = 16
  /// The largest number of rounds, and of milliseconds between them.
  private static let announcementMax = 1_000_000

  private func announce(_ arguments: [String: JSONValue]) throws {
    func number(_ name: String) throws(QMPError) -> UInt64 {
      guard let found = arguments[name]?.integer, 0...Self.announcementMax ~= found else {
        throw .value(name, expects: "a value between 0 and \(Self.announcementMax)")
      }
      return UInt64(found)
    }
    let pace = Announcement.Pace(
      initialMillis: try number("initial"), maxMillis: try number("max"),
      rounds: try number("rounds"), stepMillis: try number("step"))
    let wanted = arguments["interfaces"]?.elements?.compactMap(\.text)
    let names = try present().nics.map(\.id).filter { name in
      wanted.map { $0.contains(name) } ?? true
    }
    announcements.removeAll { $0.isDone }
    if announcements.count >= Self.announcementsMax { announcements.removeFirst() }
    let announcement = Announcement(loop, pace) { [weak self] in
      for name in names { try? self?.nic(.text(name)).device.announce() }
    }
    announcements.append(announcement)
  }
}

/// Tells the network several times where a guest is, at growing distances, as QEMU does.
final class Announcement: Watcher {
  struct Pace: Sendable {
    var initialMillis: UInt64
    var maxMillis: UInt64
    var rounds: UInt64
    var stepMillis: UInt64
  }

  private let pace: Pace
  private let tell: () -> Void
  private var done: UInt64 = 0
  private var timer: Timer?

  /// Begins at once.
  init(_ loop: any Loop, _ pace: Pace, tell: @escaping () -> Void) {
    (self.pace, self.tell) = (pace, tell)
    timer = Timer(loop, calling: self)
    goOn()
  }

  var isDone: Bool { done >= pace.rounds }

  /// The loop calls when the next one is due.
  func ready(_ what: Ready, watch: Int) { goOn() }

  private func goOn() {
    guard !isDone else { return }
    tell()
    done += 1
    guard !isDone else {
      timer = nil
      return
    }
    let millis = min(pace.initialMillis + pace.stepMillis * (done - 1), pace.maxMillis)
    timer?.arm(after: millis * 1_000_000)
  }
}

@available(*, unavailable)
extension Announcement: Sendable {}
