import ArgumentParser
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
      (ours), duty (who runs the down script), relay (of a QEMU), and each chart by its name: \
      Outgoing, Incoming, Tap, Guest. A file (.scxml, .mmd, .puml) is walked as a chart without \
      code: each of its events may come at any time, and a guard may hold or not each time. Exit \
      status 1 when something is violated; the shortest way there is printed.
      """)

  @Option(help: "two-phase-commit: resource managers, 1 to 14.")
  var managers = 5

  @Option(help: "handover, yardstick: processes that crash. relay: QEMUs.")
  var crashes = 0

  @Option(help: "handover, relay: processes that hang.")
  var hangs = 0

  @Option(help: "handover, relay: cancels.")
  var cancels = 0

  @Option(help: "handover: times that a user says stop or cont.")
  var commands = 0

  @Option(help: "handover: processes that connect to the target and are no source.")
  var strangers = 0

  @Flag(help: "handover: whatever may refuse does.")
  var refusals = false

  @Flag(help: "handover: pause before the switch.")
  var pauses = false

  @Flag(help: "handover: the target's devices may need time before they are ready.")
  var delays = false

  @Option(help: "yardstick: messages that are lost.")
  var losses = 0

  @Option(help: "yardstick: messages that come twice.")
  var duplicates = 0

  @Option(help: "yardstick, relay: states that cannot be loaded.")
  var failures = 0

  @Option(help: "handover, yardstick: targets that are started anew. relay: relays.")
  var restarts = 0

  @Option(help: "Queues: handover 1 to 8, yardstick 1 to 4.")
  var queues = 1

  @Option(help: "Attempts: handover and duty 1 to 9, yardstick 1 to 3.")
  var attempts = 1

  @Flag(help: "Do not look for circles in which nothing settles.")
  var safetyOnly = false

  @Option(help: "Write one JSON object to this file, - for standard output.")
  var json: String?

  @Option(help: "Write the first counterexample, with the charts, as a page to this file.")
  var html: String?

  @Option(help: "A chart: write it to this file for SPIN, Guest itself, of others the graph.")
  var promela: String?

  @Flag(help: "two-phase-commit: states as Swift values that are hashed, and not flat.")
  var values = false

  @Option(help: "Write what of the charts was used to this file, for `charts --coverage`.")
  var coverage: String?

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

  private static let models = [
    "two-phase-commit", "yardstick", "handover", "duty", "relay", "vhost", "Outgoing", "Incoming",
    "Tap",
    "Vhost",
    "Guest", "Session", "Ring", "Custody", "Port", "Caller", "Backend", "Monitor", "Client",
  ]

  func validate() throws {
    guard Self.models.contains(model) || ChartFile.isPath(model) else {
      let all = Self.models.joined(separator: ", ")
      throw ValidationError("no model is named \(model): there are \(all)")
    }
    let isYardstick = model == "yardstick"
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
    if !Self.models.contains(model) { return try walkFile() }
    let found: (exploration: Exploration, coverage: CoverageFile?)
    do {
      found = try explored { states, depth in
        Kernel().write("\(states) states, depth \(depth)\n", to: 2)
      }
    } catch {
      Kernel().write("baton explore: \(error)\n", to: 2)
      throw ExitCode.failure
    }
    let result = found.exploration
    if let json { try write(result, to: json) }
    if let coverage, let used = found.coverage { try write(used, to: coverage) }
    if let html { try ExplorePage(result, coverage: found.coverage).write(to: html) }
    if json != "-" { print(ExploreText(result).text) }
    if !result.violations.isEmpty { throw ExitCode.failure }
  }

  /// States of a file's chart after which it is given up.
  private static let fileStatesMax = 1_000_000

  private func walkFile() throws {
    let walk: OutlineWalk
    do {
      let outline = try ChartFile.outline(model) { Kernel().write("\($0)\n", to: 2) }
      walk = try OutlineWalk(outline, limit: Self.fileStatesMax) { states, depth in
        Kernel().write("\(states) states, depth \(depth)\n", to: 2)
      }
    } catch {
      Kernel().write("baton explore: \(error)\n", to: 2)
      throw ExitCode(2)
    }
    if let json { try write(walk.exploration, to: json) }
    if json != "-" {
      for line in walk.remarks { print(line) }
      print(ExploreText(walk.exploration).text)
    }
    if !walk.exploration.violations.isEmpty { throw ExitCode.failure }
  }

  private func explored(
    _ progress: @escaping (Int, Int) -> Void
  ) throws(ExplorationError) -> (exploration: Exploration, coverage: CoverageFile?) {
    switch model {
    case "handover":
      let model = HandoverModel(budgets, mistake: mistake.flatMap(HandoverMistake.init))
      return (try model.explored(progress: progress), model.coverage)
    case "duty":
      let model = DutyModel(
        handovers: UInt8(attempts), mistake: mistake.flatMap(DutyModel.Mistake.init))
      return (try model.explored(progress: progress), nil)
    case "vhost":
      let model = VhostModel(
        handovers: UInt8(attempts), refusals: UInt8(failures),
        mistake: mistake.flatMap(VhostModel.Mistake.init))
      return (try model.explored(progress: progress), nil)
    case "relay":
      var budgets = RelayModel.Budgets()
      budgets.deaths = UInt8(crashes)
      budgets.hangs = UInt8(hangs)
      budgets.wishes = UInt8(cancels)
      budgets.failures = UInt8(failures)
      budgets.relayDeaths = UInt8(restarts)
      let model = RelayModel(budgets, mistake: mistake.flatMap(RelayModel.Mistake.init))
      return (try model.explored(progress: progress), nil)
    case "yardstick":
      let budgets = Yardstick.Budgets(
        crashes: crashes, losses: losses, duplicates: duplicates, failures: failures,
        restarts: restarts, queues: queues, attempts: attempts)
      return (
        try Yardstick(budgets).explored(findsLivelocks: !safetyOnly, progress: progress), nil
      )
    case "two-phase-commit" where values:
      return (try TwoPhaseCommitValues(managers: managers).explored(), nil)
    case "two-phase-commit":
      let model = TwoPhaseCommit(
        managers: managers, mistake: mistake.flatMap(TwoPhaseCommit.Mistake.init))
      return (try model.explored(findsLivelocks: !safetyOnly, progress: progress), nil)
    case _: return try exploredChart()
    }
  }

  private func exploredChart() throws(ExplorationError) -> (
    exploration: Exploration, coverage: CoverageFile?
  ) {
    switch model {
    case "Outgoing": return try chart(ProjectChartTests.outgoing)
    case "Incoming": return try chart(ProjectChartTests.incoming)
    case "Tap": return try chart(ProjectChartTests.tap)
    case "Vhost": return try chart(ProjectChartTests.vhost)
    case "Session": return try chart(ProjectChartTests.session)
    case "Ring": return try chart(ProjectChartTests.ring)
    case "Custody": return try chart(ProjectChartTests.custody)
    case "Port": return try chart(ProjectChartTests.port)
    case "Caller": return try chart(ProjectChartTests.caller)
    case "Backend": return try chart(backend)
    case "Monitor":
      return try chart(
        ChartTest(MonitorChart.self, memory: .init(), events: MonitorChart.samples))
    case "Client":
      return try chart(ChartTest(ClientChart.self, memory: .init(), events: ClientChart.samples))
    case _: return try guest()
    }
  }

  /// The guest's chart is small enough to be said in Promela itself, guards and actions too.
  private func guest() throws(ExplorationError) -> (
    exploration: Exploration, coverage: CoverageFile?
  ) {
    var test = ChartTest(
      GuestChart.self, memory: .init(), events: GuestChart.Event.allCases.map { $0 })
    guard let promela else { return try chart(test) }
    test.comparesEffects = false
    let text = try? PromelaChart(
      GuestChart.table, variables: ["bit was_running", "bit is_booted"],
      guards: [.wasRunning: "was_running == 1", .isBooted: "is_booted == 1"],
      actions: [
        .noteRunning: "was_running = 1", .notePaused: "was_running = 0",
        .noteBooted: "is_booted = 1",
      ]
    ).text
    _ = FileManager.default.createFile(atPath: promela, contents: Data((text ?? "").utf8))
    let result = try test.walked()
    return (result.exploration, CoverageFile(charts: [result.coverage.report]))
  }

  private var backend: ChartTest<BackendChart> {
    ChartTest(
      BackendChart.self, memory: .init(hasSuccessor: true),
      events: [
        .begin, .takeOver, .receiving, .tookOver, .refused(Refusal(.peerDied)), .declined("no"),
        .hungUp, .otherEnded, .gaveAway, .opened,
        .unopened(SystemError(call: .bind, code: Errno.addressInUse)), .reload,
        .unstarted(SystemError(call: .spawn, code: Errno.noEntry)), .successorEnded(nil), .quit,
      ])
  }

  private func chart<C>(
    _ test: ChartTest<C>
  ) throws(ExplorationError) -> (exploration: Exploration, coverage: CoverageFile?) {
    let result = try test.walked()
    if let promela {
      let text = try test.promela()
      _ = FileManager.default.createFile(atPath: promela, contents: Data(text.utf8))
    }
    return (result.exploration, CoverageFile(charts: [result.coverage.report]))
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

  private func write(_ value: some Encodable, to file: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys]
    let data = try encoder.encode(value) + Data("\n".utf8)
    if file == "-" {
      FileHandle.standardOutput.write(data)
    } else {
      try data.write(to: URL(filePath: file))
    }
  }
}
