import BatonTesting
import CBaton
import Foundation

/// Ports from one loop to the other, or to others of the same one.
extension PortSequences {
  /// How a migration goes.
  private enum Course: CaseIterable {
    case through, paused, cancelled, sourceDestroyed, targetDestroyed, refusedThere
    /// Another device of the target's refuses when it is to take its part, and the ports go back.
    case givenBack
  }

  /// Ports of a loop, one of each network at most.
  private func pick(_ loop: Int, from all: [Int], _ choices: Choices) -> [Int] {
    (0..<Self.networkCount).compactMap { network in
      all.filter { ports[$0]?.network == network && ports[$0]?.loop == loop }.nonEmpty
        .flatMap { choices.chance(oneIn: 6, "left out") ? nil : choices.pick($0, "moved") }
    }
  }

  /// One side of a migration of these ports, with what its callback is told.
  private func side(
    _ isOutgoing: Bool, _ loop: Int, _ moved: [Int], hasList: Bool, _ told: MoveTold,
    with device: OpaquePointer? = nil
  ) throws -> OpaquePointer? {
    var (made, given): (OpaquePointer?, baton_migration_calls) = (nil, MoveTold.calls)
    var devices = moved.map { baton_port_device(ports[$0]?.handle) }
    if let device { devices.append(device) }
    let create = isOutgoing ? baton_outgoing_create : baton_incoming_create
    let answer = create(
      loops[loop], nil, &devices, devices.count, hasList ? lists[loop] : nil, nil, &given,
      told.context, &made)
    let fits = moved.allSatisfy { ports[$0]?.hasList == hasList }
    try expect(answer, fits ? 0 : -2, "a migration of ports with the list \(hasList)")
    told.ports = moved.compactMap { ports[$0]?.handle }
    return fits ? made : nil
  }

  /// What is given on one loop, and what takes it on the other or the same.
  private mutating func pickMoved(
    _ here: Int, _ there: Int, _ choices: Choices
  ) throws -> (given: [Int], taken: [Int]) {
    // Those that serve come first, so that something is moved more often than refused.
    func all() -> [Int] {
      ports.keys.sorted().filter {
        ports[$0]?.state != .stranded
      }
    }
    let given = pick(
      here, from: all().filter { choices.chance(oneIn: 6, "any") || isServing($0) }, choices)
    for case let source? in given.map({ ports[$0] }) {
      let isThere = all().contains {
        ports[$0]?.loop == there && ports[$0]?.network == source.network
          && ports[$0]?.state == .vacant
      }
      guard !isThere, choices.chance(oneIn: 2, "a target") else { continue }
      try makeTarget(for: source, on: there, choices)
    }
    let wanted = given.compactMap { ports[$0]?.network }
    let taken = pick(
      there,
      from: all().filter { number in
        ports[number]?.state == .vacant
          && (ports[number].map { wanted.contains($0.network) } == true
            || choices.chance(oneIn: 6, "not wanted"))
      }, choices)
    return (given, taken)
  }

  mutating func handOver(_ choices: Choices) throws {
    let (here, there) = (choices.below(2, "source"), choices.below(2, "target"))
    let (given, taken) = try pickMoved(here, there, choices)
    guard !given.isEmpty, !taken.isEmpty else { return }
    let lists = [given, taken].map { ports[$0[0]]?.hasList == true }
    let (source, target) = (MoveTold(), MoveTold())
    let course = choices.pick([.through, .through] + Course.allCases, "course")
    let others = try course == .givenBack ? [here, there].map(makeDevice) : []
    defer { for device in others { _ = baton_device_destroy(device) } }
    guard
      let outgoing = try side(
        true, here, given, hasList: lists[0], source, with: others.first ?? nil)
    else { return }
    guard
      let incoming = try side(
        false, there, taken, hasList: lists[1], target, with: others.last ?? nil)
    else { return try expect(baton_outgoing_destroy(outgoing), 0, "destroy a source") }
    let move = Move(
      outgoing: outgoing, incoming: incoming, given: given, taken: taken, course: course,
      source: source, target: target)
    try run(move, choices)
    guard source.wrong.isEmpty, target.wrong.isEmpty else {
      throw Wrong(what: "\(source.wrong) \(target.wrong)")
    }
  }

