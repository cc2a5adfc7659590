// swift-format-ignore-file: AlwaysUseLowerCamelCase

import CBaton

/// A copy of the tables that a host gave, in which nothing was looked at yet: numbers as they are,
/// names as bytes, and nil for what could not be read.
struct ChartTables {
  /// A list of numbers; nil where the host's was NULL or too long.
  typealias Numbers = [Int]?

  struct State {
    var name: [UInt8]?
    var kind: Int
    var parent: Int
    var initial: Int
    var initialActions: Numbers
    var entry: Numbers
    var exit: Numbers
    var ignored: Numbers
    var refused: Numbers
    var deferred: Numbers
  }

  struct Transition {
    var source: Int
    var event: Int
    var delay: Int
    var `guard`: Int
    var unless: Int
    var isInternal: Bool
    var actions: Numbers
    var targets: Numbers
  }

  /// A guard, an action or a delay.
  struct Function {
    var name: [UInt8]?
    var isThere: Bool
  }

  /// Tables with more rows than a chart may have; their rows were not read.
  private(set) var oversized: [String] = []
  let states: [State]
  let transitions: [Transition]
  let events: [[UInt8]?]
  let guards: [Function]
  let actions: [Function]
  let delays: [Function]
  let conditions: [[UInt8]?]

  /// Reads all that the counts say, and no more of a name or a list than a chart may have.
  init(_ given: baton_chart_tables) {
    var oversized: [String] = []
    // Safe: the host lends each table for the call, with as many rows as it says.
    states = unsafe Self.rows(
      "states", given.states, given.state_count, ChartLimits.states + 1, &oversized
    ) { unsafe State($0) }
    // Safe: as above.
    transitions = unsafe Self.rows(
      "transitions", given.transitions, given.transition_count, ChartLimits.transitions, &oversized
    ) { unsafe Transition($0) }
    // Safe: as above.
    events = unsafe Self.rows(
      "events", given.events, given.event_count, ChartLimits.events + 1, &oversized
    ) { unsafe Text.bytes($0, limit: ChartLimits.name + 1) }
    // Safe: as above.
    guards = unsafe Self.rows(
      "guards", given.guards, given.guard_count, ChartLimits.guards + 1, &oversized
    ) { unsafe Function($0.name, isThere: $0.holds != nil) }
    // Safe: as above.
    actions = unsafe Self.rows(
      "actions", given.actions, given.action_count, ChartLimits.actions + 1, &oversized
    ) { unsafe Function($0.name, isThere: $0.run != nil) }
    // Safe: as above.
    delays = unsafe Self.rows(
      "delays", given.delays, given.delay_count, ChartLimits.delays + 1, &oversized
    ) { unsafe Function($0.name, isThere: true) }
    // Safe: as above.
    conditions = unsafe Self.rows(
      "conditions", given.conditions, given.condition_count, ChartLimits.conditions + 1, &oversized
    ) { unsafe Text.bytes($0, limit: ChartLimits.conditionText) }
    self.oversized = oversized
  }

  /// What is kept of each row of a table, or nothing when there are too many of them.
  private static func rows<Row, Kept>(
    _ name: String, _ table: UnsafePointer<Row>?, _ count: Int, _ limit: Int,
    _ oversized: inout [String], _ keep: (Row) -> Kept
  ) -> [Kept] {
    // Safe: a table that is NULL has no rows.
    guard let table = unsafe table else { return [] }
    let known = usable(count, limit, name, &oversized)
    // Safe: the host lends so many rows.
    return (0..<known).map { unsafe keep(table[$0]) }
  }

  /// How many rows of a table are read: none when there are too many. It is a function of its own,
  /// since the one that reads stands in the library once for each kind of row.
  @inline(never)
  private static func usable(
    _ count: Int, _ limit: Int, _ name: String, _ oversized: inout [String]
  ) -> Int {
    // A count that is no Int comes here as a negative number.
    if 0...limit ~= count { return count }
    oversized.append(name)
    return 0
  }
}

/// The sizes that the header promises.
enum ChartLimits {
  static let states = 250
  static let transitions = 4000
  static let events = 250
  static let guards = 64
  static let conditions = 250
  static let conditionText = 255
  static let actions = 250
  static let delays = 16
  static let list = 64
  static let name = 63
  static let eventData = 56
  /// How many events wait that a machine's actions have sent to it.
  static let waiting = 64
  /// Candidates and operations of the flattened chart: what a chart of these sizes could reach.
  static let candidates = 1 << 20
  static let operations = 1 << 24
}

extension ChartTables.State {
  fileprivate init(_ row: baton_state) {
    // Safe: names and lists are lent for the call.
    name = unsafe Text.bytes(row.name, limit: ChartLimits.name + 1)
    kind = unsafe Int(row.kind)
    parent = unsafe Int(row.parent)
    initial = unsafe Int(row.initial)
    // Safe: as above.
    initialActions = unsafe row.initial_actions.read()
    entry = unsafe row.entry.read()
    exit = unsafe row.exit.read()
    // Safe: as above.
    ignored = unsafe row.ignored.read()
    refused = unsafe row.refused.read()
    deferred = unsafe row.deferred.read()
  }
}

extension ChartTables.Transition {
  fileprivate init(_ row: baton_transition) {
    // Safe: lists are lent for the call.
    source = unsafe Int(row.source)
    event = unsafe Int(row.event)
    delay = unsafe Int(row.delay)
    // Safe: as above.
    `guard` = unsafe Int(row.guard)
    unless = unsafe Int(row.unless)
    isInternal = unsafe row.is_internal != 0
    // Safe: as above.
    actions = unsafe row.actions.read()
    targets = unsafe row.targets.read()
  }
}

extension ChartTables.Function {
  fileprivate init(_ name: UnsafePointer<CChar>?, isThere: Bool) {
    // Safe: names are lent for the call.
    self.name = unsafe Text.bytes(name, limit: ChartLimits.name + 1)
    self.isThere = isThere
  }
}

extension baton_list {
  /// The numbers; nil when they are NULL, or more than a list may have.
  fileprivate func read() -> [Int]? {
    // Safe: a number; and the host lends so many of them.
    let count = unsafe self.count
    if count == 0 { return [] }
    guard 0...ChartLimits.list ~= count, let numbers = unsafe numbers else { return nil }
    var result: [Int] = []
    for place in 0..<count {
      // Safe: as above.
      unsafe result.append(Int(numbers[place]))
    }
    return result
  }
}
