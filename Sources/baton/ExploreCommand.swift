import ArgumentParser
import BatonCommand
import BatonCore
import BatonHost
import BatonProof
import BatonQMP
import BatonTesting
import Foundation

/// `baton explore`: all states of a model.
struct ExploreCommand: ParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "explore",
    abstract: "Walks all states of a model and looks for what must not be.",
    discussion: """
      Breadth first, with every state stored as it is; then for fair circles in which nothing \
      settles. The models are two-phase-commit, yardstick (a handover by messages alone), handover \
      (ours), duty (who runs the down script), relay (of a QEMU), vhost (the kernel's datapath), \
      and each chart by its name, as `baton charts` draws it. A file (.scxml, .mmd, .puml), and a \
      chart that does not say how it is tested, is walked without code: each of its events may \
      come at any time, and a guard may hold or not each time. Exit \
      status 1 when something is violated; the shortest way there is printed.
      """)

  @Option(help: ArgumentHelp("two-phase-commit: resource managers, 1 to 14.", valueName: "n"))
  var managers = 5

  @Option(
    help: ArgumentHelp("handover, yardstick: processes that crash. relay: QEMUs.", valueName: "n"))
  var crashes = 0

  @Option(help: ArgumentHelp("handover, relay: processes that hang.", valueName: "n"))
  var hangs = 0

  @Option(help: ArgumentHelp("handover, relay: cancels.", valueName: "n"))
  var cancels = 0

  @Option(help: ArgumentHelp("handover: times that a user says stop or cont.", valueName: "n"))
  var commands = 0

  @Option(
    help: ArgumentHelp(
      "handover: processes that connect to the target and are no source.", valueName: "n"))
  var strangers = 0

  @Flag(help: "handover: whatever may refuse does.")
  var refusals = false

  @Flag(help: "handover: pause before the switch.")
  var pauses = false

  @Flag(help: "handover: the target's devices may need time before they are ready.")
  var delays = false

  @Option(help: ArgumentHelp("yardstick: messages that are lost.", valueName: "n"))
  var losses = 0

  @Option(help: ArgumentHelp("yardstick: messages that come twice.", valueName: "n"))
  var duplicates = 0

  @Option(help: ArgumentHelp("yardstick, relay: states that cannot be loaded.", valueName: "n"))
  var failures = 0

  @Option(
    help: ArgumentHelp(
      "handover, yardstick: targets that are started anew. relay: relays.", valueName: "n"))
  var restarts = 0

  @Option(help: ArgumentHelp("Queues: handover 1 to 8, yardstick 1 to 4.", valueName: "n"))
  var queues = 1

  @Option(
    help: ArgumentHelp("Attempts: handover and duty 1 to 9, yardstick 1 to 3.", valueName: "n"))
  var attempts = 1

  @Flag(help: "Do not look for circles in which nothing settles.")
  var safetyOnly = false

  @Option(
    help: ArgumentHelp(
      "Threads; as many as there are processors unless it is said. Charts and handover have one.",
      valueName: "n"))
  var workers: Int?

  @OptionGroup var output: ExploreOutput

  @Flag(help: "two-phase-commit: states as Swift values that are hashed, and not flat.")
  var values = false

  @Flag(help: "two-phase-commit: states that differ in the managers' numbers only are one.")
  var symmetry = false

  @Option(
    help: ArgumentHelp("Seed a mistake that must be found: \(Self.mistakes).", valueName: "name"))
  var mistake: String?

  @Argument(help: "The model, or a file.")
  var model: String

  private static var mistakes: String {
    let all =
      TwoPhaseCommit.Mistake.allCases.map(\.rawValue) + HandoverMistake.allCases.map(\.rawValue)
      + RelayModel.Mistake.allCases.map(\.rawValue) + DutyModel.Mistake.allCases.map(\.rawValue)
      + VhostModel.Mistake.allCases.map(\.rawValue)
    return all.joined(separator: ", ")
  }

  /// Worlds of more than one machine, and no charts.
  private static let models = [
    "two-phase-commit", "yardstick", "handover", "duty", "relay", "vhost",
  ]

  func validate() throws {
    let known = Self.models + ChartShelf.names
    guard known.contains(model) || ChartFile.isPath(model) else {
      let all = known.joined(separator: ", ")
      throw ValidationError("no model is named \(model): there are \(all), and files")
    }
    let isYardstick = model == "yardstick"
    if symmetry, model != "two-phase-commit" || values {
      throw ValidationError("--symmetry goes with two-phase-commit, and not with --values")
    }
    if let workers { try check("--workers", workers, 1...256) }
    try check("--managers", managers, 1...TwoPhaseCommit.managersMax)
    try check("--queues", queues, 1...(isYardstick ? 4 : 8))
    try check("--attempts", attempts, 1...(isYardstick ? 3 : 9))
    for (name, value) in [
      ("--crashes", crashes), ("--hangs", hangs), ("--cancels", cancels), ("--losses", losses),
      ("--duplicates", duplicates), ("--failures", failures), ("--restarts", restarts),
      ("--commands", commands), ("--strangers", strangers),
    ] {
      try check(name, value, 0...9)
    }
    guard let mistake else { return }
    if !Self.models.contains(model) {
      throw ValidationError("--mistake goes with a model, and \(model) is a chart")
    }
    let isKnown =
      switch model {
      case "handover": HandoverMistake(rawValue: mistake) != nil
      case "two-phase-commit": TwoPhaseCommit.Mistake(rawValue: mistake) != nil
      case "duty": DutyModel.Mistake(rawValue: mistake) != nil
      case "relay": RelayModel.Mistake(rawValue: mistake) != nil
      case "vhost": VhostModel.Mistake(rawValue: mistake) != nil
      case _: false
      }
    if !isKnown {
      throw ValidationError("--mistake \(mistake) is not known of \(model): \(Self.mistakes)")
    }
  }

  private func check(_ name: String, _ value: Int, _ range: ClosedRange<Int>) throws {
    guard !range.contains(value) else { return }
    throw ValidationError(
      "\(name) \(value) is not possible: \(range.lowerBound) to \(range.upperBound) are")
  }

  func run() throws {
    let tested = ChartShelf.entry(model)?.tested
    if !Self.models.contains(model), tested == nil {
      return try ChartWalk.run(ChartChoice.outline(of: model, by: "explore"), output)
    }
    if tested == nil, output.promela != nil {
      throw ValidationError("--promela goes with a chart")
    }
    if tested == nil, model != "handover", output.coverage != nil {
      throw ValidationError("--coverage goes with a chart, and with handover")
    }
    let files = try output.opened()
    let found: (exploration: Exploration, coverage: CoverageFile?)
    do {
      found = try tested.map { try exploredChart($0, files) } ?? exploredWorld()
    } catch let error as ExplorationError {
      throw ChartChoice.refusal("explore", "\(error)", 1)
    }
    try files.tell(found.exploration, coverage: found.coverage)
  }

  private func exploredWorld() throws(ExplorationError) -> (
    exploration: Exploration, coverage: CoverageFile?
  ) {
    let progress = { (states: Int, depth: Int) in
      Kernel().write("\(states) states, depth \(depth)\n", to: 2)
    }
    switch model {
    case "handover":
      let model = HandoverModel(budgets, mistake: mistake.flatMap(HandoverMistake.init))
      return (try model.explored(progress: progress), model.coverage)
    case "duty":
      let model = DutyModel(
        handovers: UInt8(attempts), mistake: mistake.flatMap(DutyModel.Mistake.init))
      return (try model.explored(workers: workers, progress: progress), nil)
    case "vhost":
      let model = VhostModel(
        handovers: UInt8(attempts), refusals: UInt8(failures),
        mistake: mistake.flatMap(VhostModel.Mistake.init))
      return (try model.explored(workers: workers, progress: progress), nil)
    case "relay":
      let model = RelayModel(relayBudgets, mistake: mistake.flatMap(RelayModel.Mistake.init))
      return (try model.explored(workers: workers, progress: progress), nil)
    case "yardstick":
      let budgets = Yardstick.Budgets(
        crashes: crashes, losses: losses, duplicates: duplicates, failures: failures,
        restarts: restarts, queues: queues, attempts: attempts)
      return (
        try Yardstick(budgets).explored(
          findsLivelocks: !safetyOnly, workers: workers, progress: progress), nil
      )
    case _: return (try exploredCommit(progress), nil)
    }
  }

  private func exploredCommit(
    _ progress: @escaping (Int, Int) -> Void
  ) throws(ExplorationError) -> Exploration {
    if values { return try TwoPhaseCommitValues(managers: managers).explored(workers: workers) }
    let model = TwoPhaseCommit(
      managers: managers, mistake: mistake.flatMap(TwoPhaseCommit.Mistake.init),
      isSymmetric: symmetry)
    return try model.explored(
      findsLivelocks: !safetyOnly, workers: workers, progress: progress)
  }

  private func exploredChart(
    _ tested: TestedEntry, _ files: ExploreFiles
  ) throws -> (exploration: Exploration, coverage: CoverageFile?) {
    if let promela = files.promela, model == "\(GuestChart.name)" { return try guest(promela) }
    return try files.walked(tested)
  }

  /// The guest's chart is small enough to be said in Promela itself, guards and actions too.
  private func guest(
    _ promela: OutputFile
  ) throws -> (exploration: Exploration, coverage: CoverageFile?) {
    var test = ProjectShelf.guest
    test.comparesEffects = false
    let text = try? PromelaChart(
      GuestChart.table, variables: ["bit was_running", "bit is_booted"],
      guards: [.wasRunning: "was_running == 1", .isBooted: "is_booted == 1"],
      actions: [
        .noteRunning: "was_running = 1", .notePaused: "was_running = 0",
        .noteBooted: "is_booted = 1",
      ]
    ).text
    try promela.write(Data((text ?? "").utf8))
    let result = try test.walked()
    return (result.exploration, CoverageFile(charts: [result.coverage.report]))
  }

  private var relayBudgets: RelayModel.Budgets {
    var budgets = RelayModel.Budgets()
    budgets.deaths = UInt8(crashes)
    budgets.hangs = UInt8(hangs)
    budgets.wishes = UInt8(cancels)
    budgets.failures = UInt8(failures)
    budgets.relayDeaths = UInt8(restarts)
    return budgets
  }

  private var budgets: HandoverBudgets {
    var budgets = HandoverBudgets()
    (budgets.crashes, budgets.hangs, budgets.cancels) = (crashes, hangs, cancels)
    (budgets.refusals, budgets.attempts, budgets.commands) = (refusals, attempts, commands)
    budgets.strangers = strangers
    (budgets.restarts, budgets.queues) = (restarts, queues)
    (budgets.pauses, budgets.delays) = (pauses, delays)
    return budgets
  }
}
