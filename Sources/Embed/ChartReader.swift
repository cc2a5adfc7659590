import BatonCore

/// Makes a plan of a host's tables, and finds all mistakes at once: those of the rows, and those of
/// what the rows say together.
struct ChartReader {
  let tables: ChartTables
  private(set) var names: ChartNames
  var mistakes: [HostMistake] = []
  var plan: Plan
  /// By state, whether something is wrong with it: what else is said of it may be a consequence.
  var isTainted: [Bool]
  /// The state around each, where that can be; 0 is the chart.
  var parents: [Int]
  /// By state, its place in the plan.
  var places: [Int]
  /// By row, guards that are combined; nil where the text is no combination of them.
  var conditions: [Plan.Condition?] = []

  /// Reads the tables; the plan is one when there are no mistakes.
  init(_ tables: ChartTables) {
    self.tables = tables
    let count = tables.states.count
    isTainted = Array(repeating: false, count: max(1, count))
    parents = Array(repeating: 0, count: count)
    places = Array(repeating: -1, count: count)
    names = ChartNames(chart: "", states: [], events: [], guards: [], actions: [], delays: [])
    plan = Plan(initial: 0, counts: Plan.Counts())
    for name in tables.oversized { note(.tooLarge, "there are more \(name) than a chart may have") }
    guard mistakes.isEmpty, !tables.states.isEmpty else {
      if mistakes.isEmpty { note(.noSuchRow, "row 0 of the states, the chart itself, is missing") }
      return
    }
    readNames()
    readConditions()
    readRoot()
    readParents()
    addStates()
    for row in tables.transitions.indices { addTransition(row) }
    checkHistories()
    checkPlan()
  }

  /// Notes a mistake, and taints the state that it is about. (What is about no state, or about the
  /// chart, has no consequences but where the chart's initial child is wrong.)
  mutating func note(
    _ code: HostMistake.Code, state: Int = 0, transition: Int = -1, number: Int = 0,
    _ text: Sentence
  ) {
    mistakes.append(
      HostMistake(
        code: code, state: state, transition: transition, number: number, text: text.text))
    if state != 0 || code == .missingInitial { isTainted[state] = true }
  }

  // MARK: Names

  private mutating func readNames() {
    let chart = name(of: tables.states[0].name, "chart", 0, state: 0)
    names = ChartNames(
      chart: chart,
      states: tables.states.indices.dropFirst().map {
        name(of: tables.states[$0].name, "state", $0, state: $0)
      },
      events: tables.events.indices.dropFirst().map { name(of: tables.events[$0], "event", $0) },
      guards: names(of: tables.guards, "guard"), actions: names(of: tables.actions, "action"),
      delays: names(of: tables.delays, "delay"))
    expectDistinct(names.states, "states", areStates: true)
    expectDistinct(names.events, "events")
    expectDistinct(names.guards, "guards")
    expectDistinct(names.actions, "actions")
    expectDistinct(names.delays, "delays")
  }

  private mutating func names(of functions: [ChartTables.Function], _ noun: StaticString)
    -> [String]
  {
    var names: [String] = []
    for row in functions.indices.dropFirst() {
      names.append(name(of: functions[row].name, noun, row))
      guard !functions[row].isThere else { continue }
      note(.noFunction, number: row, "\(noun) \(names[row - 1]) has no function")
    }
    return names
  }

  /// The name of a row; a number where it cannot be one.
  private mutating func name(
    of bytes: [UInt8]?, _ noun: StaticString, _ row: Int, state: Int = 0
  ) -> String {
    if let bytes, Self.isName(bytes) { return String(decoding: bytes, as: UTF8.self) }
    note(
      .badName, state: state, number: row,
      """
      the name of \(noun) \(row) is missing, longer than 63 bytes or not made of letters, digits, \
      _, - and .
      """)
    return "#\(row)"
  }

  private static func isName(_ bytes: [UInt8]) -> Bool {
    guard let first = bytes.first, bytes.count <= ChartLimits.name else { return false }
    func isLetter(_ byte: UInt8) -> Bool { 0x61...0x7A ~= byte | 0x20 || byte == 0x5F }
    return isLetter(first)
      && bytes.allSatisfy { isLetter($0) || 0x30...0x39 ~= $0 || $0 == 0x2D || $0 == 0x2E }
  }

  private mutating func expectDistinct(
    _ names: [String], _ noun: StaticString, areStates: Bool = false
  ) {
    // Names are ASCII, and their bytes are compared: for texts there would be Unicode's tables.
    let bytes = names.map { Array($0.utf8) }
    for (place, name) in names.enumerated() where bytes[..<place].contains(bytes[place]) {
      note(
        .sameName, state: areStates ? place + 1 : 0, number: place + 1,
        "two \(noun) are named \(name)")
    }
  }

  // MARK: States

