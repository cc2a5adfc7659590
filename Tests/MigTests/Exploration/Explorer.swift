import BatonCore

@testable import BatonMig

/// Walks through every state that two charts, a channel and a word can reach together.
final class Explorer {
  /// What may go wrong.
  struct Faults: Sendable {
    enum Kind: CaseIterable {
      case sourceCrashes, targetCrashes, targetHangs, sourceCancels, targetCancels
      /// Devices, loads and notifiers that refuse.
      case refusals
    }

    private let kinds: Set<Kind>

    init(only kinds: Set<Kind> = Set(Kind.allCases)) { self.kinds = kinds }

    static let none = Faults(only: [])

    func has(_ kind: Kind) -> Bool { kinds.contains(kind) }
  }

  struct Edge {
    let label: StaticString
    let world: World
    /// A fault or a wish of the user: nobody may count on it.
    var isFault = false
  }

  /// A mistake that is made on purpose, to see it found.
  enum Mistake: CaseIterable, Sendable {
    /// The source takes the guest back although the target lives and owns it.
    case revokesTheTaken
    /// The source resumes and leaves the word as it is.
    case resumesUnrevoked
    /// The source leaves the guest with a target that died before it ran it.
    case forgetsTheDead
    /// The source resumes a target's guest once it has killed it, without waiting for its death.
    case trustsItsKill
    /// The source never kills.
    case neverKills
    /// The target takes the guest whatever the word says.
    case takesUnasked
    /// The target runs the guest without the last swap.
    case runsUnasked
    /// The target drops what it took when it cannot apply it.
    case neverGivesBack
  }

  let faults: Faults
  let mistake: Mistake?
  let sources: Book<OutgoingChart>
  let targets: Book<IncomingChart>
  private(set) var worlds: [World] = []
  private var numbers: [World: Int32] = [:]
  private var parents: [(world: Int32, label: StaticString)] = []
  /// The steps that are no faults, by their end.
  private var backward: [[Int32]] = []
  private var ends: [Int32] = []
  private(set) var stepCount = 0
  /// What does not hold, with the way that leads there.
  private(set) var violations: [String] = []
  /// The settled ends, by the states of both charts.
  private(set) var outcomes: Set<String> = []

  init(_ faults: Faults = Faults(), mistake: Mistake? = nil) {
    self.faults = faults
    self.mistake = mistake
    sources = Book(OutgoingChart.table) {
      var memory = $0
      memory.refusal = memory.refusal == nil ? nil : Refusal(.invalid)
      return memory
    }
    targets = Book(IncomingChart.table) {
      var memory = $0
      memory.refusal = memory.refusal == nil ? nil : Refusal(.invalid)
      return memory
    }
  }

  /// The world in which the target listens and `migrate` has just been asked for.
  func begin(pauses: Bool = false) throws {
    let source = OutgoingChart.Order(
      transport: .unix, transfersBackends: true, pausesBeforeSwitchover: pauses,
      patienceMillis: 1, userID: 0)
    let target = IncomingChart.Order(
      transport: .unix, transfersBackends: true, patienceMillis: 1, userID: 0)
    var sending = Machine(OutgoingChart.table, memory: .init())
    var listening = Machine(IncomingChart.table, memory: .init())
    var sent = Outbox<OutgoingChart>()
    var listened = Outbox<IncomingChart>()
    try sending.start(at: 0, into: &sent)
    try listening.start(at: 0, into: &listened)
    sent.reset()
    try sending.send(.migrate(source), at: 0, into: &sent)
    for event: IncomingChart.Event in [.listen(target), .prepared, .listening] {
      try listening.send(event, at: 0, into: &listened)
    }
    var world = World(
      source: .init(chart: sources.number(sending.snapshot)),
      target: .init(chart: targets.number(listening.snapshot)))
    world.source.flags.insert(.guest)
    world.target.flags.remove(.device)
    world.source.plan((0..<sent.count).map { [sent] in sent[$0] })
    _ = number(world, from: -1, label: "begin")
  }

