import BatonCore
import BatonLab
import BatonTesting
import CBaton
import Foundation

/// Ports of the C interface in any order of calls, on two loops that hand them to each other, under
/// front-ends that come and go; beside a model that says what each call has to answer.
///
/// There are a few networks, each a name, a socket's path and a TAP; a network is served by one
/// port at most, wherever it was handed to.
struct PortSequences: StateTest {
  /// What the model knows of a port.
  struct Port {
    enum State {
      /// Waits for a migration.
      case vacant
      case serving
      /// The target's side was: the port holds what was lent to it until it is closed.
      case stranded
      /// Its network is another port's.
      case moved
      case closed
    }

    /// What has become of its interface.
    enum InterfaceState {
      case there
      /// It was deleted, and the port has not told so.
      case deleted
      case lost
    }

    let handle: OpaquePointer
    let loop: Int
    let network: Int
    let wish: PortWish
    let told: PortTold
    let hasList: Bool
    var state: State
    var cameFromElsewhere = false
    var interface = InterfaceState.there
    /// Whether a down script is to run before it goes.
    var isOwed = false
    /// Whether a VMM was reached that it has called.
    var hasReached = false
    /// How often it may have told that nobody was there.
    var unreachedMax = 0
  }

  /// A migration that is left standing.
  struct Standing {
    let handle: OpaquePointer
    let isOutgoing: Bool
    let ports: [Int]
  }

  static let networkCount = 2
  static var name: String { "PortSequences" }

  let folder: String
  let lab = Lab()
  let loops: [OpaquePointer]
  /// Of each loop, the list that some of its ports hear.
  let lists: [OpaquePointer]
  let traces: [OpaquePointer]
  /// For migrations that nobody begins.
  let idle = MoveTold()
  let idleCalls = Calls()
  var networks: [PortNetwork]
  var ports: [Int: Port] = [:]
  var standing: [Int: Standing] = [:]
  var dead: [OpaquePointer] = []
  /// What the down scripts have noted.
  var notes: [String] = []
  var next = 0
  var isOver = false

  struct Wrong: Error { let what: String }

  init(_ choices: Choices) throws {
    folder = try Lab.makeFolder()
    var (loops, lists, traces): ([OpaquePointer], [OpaquePointer], [OpaquePointer]) = ([], [], [])
    for _ in 0..<2 {
      var (loop, list, trace): (OpaquePointer?, OpaquePointer?, OpaquePointer?)
      guard baton_loop_create(&loop, nil) == 0, let loop,
        baton_trace_create(loop, 16, nil, nil, &trace) == 0, let trace,
        baton_notifiers_create(loop, trace, &list) == 0, let list
      else { throw Wrong(what: "no loop") }
      loops.append(loop)
      lists.append(list)
      traces.append(trace)
    }
    (self.loops, self.lists, self.traces) = (loops, lists, traces)
    networks = []
    for number in 0..<Self.networkCount { networks.append(PortNetwork(number, in: folder)) }
  }

  var text: String {
    let all = ports.sorted { $0.key < $1.key }
      .map {
        "\($0.key) \($0.value.network) \($0.value.state) \($0.value.interface)"
          + ($0.value.isOwed ? " owes" : "")
      }
    let held = standing.sorted { $0.key < $1.key }.map { "\($0.key) moves \($0.value.ports)" }
    let guests = networks.map { "\($0.fronts.map { $0 != nil }) \($0.holder ?? -1)" }
    return (all + held + guests).joined(separator: ", ")
  }

  func expect(_ answer: CInt, _ wanted: CInt, _ what: String) throws {
    guard answer == wanted else { throw Wrong(what: "\(what): \(answer) and not \(wanted)") }
  }

  /// Whether a migration uses it.
  func isUsed(_ number: Int) -> Bool { standing.values.contains { $0.ports.contains(number) } }

  /// Whether a port holds what is another's.
  func isHeld(_ network: Int) -> Bool {
    ports.values.contains { $0.network == network && $0.state == .stranded }
  }

  /// Who serves a network.
  func server(of network: Int) -> Int? {
    ports.first { $0.value.network == network && $0.value.isServed }?.key
  }

