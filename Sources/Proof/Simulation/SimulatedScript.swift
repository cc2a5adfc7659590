import BatonCore
import BatonTesting

/// What happens in a simulated handover beside it: what fails, who dies or hangs, what users say,
/// and who else connects.
struct SimulatedScript {
  /// One thing that happens in a round.
  private enum Event {
    case cancel(isSource: Bool)
    case say(isSource: Bool, run: Bool)
    case visit([UInt8])
    case dismiss
    case hang(isSource: Bool, nanos: UInt64)
  }

  private let source: FaultPlan
  private let target: FaultPlan
  private let events: [(round: Int, event: Event)]
  /// What those say who connect to the target before the source does.
  private let visits: [[UInt8]]
  /// A mistake that is made on purpose.
  private let mistake: SoakMistake?

  init(_ choices: Choices, mistake: SoakMistake? = nil) {
    self.mistake = mistake
    // Most cases have one fault or none: many hide each other.
    let isRough = choices.chance(oneIn: 4, "rough")
    source = Self.plan(choices, isRough)
    target = Self.plan(choices, isRough)
    // More than the target has places for take a place from each other.
    let count = choices.chance(oneIn: 40, "many") ? 20 : choices.pick([0, 0, 0, 1, 3], "strangers")
    visits = (0..<count).map { _ in Self.words(choices) }
    // A source that cannot kill, too, has no way out.
    let hangs = Self.isCalm(source) ? Self.hangs(choices) : []
    events =
      Self.cancels(choices) + Self.wishes(choices) + Self.lateVisits(choices) + hangs
  }

  /// Nothing goes wrong: strangers, and what users say of the guest, are no reason not to move it.
  var isCalm: Bool {
    let isQuiet = events.allSatisfy {
      switch $0.event {
      case .say, .visit, .dismiss: true
      case .cancel, .hang: false
      }
    }
    return Self.isCalm(source) && Self.isCalm(target) && isQuiet
  }

  /// The target may have refused, or its user, before the source died.
  var mayBeLost: Bool {
    source.deathAt != nil && (!target.faults.isEmpty || !source.faults.isEmpty || hasCancel)
  }

  private var hasCancel: Bool {
    events.contains { if case .cancel = $0.event { true } else { false } }
  }

  var text: String {
    let late = events.map { ", in round \($0.round) \(Self.text($0.event))" }.joined()
    return "source \(Self.text(source)), target \(Self.text(target)), \(visits.count) strangers"
      + late
  }

  /// Plays it to the end.
  ///
  /// - Parameters:
  ///   - handover: One that has not begun.
  ///   - choose: Who is next: true for the source.
  /// - Returns: False when there is no end.
  func play(_ handover: SimulatedHandover, choose: () -> Bool) -> Bool {
    handover.plan(source: source, target: target)
    mistake?.make(in: handover)
    handover.begin(visits: visits)
    var round = 0
    let isSettled = handover.settle {
      round += 1
      for event in events where event.round == round { happen(event.event, in: handover) }
      return choose()
    }
    handover.dismissVisitors()
    return handover.settle() && isSettled
  }

  private func happen(_ event: Event, in handover: SimulatedHandover) {
    switch event {
    case .cancel(let isSource):
      let host = isSource ? handover.source : handover.target
      guard !host.isHung else { return }
      isSource ? host.cancel() : host.cancelIncoming()
      handover.deliver()
    case .say(let isSource, let run): say(isSource, run, handover)
    case .visit(let bytes):
      handover.visit(saying: bytes)
      if mistake == .endsForStrangers { handover.target.cancelIncoming() }
    case .dismiss: handover.dismissVisitors()
    case .hang(let isSource, let nanos):
      (isSource ? handover.source : handover.target).hang(until: handover.machine.now + nanos)
    }
  }

  private func say(_ isSource: Bool, _ run: Bool, _ handover: SimulatedHandover) {
    let isForgotten = mistake == .forgetsTheWish && handover.source.guest?.isHere == false
    if isSource {
      if isForgotten || handover.source.say(run: run) { handover.wishes.append(run) }
    } else if handover.target.say(run: run) {
      handover.isHeld = !run
    }
  }

  private static func isCalm(_ plan: FaultPlan) -> Bool {
    plan.faults.isEmpty && plan.deathAt == nil
  }
}

