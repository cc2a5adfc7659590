import BatonCore
import BatonLab
import BatonTesting
import CBaton
import Foundation
import Glibc
import Synchronization

/// What may be done with a port, and with its network.
extension PortSequences {
  mutating func create(_ choices: Choices) throws {
    let (loop, number) = (choices.below(2, "loop"), choices.below(Self.networkCount, "network"))
    let isIncoming = choices.chance(oneIn: 2, "incoming")
    let wish = Self.wish(choices, isIncoming: isIncoming)
    let isTaken = server(of: number) != nil || isHeld(number)
    // What holds a TAP that is gone is in the way of some ports, and not of others.
    if !isIncoming, isTaken, !isTapTaken(number) { return }
    // Two sockets cannot stand at one path, and no second one is made for it here.
    try make(
      isTaken && wish.meeting == .listener ? PortWish(meeting: .path, queues: 1) : wish,
      number, loop, isIncoming: isIncoming, hasList: choices.chance(oneIn: 3, "a list"), choices)
  }

  /// A target for what a port of this wish has.
  mutating func makeTarget(for source: Port, on loop: Int, _ choices: Choices) throws {
    var wish = source.wish
    if source.isOwed, wish.script == .none { wish.script = .works }
    try make(
      wish, source.network, loop, isIncoming: true, hasList: source.hasList, choices)
  }

  private mutating func make(
    _ wishes: PortWish, _ number: Int, _ loop: Int, isIncoming: Bool, hasList: Bool,
    _ choices: Choices
  ) throws {
    let (told, network) = (PortTold(), networks[number])
    let isTaken = server(of: number) != nil || isHeld(number)
    if wishes.script != .none { told.script = try makeScript(wishes, for: next) }
    told.calledPath = network.calledPath
    if wishes.meeting == .calls, !isIncoming, !isTaken, choices.chance(oneIn: 2, "listens") {
      networks[number].listening = try ListeningVMM(at: network.calledPath)
    }
    var port: OpaquePointer?
    let answer = try ask(wishes, network, loop, told, isIncoming, hasList, &port)
    try expect(answer, isIncoming || !isTaken ? 0 : -1, "create a port of \(wishes)")
    guard answer == 0, let port else {
      guard port == nil else { throw Wrong(what: "a handle of a port that was refused") }
      // Nobody listens for a port that calls: a file that was left there was replaced, and went
      // when the TAP was refused.
      let calls = ports.values.contains {
        $0.network == number && ($0.isServed || $0.state == .stranded) && $0.wish.meeting == .calls
      }
      if calls, wishes.meeting == .path { networks[number].hasFile = false }
      return
    }
    told.port = port
    ports[next] = Port(
      handle: port, loop: loop, network: number, wish: wishes, told: told, hasList: hasList,
      state: isIncoming ? .vacant : .serving, isOwed: !isIncoming && wishes.script != .none)
    if !isIncoming, wishes.meeting != .calls { networks[number].hasFile = true }
    try meetCalled(next, choices)
    next += 1
  }

  private static func wish(_ choices: Choices, isIncoming: Bool) -> PortWish {
    // A target with a script takes over a port that owes none, too.
    let scripts: [PortWish.Script] =
      isIncoming ? [.none, .works, .works, .fails] : [.none, .none, .none, .works, .fails]
    return PortWish(
      meeting: choices.pick(
        [.path, .path, .path, .path, .path, .calls, .calls, .listener], "meeting"),
      queues: choices.chance(oneIn: 8, "two queues") ? 2 : 1,
      script: choices.pick(scripts, "script"))
  }

  /// Whether no other port may open this network's TAP.
  private func isTapTaken(_ network: Int) -> Bool {
    isTapHeld(network) || server(of: network).map { ports[$0]?.interface == .there } ?? false
  }