  /// Breadth first; stops early when something does not hold.
  func run(limit: Int = 2_000_000) throws {
    var next = 0
    while next < worlds.count, worlds.count < limit, violations.isEmpty {
      let world = worlds[next]
      let edges = try successors(of: world, at: Int32(next))
      var isEnd = true
      for edge in edges {
        stepCount += 1
        let number = number(edge.world, from: Int32(next), label: edge.label)
        guard !edge.isFault else { continue }
        isEnd = false
        backward[Int(number)].append(Int32(next))
      }
      if isEnd {
        ends.append(Int32(next))
        judgeEnd(world, Int32(next))
      }
      next += 1
    }
    if violations.isEmpty { judgeProgress() }
  }

  private func successors(of world: World, at number: Int32) throws -> [Edge] {
    current = number
    var edges: [Edge] = []
    if world.source.flags.contains(.alive) { edges += try sourceSteps(world) }
    if world.target.flags.contains(.alive) { edges += try targetSteps(world) }
    return edges
  }

  private var current: Int32 = 0

  private func number(_ world: World, from parent: Int32, label: StaticString) -> Int32 {
    if let number = numbers[world] { return number }
    let number = Int32(worlds.count)
    worlds.append(world)
    numbers[world] = number
    parents.append((parent, label))
    backward.append([])
    if world.source.flags.contains(.guest) && world.target.flags.contains(.guest) {
      violate("the guest runs twice", at: number)
    }
    return number
  }

  /// Notes that something does not hold in the step that is being made.
  func require(_ holds: Bool, _ what: String) {
    if !holds { violate(what, at: current) }
  }

  private func violate(_ what: String, at number: Int32) {
    var way: [String] = []
    var world = number
    while world >= 0 {
      way.append("\(parents[Int(world)].label)")
      world = parents[Int(world)].world
    }
    violations.append(what + ": " + way.reversed().joined(separator: ", "))
  }

  /// From every world an end can be reached without a fault's or the user's help.
  private func judgeProgress() {
    var reaches = [Bool](repeating: false, count: worlds.count)
    var stack = ends
    for end in ends { reaches[Int(end)] = true }
    while let world = stack.popLast() {
      for before in backward[Int(world)] where !reaches[Int(before)] {
        reaches[Int(before)] = true
        stack.append(before)
      }
    }
    if let stuck = reaches.firstIndex(of: false) { violate("no way out", at: Int32(stuck)) }
  }

  /// Nobody takes a step any more: the guest runs once, unless it died with who owned it.
  private func judgeEnd(_ world: World, _ number: Int32) {
    let (source, target) = (world.source, world.target)
    let isTargetActive =
      target.flags.contains(.alive) && !target.flags.contains(.hung)
    let state = sources.state(source.chart)
    let other = targets.state(target.chart)
    outcomes.insert(
      "\(source.flags.contains(.alive) ? state.name : "dead") \(target.text(other.name))")
    if source.flags.contains(.alive) {
      let isOurs = [.cancelled, .failed].contains(state)
      if isOurs != source.flags.contains(.guest) { violate("the source's guest", at: number) }
      if !isOurs && (state != .completed || world.word != .running) {
        violate("the source ends in \(state.name)", at: number)
      }
      if source.flags.contains(.inTime) && state != .cancelled {
        violate("a cancel in time ends in \(state.name)", at: number)
      }
      if source.flags.contains(.open) { violate("the source's channel stays open", at: number) }
    }
    guard isTargetActive else { return }
    switch other {
    case .completed:
      if !target.flags.contains(.guest) { violate("completed without the guest", at: number) }
    case .failed, .cancelled:
      // Left at *offered*, the guest is lost only with a dead source and a target that refused it.
      if world.word == .offered && !target.flags.contains(.refused) {
        violate("nobody took the guest", at: number)
      }
      if [.taken, .running, .condemned].contains(world.word) {
        violate("the target dropped what it owns", at: number)
      }
    case _:
      let isAlone = other == .listening && !target.flags.contains(.open)
      if !isAlone { violate("the target ends in \(other.name)", at: number) }
    }
    if target.flags.contains(.open) { violate("the target's channel stays open", at: number) }
  }
}

extension World.Side {
  func text(_ name: String) -> String {
    flags.contains(.alive) ? flags.contains(.hung) ? "\(name) (hung)" : name : "dead"
  }
}
