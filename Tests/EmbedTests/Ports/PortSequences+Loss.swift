import BatonLab
import BatonTesting
import CBaton

/// Interfaces that are deleted under their ports.
extension PortSequences {
  /// Somebody deletes an interface, and its port tells of it.
  mutating func deleteInterface(_ choices: Choices) throws {
    let number = choices.below(Self.networkCount, "network")
    guard let server = server(of: number), ports[server]?.interface == .there else { return }
    // Where no frames are read it takes up to a second to be told of.
    let isRead = ports[server]?.state == .serving && networks[number].holder != nil
    guard isRead || choices.chance(oneIn: 16, "where nothing is read") else { return }
    choices.sometimes("an interface goes under a guest", isRead)
    choices.sometimes("an interface goes where nothing is read", !isRead)
    try deleteInterface(of: number)
    try awaitLoss(of: number)
  }

  /// Deletes it, of which nobody has heard then.
  mutating func deleteInterface(of network: Int) throws {
    try Interface.delete(networks[network].tap)
    // Who holds it for another one never hears of it.
    for (number, port) in ports where port.network == network {
      if port.isServed || port.state == .stranded { ports[number]?.interface = .deleted }
    }
  }

  /// Turns until who serves a network has told that its interface was deleted, if it was.
  mutating func awaitLoss(of network: Int) throws {
    guard let server = server(of: network), let port = ports[server], port.interface == .deleted
    else { return }
    try turn("the loss of \(networks[network].tap)") { port.told.lostCount > 0 }
    ports[server]?.interface = .lost
  }

  /// Whether a port that was left on its way holds a TAP.
  func isTapHeld(_ network: Int) -> Bool {
    ports.values.contains {
      $0.network == network && $0.state == .stranded && $0.interface == .there
    }
  }

  /// Another port takes the name of an interface that was deleted, and leaves it again.
  mutating func takeName(_ choices: Choices) throws {
    let number = choices.below(Self.networkCount, "network")
    guard let server = server(of: number), let lost = ports[server], lost.interface == .lost
    else { return }
    choices.sometimes("another port takes the name of a lost interface")
    let (network, told, loop) = (networks[number], PortTold(), choices.below(2, "loop"))
    var (port, name): (OpaquePointer?, [CChar]) = (nil, [CChar](repeating: 7, count: 16))
    told.calledPath = network.calledPath
    let wish = PortWish(meeting: .calls, queues: lost.wish.queues)
    // There may be a VMM in its place by then that knows nothing of it: nobody listens now.
    try expect(ask(wish, network, loop, told, false, false, &port), 0, "take a lost name")
    try expect(baton_port_interface(port, &name), 0, "its interface")
    try expect(baton_port_interface(lost.handle, &name), -1, "that of the lost one")
    guard network.hasTap else { throw Wrong(what: "no interface of the name") }
    try expect(baton_port_destroy(port), 0, "destroy it")
    guard told.wrong.isEmpty else { throw Wrong(what: "\(told.wrong)") }
  }

  /// A port that has lost its interface is opened anew.
  mutating func reopen(_ choices: Choices) throws {
    let number = choices.below(Self.networkCount, "network")
    guard let server = server(of: number), let port = ports[server] else { return }
    var why = Calls.refusal()
    guard port.interface == .lost else {
      return try expect(baton_port_reopen(port.handle, &why), -1, "reopen what is there")
    }
    choices.sometimes("a lost port is opened anew")
    try expect(baton_port_reopen(port.handle, &why), 0, "reopen: \(Calls.text(why))")
    port.told.lostCount = 0
    ports[server]?.interface = .there
    // It is a TAP of its own now, whoever's the last one was.
    if port.wish.script != .none { ports[server]?.isOwed = true }
  }

  static var lossMarks: [String] {
    [
      "an interface goes under a guest", "an interface goes where nothing is read",
      "an interface goes in the pause", "an interface goes in the pause, unheard",
      "a port without an interface is refused", "a lost port is opened anew",
      "another port takes the name of a lost interface",
    ]
  }
}