  /// A device that cannot be taken over.
  private func makeDevice(on loop: Int) throws -> OpaquePointer? {
    var (made, given): (OpaquePointer?, baton_device_calls) = (nil, Calls.device)
    given.take = { why, _ in
      _ = baton_refuse(why, 22, 0, 0, 0, 0)
      return 1
    }
    try expect(
      baton_device_create(loops[loop], "log0", "log", &given, idleCalls.context, &made, nil), 0,
      "another device")
    return made
  }

  private func isServing(_ number: Int) -> Bool { ports[number]?.state == .serving }

  private struct Move {
    let outgoing: OpaquePointer
    let incoming: OpaquePointer
    let given: [Int]
    let taken: [Int]
    let course: Course
    let source: MoveTold
    let target: MoveTold
  }

  /// Whether the target takes what the source has.
  private func fits(_ move: Move) -> Bool {
    let (given, taken) = (move.given.compactMap { ports[$0] }, move.taken.compactMap { ports[$0] })
    return given.count == taken.count
      && zip(given, taken).allSatisfy {
        $0.state == .serving && $1.state == .vacant && $0.network == $1.network
          && $0.interface != .lost && $1.wish.takes($0.wish, isOwed: $0.isOwed)
      }
  }

  /// Whether this side is at an end.
  private static func hasEnded(_ status: CInt) -> Bool { [3, 7, 8].contains(status) }

  private mutating func run(_ move: Move, _ choices: Choices) throws {
    let address = "unix:\(folder)/move"
    var parameters = Calls.parameters()
    try expect(baton_incoming_listen(move.incoming, address, &parameters, nil), 0, "listen")
    parameters.pauses = move.course == .through ? 0 : 1
    try expect(baton_outgoing_migrate(move.outgoing, address, &parameters, nil), 0, "migrate")
    for number in move.given + move.taken {
      try expect(baton_port_close(ports[number]?.handle), -2, "close a port on its way")
      try expect(baton_port_destroy(ports[number]?.handle), -2, "destroy a port on its way")
    }
    try turn("an end, or a pause") {
      let status = baton_outgoing_status(move.outgoing)
      return Self.hasEnded(status) || status == 5
    }
    let isPaused = baton_outgoing_status(move.outgoing) == 5
    try expect(isPaused ? 1 : 0, move.course != .through && fits(move) ? 1 : 0, "a pause")
    if isPaused { try goOn(move, choices) } else { try end(move, choices) }
    for network in Set((move.given + move.taken).compactMap { ports[$0]?.network }).sorted() {
      try settle(network)
    }
  }

  /// What waited for the end of a migration.
  private mutating func settle(_ network: Int) throws {
    try awaitLoss(of: network)
    for number in ports.keys where ports[number]?.network == network {
      ports[number]?.noteUnreached(isAgain: networks[network].frontCount == 0)
    }
    try answerCall(network)
  }

  /// The source waits before the switch, and what VMMs of its ports do waits with it.
  private mutating func disturb(_ move: Move, _ choices: Choices) throws {
    for number in move.given {
      guard let port = ports[number] else { continue }
      switch choices.below(4, "in the pause") {
      case 1: try come(port, choices)
      case 0 where port.wish.meeting == .calls: try come(port, choices)
      case 2: hangUp(port.network, choices)
      case 3: try deleteInPause(port, choices)
      case _: break
      }
    }
    if choices.chance(oneIn: 2, "another") {
      choices.sometimes("another migration fails meanwhile")
      for number in move.taken.prefix(1) { try ports[number].map(failAnother) }
    }
  }