  /// Calls the function itself.
  func ask(
    _ wish: PortWish, _ network: PortNetwork, _ loop: Int, _ told: PortTold, _ isIncoming: Bool,
    _ hasList: Bool, _ port: inout OpaquePointer?
  ) throws -> CInt {
    var (options, calls) = (baton_port_options(), PortTold.calls)
    options.size = UInt32(MemoryLayout<baton_port_options>.size)
    var netdev = "tap,id=\(network.name),ifname=\(network.tap),queues=\(wish.queues)"
    netdev += ",script=no,downscript=\(told.script)"
    let words: [String] = [network.path, network.calledPath, network.tap, netdev]
    let texts = words.map { strdup($0) }
    defer { for text in texts { free(text) } }
    if wish.script == .none {
      options.queues = wish.queues
      options.interface_name = UnsafePointer(texts[2])
    } else {
      options.netdev = UnsafePointer(texts[3])
    }
    switch wish.meeting {
    case .path: options.path = UnsafePointer(texts[0])
    case .calls: options.calls.0 = UnsafePointer(texts[1])
    case .listener where isIncoming: options.listener = -1
    case .listener:
      guard let place = SocketPath(network.path) else { throw Wrong(what: "no path") }
      options.listener = try Kernel().listen(path: place, backlog: 16)
    }
    defer { if options.listener > 0 { Glibc.close(options.listener) } }
    return baton_port_create(
      loops[loop], network.name, &options, isIncoming ? 1 : 0, hasList ? lists[loop] : nil,
      hasList ? traces[loop] : nil, &calls, told.context, &port, nil)
  }

  /// The network of a port is nobody's any more.
  private mutating func end(_ number: Int) {
    guard let port = ports[number], port.isServed else { return }
    networks[port.network].leave()
    if port.wish.meeting == .path { networks[port.network].hasFile = false }
  }

  mutating func close(_ number: Int, _ choices: Choices) throws {
    guard let port = ports[number] else { return }
    let wanted: CInt = isUsed(number) ? -2 : 0
    try expect(baton_port_close(port.handle), wanted, "close a port that is \(port.state)")
    guard wanted == 0 else { return }
    if port.isOwed { try lower(number, choices) }
    end(number)
    ports[number]?.state = .closed
    try expect(baton_port_close(port.handle), 0, "close it twice")
  }

  mutating func destroy(_ number: Int, _ choices: Choices) throws {
    guard let port = ports[number] else { return }
    let wanted: CInt = isUsed(number) || port.isOwed ? -2 : 0
    let answer =
      choices.chance(oneIn: 2, "as a device")
      ? baton_device_destroy(baton_port_device(port.handle)) : baton_port_destroy(port.handle)
    try expect(answer, wanted, "destroy a port that is \(port.state)")
    guard wanted == 0 else { return }
    end(number)
    ports[number] = nil
    dead.append(port.handle)
    port.told.port = nil
  }

  /// A VMM connects; the third one is turned away.
  mutating func connect(_ choices: Choices) throws {
    let network = choices.below(Self.networkCount, "network")
    guard let number = server(of: network), let port = ports[number], port.state == .serving else {
      return
    }
    if networks[network].frontCount < 2 { return try connect(port) }
    choices.sometimes("a third VMM is turned away")
    let (front, before) = (try front(port), port.told.turnedAwayCount)
    try turn("the refusal") { port.told.turnedAwayCount > before && front.isGone }
  }

  /// A VMM connects where there is room, and nothing is waited for.
  mutating func connect(_ port: Port) throws {
    guard port.wish.meeting != .calls,
      let place = networks[port.network].fronts.firstIndex(where: { $0 == nil })
    else { return }
    networks[port.network].fronts[place] = try front(port)
  }

  private func front(_ port: Port) throws -> FrontEnd {
    guard let path = SocketPath(networks[port.network].path) else { throw Wrong(what: "no path") }
    let guest = try FrontEndGuest(ipv4: 0x0A00_0101, pairs: Int(port.wish.queues))
    return try FrontEnd(lab, guest, at: path)
  }

