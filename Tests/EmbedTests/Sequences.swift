import BatonTesting
import CBaton
import Foundation

/// Calls of the C interface in any order, beside a model that says what each has to answer.
struct Sequences: StateTest {
  enum Kind: CaseIterable {
    case watch, timer, mailbox, trace, notifiers, guest, net, port, device, source, chart, machine
  }

  /// What the model knows of a handle.
  struct Object {
    let kind: Kind
    let handle: OpaquePointer
    var uses: [Int] = []
    var hasMemory = false
    var attachedTo: Int?
    var isBegun = false
    var notifiers: Int?
  }

  let calls = Calls()
  let log = Log()
  let loop: OpaquePointer
  var alive: [Int: Object] = [:]
  var dead: [Object] = []
  var next = 0
  var isOver = false

  struct Wrong: Error { let what: String }

  init(_ choices: Choices) throws {
    var made: OpaquePointer?
    guard baton_loop_create(&made, nil) == 0, let made else { throw Wrong(what: "no loop") }
    loop = made
  }

  static var name: String { "Sequences" }

  var text: String {
    alive.sorted { $0.key < $1.key }.map { "\($0.key) \($0.value.kind) \($0.value.uses)" }
      .joined(separator: ", ")
  }

  func expect(_ answer: CInt, _ wanted: CInt, _ what: String) throws {
    guard answer == wanted else { throw Wrong(what: "\(what): \(answer) and not \(wanted)") }
  }

  /// How many others use it.
  func users(_ number: Int) -> Int { alive.values.count { $0.uses.contains(number) } }

  func isAttached(_ guest: Int) -> Bool { alive.values.contains { $0.attachedTo == guest } }

  func all(_ kind: Kind) -> [Int] { alive.filter { $0.value.kind == kind }.keys.sorted() }

  /// One of a kind, or none.
  func some(_ kind: Kind, _ choices: Choices) -> Int? {
    let all = all(kind)
    return all.isEmpty || choices.chance(oneIn: 3, "none") ? nil : choices.pick(all, "some")
  }

  mutating func add(_ kind: Kind, _ handle: OpaquePointer?, uses: [Int] = []) throws -> Int {
    guard let handle else { throw Wrong(what: "no handle for a \(kind)") }
    alive[next] = Object(kind: kind, handle: handle, uses: uses)
    next += 1
    return next - 1
  }

  /// Whether it may be destroyed.
  func isFree(_ number: Int) -> Bool { users(number) == 0 && !isAttached(number) }

  mutating func destroy(_ number: Int) throws {
    guard let object = alive[number] else { return }
    try expect(
      Self.destroy(object.kind, object.handle), isFree(number) ? 0 : -2, "destroy \(object.kind)")
    guard isFree(number) else { return }
    alive[number] = nil
    dead.append(object)
  }

  static func destroy(_ kind: Kind, _ handle: OpaquePointer?) -> CInt {
    switch kind {
    case .watch: baton_watch_destroy(handle)
    case .timer: baton_timer_destroy(handle)
    case .mailbox: baton_mailbox_destroy(handle)
    case .trace: baton_trace_destroy(handle)
    case .notifiers: baton_notifiers_destroy(handle)
    case .guest: baton_guest_destroy(handle)
    case .net: baton_net_destroy(handle)
    case .port: baton_port_destroy(handle)
    case .device: baton_device_destroy(handle)
    case .source: baton_outgoing_destroy(handle)
    case .chart: baton_chart_destroy(handle)
    case .machine: baton_machine_destroy(handle)
    }
  }

  static var goal: Invariant<Self>? { Invariant("nothing is left") { $0.isOver } }

  /// Destroys what nobody uses, until nothing is left, and the loop behind it.
  mutating func heal(_ choices: Choices) throws -> Bool {
    if isOver { return false }
    while !alive.isEmpty {
      let free = alive.keys.sorted().filter(isFree)
      guard let first = free.first else { throw Wrong(what: "a circle of users") }
      try expect(baton_loop_destroy(loop), -2, "destroy a loop with something on it")
      try destroy(first)
    }
    try expect(baton_loop_destroy(loop), 0, "destroy the loop")
    try expect(baton_loop_destroy(loop), -2, "destroy the loop twice")
    isOver = true
    return true
  }
}