  private mutating func goOn(_ move: Move, _ choices: Choices) throws {
    try disturb(move, choices)
    switch move.course {
    case .through, .paused:
      try expect(baton_outgoing_proceed(move.outgoing, nil), 0, "proceed")
      try end(move, choices)
    case .cancelled:
      choices.sometimes("a migration is cancelled")
      try expect(baton_outgoing_cancel(move.outgoing), 0, "cancel")
      try end(move, choices, status: 3)
    case .givenBack:
      choices.sometimes("a port is given back")
      try expect(baton_outgoing_proceed(move.outgoing, nil), 0, "proceed")
      try end(move, choices, status: 8)
    case .refusedThere:
      try expect(baton_incoming_cancel(move.incoming, nil), 0, "cancel there")
      try end(move, choices, status: 8)
    case .targetDestroyed:
      choices.sometimes("a target is destroyed on its way")
      try expect(baton_incoming_destroy(move.incoming), 0, "destroy a target on its way")
      try turn("the source's end") { Self.hasEnded(baton_outgoing_status(move.outgoing)) }
      try expect(baton_outgoing_status(move.outgoing), 8, "the source's status")
      try expect(baton_outgoing_destroy(move.outgoing), 0, "destroy the source")
      for number in move.taken { strand(number) }
    case .sourceDestroyed:
      choices.sometimes("a source is destroyed on its way")
      try expect(baton_outgoing_destroy(move.outgoing), 0, "destroy a source on its way")
      try turn("the target's end") { Self.hasEnded(baton_incoming_status(move.incoming)) }
      try expect(baton_incoming_status(move.incoming), 8, "the target's status")
      try expect(baton_incoming_destroy(move.incoming), 0, "destroy the target")
    }
  }

  /// A target was destroyed on its way: what was lent to it may be gone by then.
  private mutating func strand(_ number: Int) {
    guard let network = ports[number]?.network else { return }
    let isThere = server(of: network).map { ports[$0]?.interface == .there } ?? false
    ports[number]?.state = .stranded
    ports[number]?.interface = isThere ? .there : .deleted
  }

  /// A VMM connects, or listens where it will be called.
  private mutating func come(_ port: Port, _ choices: Choices) throws {
    guard port.wish.meeting == .calls else {
      choices.sometimes("a VMM comes in the pause")
      return try connect(port)
    }
    let network = networks[port.network]
    guard network.frontCount == 0 else { return }
    choices.sometimes("a VMM listens in the pause")
    networks[port.network].listening = try ListeningVMM(at: network.calledPath)
  }

  /// Its interface is deleted, of which the port hears before the switch, or whoever has it then.
  private mutating func deleteInPause(_ port: Port, _ choices: Choices) throws {
    let isRead = networks[port.network].holder != nil
    guard isRead || choices.chance(oneIn: 5, "deleted") else { return }
    try deleteInterface(of: port.network)
    guard isRead, choices.chance(oneIn: 2, "heard of") else {
      return choices.sometimes("an interface goes in the pause, unheard")
    }
    choices.sometimes("an interface goes in the pause")
    try awaitLoss(of: port.network)
  }

  /// A migration of nothing that its target gives up: who hears of it is not to take it for his.
  private func failAnother(beside port: Port) throws {
    var (made, given): (OpaquePointer?, baton_migration_calls) = (nil, MoveTold.calls)
    let told = MoveTold()
    defer { withExtendedLifetime(told) {} }
    let answer = baton_incoming_create(
      loops[port.loop], nil, nil, 0, port.hasList ? lists[port.loop] : nil, nil, &given,
      told.context, &made)
    try expect(answer, 0, "another target")
    try expect(baton_incoming_listen(made, "unix:\(folder)/other", nil, nil), 0, "it listens")
    try expect(baton_incoming_cancel(made, nil), 0, "it gives up")
    try expect(baton_incoming_destroy(made), 0, "destroy it")
  }