  private mutating func readRoot() {
    let root = tables.states[0]
    let lists = [
      root.initialActions, root.entry, root.exit, root.ignored, root.refused, root.deferred,
    ]
    if root.kind != 0 || root.parent != 0 || lists.contains(where: { $0?.isEmpty != true }) {
      note(.misplaced, "row 0 of the states, the chart itself, has more than a name and an initial")
    }
    if root.initial >= tables.states.count {
      complain(0, root.initial, "initial", "states")
      isTainted[0] = true
    }
  }

  private mutating func readParents() {
    for row in tables.states.indices.dropFirst() {
      let parent = tables.states[row].parent
      if parent < tables.states.count {
        parents[row] = parent
      } else {
        complain(row, parent, "parent", "states")
      }
    }
    for row in tables.states.indices.dropFirst() {
      var around = parents[row]
      var steps = 0
      while around != 0, around != row, steps < tables.states.count {
        around = parents[around]
        steps += 1
      }
      guard around == row else { continue }
      note(.circle, state: row, "state \(names.states[row - 1]) lies inside of itself")
      parents[row] = 0
    }
  }

  private mutating func complain(
    _ state: Int, _ number: Int, _ what: StaticString, _ table: StaticString
  ) {
    note(
      .noSuchRow, state: state, number: number,
      "\(what) \(number) of \(name(of: state)) is no row of the \(table)")
  }

  /// How a sentence calls a state.
  func name(of state: Int) -> String { state == 0 ? "the chart" : names.states[state - 1] }

  /// Puts the states into document order: each before those inside of it, in the order of rows.
  private mutating func addStates() {
    plan = Plan(
      initial: UInt16(clamping: tables.states[0].initial - 1),
      counts: counts)
    var children: [[Int]] = Array(repeating: [], count: tables.states.count)
    for row in tables.states.indices.dropFirst() { children[parents[row]].append(row) }
    if tables.states[0].initial == 0 {
      note(.missingInitial, "the chart has no initial child")
    }
    var work = Array(children[0].reversed())
    while let row = work.popLast() {
      add(row, hasChildren: !children[row].isEmpty)
      work += children[row].reversed()
    }
  }

  private var counts: Plan.Counts {
    var counts = Plan.Counts()
    counts.states = names.states.count
    counts.kinds = names.events.count
    counts.guards = names.guards.count
    counts.actions = names.actions.count
    counts.delays = names.delays.count
    return counts
  }

  private mutating func add(_ row: Int, hasChildren: Bool) {
    let given = tables.states[row]
    let kind = kind(of: row)
    let parent = parents[row] == 0 ? nil : places[parents[row]]
    places[row] = plan.states.count
    if given.initial >= tables.states.count {
      complain(row, given.initial, "initial", "states")
    } else if given.initial != 0 || given.initialActions?.isEmpty != true,
      kind != .ordinary || !hasChildren
    {
      note(
        .misplaced, state: row,
        "\(name(of: row)) has an initial child, and is no ordinary state with children")
    }
    var state = Plan.State(
      symbol: UInt16(row - 1), parent: parent, kind: kind,
      initial: given.initial == 0 ? nil : UInt16(clamping: given.initial - 1),
      entry: symbols(given.entry, tables.actions.count, row, "an entry action"),
      exit: symbols(given.exit, tables.actions.count, row, "an exit action"))
    state.initialActions = symbols(
      given.initialActions, tables.actions.count, row, "an initial action")
    state.ignored = symbols(given.ignored, tables.events.count, row, "an ignored event")
    state.refused = symbols(given.refused, tables.events.count, row, "a refused event")
    state.deferred = symbols(given.deferred, tables.events.count, row, "a deferred event")
    expectBare(state, row)
    plan.states.append(state)
    if let parent {
      plan.states[parent].children.append(places[row])
    } else {
      plan.roots.append(places[row])
    }
  }

  private mutating func kind(of row: Int) -> Plan.Kind {
    switch tables.states[row].kind {
    case 0: return .ordinary
    case 1: return .parallel
    case 2: return .final
    case 3: return .history(isDeep: false)
    case 4: return .history(isDeep: true)
    case let kind:
      note(
        .noSuchRow, state: row, number: kind, "\(name(of: row)) is of kind \(kind), which is none")
      return .ordinary
    }
  }

  /// The symbols of a list of numbers, those left out that are no row's.
  mutating func symbols(
    _ numbers: [Int]?, _ count: Int, _ state: Int, transition: Int = -1, _ what: StaticString
  ) -> [UInt16] {
    let place: Sentence =
      transition < 0 ? Sentence(name(of: state)) : "transition \(transition) in \(name(of: state))"
    guard let numbers else {
      note(
        .noSuchRow, state: state, transition: transition,
        "\(place): a list is NULL, or has more than 64 numbers (\(what))")
      return []
    }
    var symbols: [UInt16] = []
    for number in numbers {
      if number > 0, number < count {
        symbols.append(UInt16(number - 1))
      } else {
        note(
          .noSuchRow, state: state, transition: transition, number: number,
          "\(place): \(what) is number \(number), which is no row's")
      }
    }
    return symbols
  }
}