  func some(_ choices: Choices) -> Int? {
    ports.keys.sorted().nonEmpty.map { choices.pick($0, "port") }
  }

  /// Turns all loops until this holds.
  func turn(_ what: String, until isDone: () -> Bool) throws {
    let deadline = Date(timeIntervalSinceNow: 20)
    while !isDone() {
      guard Date() < deadline else { throw Wrong(what: "\(what) did not come") }
      var isBusy = false
      for loop in loops where baton_loop_turn(loop, 0) != 0 { isBusy = true }
      if !isBusy { lab.pass(millis: 1) }
    }
  }

  static var commands: [Command<Self>] {
    [
      .init("create", weight: 6) { try $0.create($1) },
      .init("close", weight: 2) { world, choices in
        if let number = world.some(choices) { try world.close(number, choices) }
      },
      .init("destroy", weight: 2) { world, choices in
        if let number = world.some(choices) { try world.destroy(number, choices) }
      },
      .init("connect") { try $0.connect($1) },
      .init("start a guest") { try $0.startGuest($1) },
      .init("hang up", weight: 2) { try $0.hangUp($1) },
      .init("a VMM listens", weight: 2) { try $0.listen($1) },
      .init("delete an interface", weight: 2) { try $0.deleteInterface($1) },
      .init("reopen", weight: 1) { try $0.reopen($1) },
      .init("take a lost name", weight: 1) { try $0.takeName($1) },
      .init("hand over", weight: 10) { try $0.handOver($1) },
      .init("leave a migration standing", weight: 1) { try $0.leaveStanding($1) },
      .init("destroy a migration", weight: 1) { try $0.destroyStanding($1) },
      .init("misuse", weight: 2) { world, _ in try world.misuse() },
      .init("from another thread", weight: 1) { try $0.callFromElsewhere($1) },
    ]
  }

  static var invariants: [Invariant<Self>] {
    [
      .init("every function answers what the model says") { world in
        for number in world.ports.keys.sorted() { try world.compare(number) }
        try world.compareNetworks()
        try world.compareNotes()
        return true
      }
    ]
  }

  static var marks: [String] {
    [
      "a port is handed over", "a guest goes with it", "a port comes back", "a target differs",
      "a migration is cancelled", "a source is destroyed on its way",
      "a target is destroyed on its way", "a third VMM is turned away",
      "a VMM comes in the pause", "another migration fails meanwhile",
      "a port is given back",
    ] + lossMarks + callMarks + scriptMarks
  }

  static var goal: Invariant<Self>? { Invariant("nothing is left") { $0.isOver } }

  /// Destroys everything in an order that is allowed.
  mutating func heal(_ choices: Choices) throws -> Bool {
    if isOver { return false }
    for number in standing.keys.sorted() { try destroyStanding(number) }
    for number in ports.keys.sorted() {
      let (list, trace) = (lists[ports[number]?.loop ?? 0], traces[ports[number]?.loop ?? 0])
      if ports[number]?.hasList == true {
        try expect(baton_notifiers_destroy(list), -2, "destroy a list that a port hears")
        try expect(baton_trace_destroy(trace), -2, "destroy a trace that a port writes to")
      }
      if ports[number]?.isOwed == true { try close(number, choices) }
      try destroy(number, choices)
    }
    try compareNetworks()
    try compareNotes()
    for place in 0..<2 {
      try expect(baton_notifiers_destroy(lists[place]), 0, "destroy a list")
      try expect(baton_trace_destroy(traces[place]), 0, "destroy a trace")
      try expect(baton_loop_destroy(loops[place]), 0, "destroy a loop")
    }
    for number in networks.indices { networks[number].forgetFile() }
    try FileManager.default.removeItem(atPath: folder)
    isOver = true
    return true
  }
}

extension PortSequences.Port {
  /// Whether the network is this port's.
  var isServed: Bool { state == .serving }

  /// A port that calls may tell once more that nobody is there.
  mutating func noteUnreached(isAgain: Bool) {
    if wish.meeting == .calls, isAgain { unreachedMax = told.unreachedCount + 1 }
  }
}
