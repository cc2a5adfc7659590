package import BatonCore
package import BatonMig
package import BatonTesting

/// The handover as it is built: both migration charts, the channel, the ownership word,
/// descriptors, cancels, timeouts, refusals, hangs and deaths, and several attempts.
///
/// The drivers are played one effect a step, so that anything may come between two of them. A delay
/// may run out whenever it runs.
package final class HandoverModel: Model {
  package let budgets: HandoverBudgets
  let mistake: HandoverMistake?
  let sources: ChartBook<OutgoingChart>
  let targets: ChartBook<IncomingChart>
  private let begin: HandoverState
  /// How handovers ended, `source target`.
  package private(set) var ends: Set<String> = []
  /// What was asked of each snapshot, by question and number.
  private var answers: [[UInt16: Bool]] = [[:], [:], [:], [:]]

  /// The handover, with other tables when a mutant is to be found.
  package init(
    _ budgets: HandoverBudgets = .all, mistake: HandoverMistake? = nil,
    source: Table<OutgoingChart> = OutgoingChart.table,
    target: Table<IncomingChart> = IncomingChart.table
  ) {
    precondition(1...8 ~= budgets.queues, "1 to 8 queues")
    self.budgets = budgets
    self.mistake = mistake
    // What a refusal says beside its cause matters to people, and to nothing that follows.
    sources = ChartBook(
      mistake?.sources ?? source,
      normalise: {
        var memory = $0
        memory.refusal = memory.refusal.map { Refusal($0.cause) }
        return memory
      })
    targets = ChartBook(
      target,
      normalise: {
        var memory = $0
        memory.refusal = memory.refusal.map { Refusal($0.cause) }
        return memory
      })
    begin = Self.begin(budgets, sources, targets)
  }

  /// The guest runs at the source; nobody was asked for anything.
  private static func begin(
    _ budgets: HandoverBudgets, _ sources: ChartBook<OutgoingChart>,
    _ targets: ChartBook<IncomingChart>
  ) -> HandoverState {
    var state = HandoverState(
      source: .init(flags: [.alive, .device, .guest]), target: .init(flags: .alive))
    state.source.chart = started(sources, .init())
    state.target.chart = started(targets, .init())
    state.source.held = all(budgets.queues)
    state.attempts = UInt8(budgets.attempts)
    state.crashes = UInt8(budgets.crashes)
    state.hangs = UInt8(budgets.hangs)
    state.cancels = UInt8(budgets.cancels)
    state.restarts = UInt8(budgets.restarts)
    state.commands = UInt8(budgets.commands)
    state.strangers = UInt8(budgets.strangers)
    return state
  }

  static func started<C: PlayedChart>(_ book: ChartBook<C>, _ memory: C.Memory) -> UInt16 {
    var machine = Machine(book.table, memory: memory)
    var outbox = Outbox<C>()
    // A chart that cannot start stays where it is, and is found by that.
    try? machine.start(at: 0, into: &outbox)
    return book.number(machine)
  }

  private static func all(_ queues: Int) -> UInt8 { UInt8(truncatingIfNeeded: 1 << queues - 1) }

  var allQueues: UInt8 { Self.all(budgets.queues) }

  /// Walks all states; specialised for this model, in the room where it is.
  package func explored(
    stopsEarly: Bool = false, limit: Int = 200_000_000, progress: ((Int, Int) -> Void)? = nil
  ) throws(ExplorationError) -> Exploration {
    var explorer = Explorer(self)
    explorer.stopsEarly = stopsEarly
    explorer.limit = limit
    explorer.progress = progress
    return try explorer.run()
  }

  /// What the charts used, when it was explored.
  package var coverage: CoverageFile {
    CoverageFile(charts: [sources.coverage.report, targets.coverage.report])
  }

  /// The same by chart: what can be used at all.
  package var reachable: (ChartCoverage<OutgoingChart>, ChartCoverage<IncomingChart>) {
    (sources.coverage, targets.coverage)
  }

  /// Equal for books in which the same happened.
  var bookDigest: Int {
    var digest = sources.digest
    digest.combine(targets.digest.finalize())
    return digest.finalize()
  }

  package var name: String { "handover" }
  package var initial: HandoverState { begin }
  package var properties: [String] { HandoverProperty.allCases.map(\.text) }
  package var processes: [String] { ["source", "target"] }

  /// Everything that may happen next; nothing once a property was broken on the way.
  package func expand(_ state: HandoverState, _ step: (UInt16, HandoverState) -> Void) {
    guard state.alarm == 0 else { return }
    if state.source.flags.contains(.alive) {
      sourceSteps(state, step)
      sourceWishes(state, step)
    }
    if state.target.flags.contains(.alive) {
      targetSteps(state, step)
      targetWishes(state, step)
    }
    restart(state, step)
  }

  /// The management starts a new target, and kills one that hangs first.
  private func restart(_ state: HandoverState, _ step: (UInt16, HandoverState) -> Void) {
    let flags = state.target.flags
    guard state.restarts > 0, !flags.contains(.alive) || flags.contains(.hung),
      !state.source.flags.contains(.open), state.source.hasGuest
    else { return }
    var next = state
    next.word = 0
    next.restarts -= 1
    next.target = .init(flags: .alive)
    next.target.chart = begin.target.chart
    step(HandoverAction.restart.rawValue, next)
  }

  /// A circle without a settled state is a livelock; see `isQuiet`.
  package func isSettled(_ state: HandoverState) -> Bool {
    state.alarm != 0 || (isSourceSettled(state) && isTargetSettled(state))
  }

  private func isSourceSettled(_ state: HandoverState) -> Bool {
    let side = state.source
    guard side.flags.contains(.alive), !side.flags.contains(.hung) else { return true }
    guard side.work.isEmpty, side.events.isEmpty else { return false }
    switch sources.state(side.chart) {
    // The user wanted it to wait before the switch.
    case .idle, .cancelled, .failed, .completed, .preSwitchover: return true
    case .setup, .preparing, .connecting, .greeting, .offering, .active, .device, .switching,
      .quiescing, .saving, .offered, .killing, .cancelling:
      return false
    }
  }

  private func isTargetSettled(_ state: HandoverState) -> Bool {
    let side = state.target
    guard side.flags.contains(.alive), !side.flags.contains(.hung) else { return true }
    // A source that hangs, or waits for its user, and has the guest may go on: nothing is lost by
    // waiting for it, and the target's user may give it up.
    let isAwaited =
      state.source.flags.contains(.hung) || sources.state(state.source.chart) == .preSwitchover
    if isAwaited, [nil, .held].contains(state.owner),
      [.receiving, .ready].contains(targets.state(side.chart))
    {
      return true
    }
    guard side.work.isEmpty, side.events.isEmpty else { return false }
    switch targets.state(side.chart) {
    case .idle, .cancelled, .failed: return true
    case .listening: return !side.flags.contains(.open)
    case .completed: return !side.flags.contains(.open)
    case .preIncoming, .binding, .setup, .preparing, .offering, .inspecting, .active,
      .receiving, .loading, .ready, .taken:
      return false
    }
  }

  /// What is asked of each snapshot once, of four questions.
  func isFine(_ question: Int, _ number: UInt16, _ ask: () -> Bool) -> Bool {
    if let answer = answers[question][number] { return answer }
    let answer = ask()
    answers[question][number] = answer
    return answer
  }

  func note(end: String) { ends.insert(end) }
}

@available(*, unavailable)
extension HandoverModel: Sendable {}