  /// Both sides come to an end, and go.
  private mutating func end(
    _ move: Move, _ choices: Choices, status: CInt? = nil
  ) throws {
    try turn("both ends") {
      Self.hasEnded(baton_outgoing_status(move.outgoing))
        && Self.hasEnded(baton_incoming_status(move.incoming))
    }
    let isMoved = status == nil && fits(move)
    let answer = baton_outgoing_status(move.outgoing)
    try expect(answer, status ?? (isMoved ? 7 : 8), "the source's status")
    let isLost = move.given.contains { ports[$0]?.interface == .lost }
    choices.sometimes("a port without an interface is refused", status == nil && isLost)
    try expect(baton_incoming_destroy(move.incoming), 0, "destroy the target")
    try expect(baton_outgoing_destroy(move.outgoing), 0, "destroy the source")
    if status == nil, !isMoved { choices.sometimes("a target differs") }
    guard isMoved else { return }
    choices.sometimes("a port is handed over")
    for (from, to) in zip(move.given, move.taken) {
      guard let network = ports[from]?.network else { continue }
      choices.sometimes("a guest goes with it", networks[network].holder != nil)
      choices.sometimes("a port comes back", ports[from]?.cameFromElsewhere == true)
      let isCalled = ports[from]?.wish.meeting == .calls && networks[network].frontCount > 0
      choices.sometimes("a port goes with the VMM that it has called", isCalled)
      choices.sometimes("a port goes with its down script", ports[from]?.isOwed == true)
      carry(from, to)
    }
  }

  /// What was the source's is the target's.
  private mutating func carry(_ from: Int, _ to: Int) {
    guard let source = ports[from] else { return }
    ports[to]?.state = .serving
    ports[to]?.cameFromElsewhere = true
    ports[to]?.isOwed = source.isOwed
    ports[to]?.interface = source.interface
    ports[from]?.state = .moved
    ports[from]?.isOwed = false
    ports[from]?.interface = .there
  }

  // MARK: Migrations that nobody begins

  mutating func leaveStanding(_ choices: Choices) throws {
    let (loop, isOutgoing) = (choices.below(2, "loop"), choices.chance(oneIn: 2, "outgoing"))
    let moved = pick(loop, from: ports.keys.sorted(), choices)
    let hasList = choices.chance(oneIn: 2, "a list")
    guard let made = try side(isOutgoing, loop, moved, hasList: hasList, idle) else {
      return
    }
    standing[next] = Standing(handle: made, isOutgoing: isOutgoing, ports: moved)
    next += 1
  }

  mutating func destroyStanding(_ choices: Choices) throws {
    if let number = standing.keys.sorted().nonEmpty.map({ choices.pick($0, "which") }) {
      try destroyStanding(number)
    }
  }

  mutating func destroyStanding(_ number: Int) throws {
    guard let migration = standing[number] else { return }
    let destroy = migration.isOutgoing ? baton_outgoing_destroy : baton_incoming_destroy
    try expect(destroy(migration.handle), 0, "destroy a migration that nobody began")
    standing[number] = nil
  }
}

/// What a migration's callback finds wrong: ports do not go in it.
final class MoveTold {
  var ports: [OpaquePointer] = []
  var wrong: [String] = []

  var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

  static let calls: baton_migration_calls = {
    var calls = baton_migration_calls()
    calls.size = UInt32(MemoryLayout<baton_migration_calls>.size)
    calls.status = { status, context in
      let told = Unmanaged<MoveTold>.fromOpaque(context!).takeUnretainedValue()
      for port in told.ports {
        if baton_port_close(port) != -2 { told.wrong.append("closed at status \(status)") }
        if baton_port_destroy(port) != -2 { told.wrong.append("destroyed at status \(status)") }
      }
    }
    return calls
  }()
}