  /// A VMM that has not done so starts its guest, which waits while the other one's has the TAP.
  mutating func startGuest(_ choices: Choices) throws {
    let number = choices.below(Self.networkCount, "network")
    guard let server = server(of: number), let port = ports[server], port.state == .serving else {
      return
    }
    if networks[number].frontCount == 0 { try connect(port) }
    let network = networks[number]
    guard
      let place = (0..<2).first(where: { network.fronts[$0] != nil && !network.isStarted[$0] }),
      let front = network.fronts[place]
    else { return }
    let pairs = port.wish.queues
    try front.say(.setProtocolFeatures, numbers: [pairs > 1 ? 1 : 0])
    for ring in 0..<2 * Int(pairs) { try front.enable(ring) }
    try front.start()
    networks[number].isStarted[place] = true
    if networks[number].holder == nil { networks[number].holder = place }
  }

  /// A VMM leaves, by itself or for what it says.
  mutating func hangUp(_ choices: Choices) throws {
    let number = choices.below(Self.networkCount, "network")
    guard let server = server(of: number), ports[server]?.state == .serving else { return }
    // Who is sent away does not see it while another port holds the connection, too.
    defer { ports[server]?.noteUnreached(isAgain: networks[number].frontCount == 0) }
    if isHeld(number) || choices.chance(oneIn: 2, "hangs up") { return hangUp(number, choices) }
    guard let place = someFront(of: number, choices), let liar = networks[number].fronts[place]
    else { return }
    try liar.send([99, 0, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0])
    try turn("its end") { liar.isGone }
    networks[number].leave(place)
  }

  private func someFront(of network: Int, _ choices: Choices) -> Int? {
    let fronts = networks[network].fronts
    return fronts.indices.filter { fronts[$0] != nil }.nonEmpty.map { choices.pick($0, "place") }
  }

  /// A VMM hangs up, and nothing is waited for.
  mutating func hangUp(_ network: Int, _ choices: Choices) {
    guard let place = someFront(of: network, choices) else { return }
    networks[network].fronts[place]?.close()
    networks[network].leave(place)
  }

  // MARK: What has to hold

  /// Every function that asks a port.
  func compare(_ number: Int) throws {
    guard let port = ports[number] else { return }
    let what = "a port that is \(port.state)"
    guard baton_port_device(port.handle) == port.handle else {
      throw Wrong(what: "device, \(what)")
    }
    try expect(
      baton_port_is_closed(port.handle), port.state == .closed ? 1 : 0, "is closed, \(what)")
    guard (baton_port_blackout(port.handle) > 0) == port.cameFromElsewhere else {
      throw Wrong(what: "a blackout of \(baton_port_blackout(port.handle)), \(what)")
    }
    var name = [CChar](repeating: 7, count: 16)
    try expect(baton_port_interface(port.handle, nil), -2, "no place for a name, \(what)")
    guard port.state != .stranded else { return }
    let hasTap = port.isServed && port.interface == .there
    try expect(baton_port_interface(port.handle, &name), hasTap ? 0 : -1, "its TAP, \(what)")
    if hasTap, name != networks[port.network].tap.utf8CString.padded(to: name) {
      throw Wrong(what: "the name \(name)")
    }
    try compareTold(port)
    // What VMMs have done is heard in the rounds that follow.
    let wanted = port.state == .serving ? networks[port.network].frontCount : 0
    try turn("\(wanted) front-ends at \(what), and not \(baton_port_front_ends(port.handle))") {
      Int(baton_port_front_ends(port.handle)) == wanted
    }
    guard port.state == .serving else { return }
    let holder = networks[port.network].holder ?? -1
    try turn("that \(holder) is served, and not \(port.told.served)") {
      port.told.served == holder
    }
  }

  /// What callbacks were called for.
  private func compareTold(_ port: Port) throws {
    let told = port.told
    guard told.wrong.isEmpty else { throw Wrong(what: "\(told.wrong)") }
    guard told.lostCount == (port.interface == .lost ? 1 : 0) else {
      throw Wrong(what: "lost \(told.lostCount) times")
    }
    guard told.unreachedCount <= port.unreachedMax else {
      throw Wrong(what: "unreached \(told.unreachedCount) times, \(port.unreachedMax) at most")
    }
  }