/// What is chosen.
extension SimulatedScript {
  private static func cancels(_ choices: Choices) -> [(round: Int, event: Event)] {
    (0..<choices.pick([0, 0, 0, 1, 2], "cancels")).map { _ in
      (choices.int(1...40, "round"), .cancel(isSource: choices.below(2, "whose") == 0))
    }
  }

  private static func wishes(_ choices: Choices) -> [(round: Int, event: Event)] {
    (0..<choices.pick([0, 0, 1, 3], "commands")).map { _ in
      let round = choices.int(1...40, "round")
      let isSource = choices.below(3, "whose") < 2
      return (round, .say(isSource: isSource, run: choices.below(2, "cont") == 1))
    }
  }

  private static func lateVisits(_ choices: Choices) -> [(round: Int, event: Event)] {
    let late: [(round: Int, event: Event)] =
      (0..<choices.pick([0, 0, 0, 1], "late strangers")).map { _ in
        (choices.int(1...40, "round"), .visit(words(choices)))
      }
    return choices.chance(oneIn: 4, "leave")
      ? late + [(choices.int(1...40, "round"), .dismiss)] : late
  }

  private static func hangs(_ choices: Choices) -> [(round: Int, event: Event)] {
    guard choices.chance(oneIn: 5, "hangs") else { return [] }
    let isSource = choices.below(3, "who") == 2
    // Shorter than the switch, longer than it, longer than the patience.
    let millis: UInt64 = choices.pick([2, 30, 300], "for")
    return [
      (
        choices.int(1...40, "round"),
        .hang(isSource: isSource, nanos: millis * 1_000_000)
      )
    ]
  }

  /// What a stranger says: nothing, garbage, or the beginning of a HELLO of eight bytes.
  private static func words(_ choices: Choices) -> [UInt8] {
    choices.pick(
      [
        [], [UInt8](repeating: 0x41, count: 16),
        [0x42, 0x54, 0x4F, 0x4E, 1, 0, 2, 0, 0, 0, 0, 0, 8, 0, 0, 0, 1],
      ], "says")
  }

  private static func plan(_ choices: Choices, _ isRough: Bool) -> FaultPlan {
    var plan = FaultPlan()
    for _ in 0..<choices.int(0...(isRough ? 3 : 1), "faults") {
      let number = choices.int(1...60, "call")
      let code = choices.pick(codes, "error")
      plan.faults.append(
        .init(number: number, code: code, isLasting: choices.chance(oneIn: 4, "for good")))
    }
    if choices.chance(oneIn: isRough ? 3 : 6, "dies") { plan.deathAt = choices.int(1...60, "at") }
    return plan
  }

  /// Without EAGAIN, which for good would be a hang.
  private static let codes: [CInt] = [
    Errno.noMemory, Errno.processTableFull, Errno.inputOutput, Errno.brokenPipe,
    Errno.connectionReset, Errno.noBufferSpace, Errno.invalid, Errno.notPermitted,
  ]

  private static func text(_ plan: FaultPlan) -> String {
    let faults = plan.faults.map {
      "\($0.number) fails (\($0.code)\($0.isLasting ? ", for good" : ""))"
    }
    let death = plan.deathAt.map { ["dies at \($0)"] } ?? []
    return (faults + death).isEmpty ? "calm" : (faults + death).joined(separator: ", ")
  }

  private static func text(_ event: Event) -> String {
    func name(_ isSource: Bool) -> String { isSource ? "the source" : "the target" }
    return switch event {
    case .cancel(let isSource): "\(name(isSource)) is cancelled"
    case .say(let isSource, let run): "\(name(isSource)) is told to \(run ? "cont" : "stop")"
    case .visit(let bytes): "a stranger says \(bytes.count) bytes"
    case .dismiss: "the strangers go"
    case .hang(let isSource, let nanos): "\(name(isSource)) hangs for \(nanos / 1_000_000) ms"
    }
  }

  /// What there was of each kind.
  var counts: [(what: StaticString, count: Int)] {
    var (cancels, commands, strangers, hangs) = (0, 0, visits.count, 0)
    for (_, event) in events {
      switch event {
      case .cancel: cancels += 1
      case .say: commands += 1
      case .visit: strangers += 1
      case .dismiss: continue
      case .hang: hangs += 1
      }
    }
    let deaths = [source, target].filter { $0.deathAt != nil }.count
    return [
      ("cancels", cancels), ("commands", commands), ("strangers", strangers), ("hangs", hangs),
      ("deaths", deaths), ("faults", source.faults.count + target.faults.count),
    ]
  }
}

@available(*, unavailable)
extension SimulatedScript: Sendable {}
