/// One run of a test's body with one list of choices.
struct Case<T: StateTest> {
  /// What did not hold; its name is what shrinking keeps.
  struct Failure: Hashable {
    let name: String
    let detail: String
  }

  private(set) var lines: [String] = []
  private(set) var failure: Failure?
  private(set) var hash: UInt64 = 0xCBF2_9CE4_8422_2325
  private(set) var steps = 0
  /// How often each command was done, and each fault hit.
  private(set) var counts: [String: Int] = [:]
  private let choices: Choices
  private let stepsMax: Int
  private static var healsMax: Int { 10_000 }

  init(_ choices: Choices, steps stepsMax: Int) {
    self.choices = choices
    self.stepsMax = stepsMax
    do {
      var world = try T(choices)
      note("begin", world)
      try run(&world)
      if failure == nil { try settle(&world) }
    } catch {
      fail("\(Self.name(of: error))", "\(error)")
    }
  }

  /// The kind of an error: numbers in its text do not make it another failure.
  private static func name(of error: any Error) -> String {
    "\(type(of: error)) " + "\(error)".filter { !$0.isNumber }
  }

  private mutating func fail(_ name: String, _ detail: String) {
    if failure == nil { failure = Failure(name: name, detail: detail) }
  }

  private mutating func note(_ what: String, _ world: T) {
    let line = "\(what): \(world.text)"
    lines.append(line)
    for byte in line.utf8 { hash = (hash ^ UInt64(byte)) &* 0x0000_0100_0000_01B3 }
  }

  /// Commands and faults. Half of the cases have rare faults; the other half leaves some commands
  /// and faults out and has many of the rest (swarm testing, Groce et al. 2012).
  private mutating func run(_ world: inout T) throws {
    let isSwarm = choices.below(2, "swarm") == 1
    let commands = T.commands.filter { _ in !isSwarm || choices.below(4, "leave out") != 3 }
    let faults = T.faults.filter { _ in !isSwarm || choices.below(2, "leave out") == 0 }
    var budgets = faults.map(\.budget)
    while steps < stepsMax, choices.below(stepsMax, "go on") != 0 {
      steps += 1
      let open = faults.indices.filter { budgets[$0] > 0 && faults[$0].isPossible(world) }
      if !open.isEmpty, choices.chance(oneIn: isSwarm ? 4 : 16, "fault") {
        let place = choices.pick(open, "which fault")
        budgets[place] -= 1
        try faults[place].run(&world, choices)
        counts[faults[place].name, default: 0] += 1
        note("✗ \(faults[place].name)", world)
      } else {
        guard try command(commands, &world) else { return }
      }
      guard try holds(world) else { return }
    }
  }

  /// One command by weight; false when none is possible.
  private mutating func command(_ commands: [Command<T>], _ world: inout T) throws -> Bool {
    let open = commands.filter { $0.isPossible(world) }
    let total = open.reduce(0) { $0 + $1.weight }
    guard total > 0 else { return false }
    var place = choices.below(total, "command")
    guard
      let command = open.first(where: { command in
        place -= command.weight
        return place < 0
      })
    else { return false }
    counts[command.name, default: 0] += 1
    guard command.isRefused else {
      try command.run(&world, choices)
      note(command.name, world)
      return true
    }
    let before = world.text
    var isRefused = false
    do { try command.run(&world, choices) } catch { isRefused = true }
    note("\(command.name) (refused)", world)
    if !isRefused { fail("\(command.name) is refused", "it was not") }
    if world.text != before { fail("\(command.name) changes nothing", "before: \(before)") }
    return true
  }

  private mutating func holds(_ world: T) throws -> Bool {
    guard failure == nil else { return false }
    for invariant in T.invariants {
      do {
        if try invariant.holds(world) { continue }
        fail(invariant.name, world.text)
      } catch {
        fail(invariant.name, "\(error)")
      }
      return false
    }
    return true
  }

  /// Faults are over: everybody does what is left to do, and then the goal must hold.
  private mutating func settle(_ world: inout T) throws {
    var heals = 0
    while try world.heal(choices) {
      heals += 1
      note("heal", world)
      guard try holds(world) else { return }
      guard heals < Self.healsMax else {
        return fail("it settles", "it does not, after \(heals) steps without a fault")
      }
    }
    guard let goal = T.goal else { return }
    if try !goal.holds(world) { fail(goal.name, world.text) }
  }
}