  /// What the kernel says of TAPs and sockets: nothing is left, and nothing is missing.
  func compareNetworks() throws {
    for network in networks {
      let server = server(of: network.number).flatMap { ports[$0] }
      let isServed = server?.interface == .there
      // A program that another test of this process starts has it, too, until it is another one.
      try turn("that \(network.tap) is \(isServed ? "there" : "gone")") {
        network.hasTap == isServed || isTapHeld(network.number)
      }
      guard network.isThere == network.hasFile else {
        throw Wrong(what: "\(network.path) is there: \(network.isThere)")
      }
      for case let front? in network.fronts where front.isGone {
        throw Wrong(what: "a VMM was sent away")
      }
    }
  }

  // MARK: What must not be

  private static let functions: [(String, @Sendable (OpaquePointer?) -> Bool)] = [
    ("close", { baton_port_close($0) == -2 }),
    ("destroy", { baton_port_destroy($0) == -2 }),
    ("is_closed", { baton_port_is_closed($0) == -2 }),
    ("device", { baton_port_device($0) == nil }),
    ("front_ends", { baton_port_front_ends($0) == 0 }),
    ("blackout", { baton_port_blackout($0) == 0 }),
    (
      "interface",
      {
        var name = [CChar](repeating: 7, count: 16)
        return baton_port_interface($0, &name) == -2 && name.allSatisfy { $0 == 7 }
      }
    ),
  ]

  /// NULL, a handle that was destroyed, and one of another kind.
  func misuse() throws {
    let strangers: [OpaquePointer?] =
      [nil, loops[0], lists[1], traces[0]] + dead.suffix(40) + standing.values.map(\.handle)
    for (name, isRefused) in Self.functions {
      guard strangers.allSatisfy(isRefused) else { throw Wrong(what: "\(name) of a stranger") }
    }
    var (options, port) = (baton_port_options(), OpaquePointer?.none)
    for stranger in [nil, lists[0]] + dead.suffix(10) {
      options.size = UInt32(MemoryLayout<baton_port_options>.size)
      options.listener = -1
      try expect(
        baton_port_create(stranger, "a", &options, 1, nil, nil, nil, nil, &port, nil), -2, "create")
    }
    try expect(
      baton_port_create(loops[0], nil, &options, 1, nil, nil, nil, nil, &port, nil), -2, "no name")
    try expect(
      baton_port_create(loops[0], "a", &options, 1, lists[1], nil, nil, nil, &port, nil), -2,
      "a list of another loop")
    try expect(
      baton_port_create(loops[0], "a", &options, 1, nil, traces[1], nil, nil, &port, nil), -2,
      "a trace of another loop")
    guard port == nil else { throw Wrong(what: "a handle from a mistake") }
  }

  /// Another thread may do nothing with a port.
  func callFromElsewhere(_ choices: Choices) throws {
    guard let number = some(choices), let port = ports[number] else { return }
    let (address, done) = (UInt(bitPattern: port.handle), DispatchSemaphore(value: 0))
    let answers = PortAnswers()
    Thread {
      for (name, isRefused) in Self.functions where !isRefused(OpaquePointer(bitPattern: address)) {
        answers.names.withLock { $0.append(name) }
      }
      done.signal()
    }.start()
    guard done.wait(timeout: .now() + 20) == .success else { throw Wrong(what: "a thread hangs") }
    let wrong = answers.names.withLock { $0 }
    guard wrong.isEmpty else { throw Wrong(what: "on another thread: \(wrong)") }
  }
}

/// Which functions another thread was answered by; it writes before it signals.
private final class PortAnswers: Sendable {
  let names = Mutex<[String]>([])
}

extension ContiguousArray<CChar> {
  /// The text as the interface writes it: what lies behind the NUL is as it was.
  fileprivate func padded(to former: [CChar]) -> [CChar] { Array(self) + former.dropFirst(count) }
}