/// Makes, and uses.
extension Sequences {
  static var commands: [Command<Self>] {
    [
      .init("make") { world, choices in
        try world.make(choices.pick(Kind.allCases, "kind"), choices)
      },
      .init("destroy") { world, choices in
        if let number = world.alive.keys.sorted().nonEmpty.map({ choices.pick($0, "which") }) {
          try world.destroy(number)
        }
      },
      .init("use") { world, choices in
        if let number = world.alive.keys.sorted().nonEmpty.map({ choices.pick($0, "which") }) {
          try world.use(number, choices)
        }
      },
      .init("misuse") { world, choices in try world.misuse(choices) },
      .init("turn") { world, choices in
        let answer = baton_loop_turn(world.loop, 0)
        guard answer == 0 || answer == 1 else { throw Wrong(what: "turn: \(answer)") }
      },
      .init("from another thread", weight: 1) { world, _ in try world.callFromElsewhere() },
    ]
  }

  mutating func make(_ kind: Kind, _ choices: Choices) throws {
    var made: OpaquePointer?
    var uses: [Int] = []
    switch kind {
    case .watch: try expect(baton_watch_create(loop, 0, 2, { _, _ in }, nil, &made), 0, "watch")
    case .timer: try expect(baton_timer_create(loop, { _ in }, nil, &made), 0, "timer")
    case .mailbox: try expect(baton_mailbox_create(loop, &made, nil), 0, "mailbox")
    case .trace: try expect(baton_trace_create(loop, 16, nil, nil, &made), 0, "trace")
    case .notifiers:
      let trace = some(.trace, choices)
      uses = [trace].compactMap { $0 }
      try expect(baton_notifiers_create(loop, handle(trace), &made), 0, "notifiers")
    case .guest:
      var layout = baton_region(guest_address: 0, byte_count: 65536)
      var given = Calls.guest
      try expect(
        baton_guest_create(loop, &layout, 1, &given, calls.context, &made, nil), 0, "guest")
    case .net: return try makeNet(choices)
    case .port: return try makePort(choices)
    case .device:
      var given = Calls.device
      try expect(
        baton_device_create(loop, "log0", "log", &given, calls.context, &made, nil), 0, "device")
    case .source: return try makeSource(choices)
    case .chart:
      let built = Blueprint.asker.build(on: loop)
      try expect(built.answer, 0, "chart")
      made = built.chart
    case .machine:
      guard let chart = some(.chart, choices) else { return }
      let trace = some(.trace, choices)
      uses = [chart, trace].compactMap { $0 }
      try expect(
        baton_machine_create(handle(chart), handle(trace), nil, log.context, &made), 0, "machine")
    }
    _ = try add(kind, made, uses: uses)
  }

  func handle(_ number: Int?) -> OpaquePointer? { number.flatMap { alive[$0]?.handle } }

  mutating func makeNet(_ choices: Choices) throws {
    let (trace, notifiers) = (some(.trace, choices), some(.notifiers, choices))
    var made: OpaquePointer?
    var options = Calls.options()
    try expect(
      baton_net_create(
        loop, "net0", &options, 1, handle(notifiers), handle(trace), nil, nil, &made, nil),
      0, "net")
    let number = try add(.net, made, uses: [trace, notifiers].compactMap { $0 })
    alive[number]?.notifiers = notifiers
  }

  /// One that waits; what ports do that serve is another test's.
  mutating func makePort(_ choices: Choices) throws {
    let (trace, notifiers) = (some(.trace, choices), some(.notifiers, choices))
    var (made, options): (OpaquePointer?, baton_port_options) = (nil, baton_port_options())
    options.size = UInt32(MemoryLayout<baton_port_options>.size)
    options.listener = -1
    try expect(
      baton_port_create(
        loop, "port0", &options, 1, handle(notifiers), handle(trace), nil, nil, &made, nil),
      0, "port")
    let number = try add(.port, made, uses: [trace, notifiers].compactMap { $0 })
    alive[number]?.notifiers = notifiers
  }

  mutating func makeSource(_ choices: Choices) throws {
    // A guest that is elsewhere is NULL.
    let guest = some(.guest, choices)
    let (trace, notifiers) = (some(.trace, choices), some(.notifiers, choices))
    let moved = (all(.net) + all(.port) + all(.device))
      .filter { _ in choices.chance(oneIn: 2, "moved") }
    let fits = moved.allSatisfy {
      (alive[$0]?.kind == .device || alive[$0]?.notifiers == notifiers)
        && (alive[$0]?.kind != .net || guest != nil)
    }
    var devices = moved.map { handle($0) }
    var made: OpaquePointer?
    var given = Calls.migration
    let answer = baton_outgoing_create(
      loop, handle(guest), &devices, devices.count, handle(notifiers), handle(trace), &given,
      calls.context, &made)
    try expect(answer, fits ? 0 : -2, "source")
    if fits {
      _ = try add(.source, made, uses: moved + [guest, trace, notifiers].compactMap { $0 })
    }
  }
}

extension Array {
  var nonEmpty: Self? { isEmpty ? nil : self }
}
