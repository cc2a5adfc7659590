import CBaton

/// A chart's tables in memory that stays where it is, as a host in C has them.
final class Blueprint {
  struct State {
    var name: String?
    var kind: UInt32 = 0
    var parent: UInt32 = 0
    var initial: UInt32 = 0
    var initialActions: [UInt32] = []
    var entry: [UInt32] = []
    var exit: [UInt32] = []
    var ignored: [UInt32] = []
    var refused: [UInt32] = []
    var deferred: [UInt32] = []
  }

  struct Transition {
    var source: UInt32
    var event: UInt32 = 0
    var delay: UInt32 = 0
    var `guard`: UInt32 = 0
    var unless: UInt32 = 0
    var isInternal: UInt32 = 0
    var actions: [UInt32] = []
    var targets: [UInt32] = []
  }

  /// Row 0 is the chart itself.
  var states: [State] = []
  var transitions: [Transition] = []
  /// Without row 0, as the others.
  var events: [String?] = []
  var guards: [String?] = []
  var actions: [String?] = []
  var delays: [(name: String?, nanoseconds: UInt64)] = []
  var conditions: [String?] = []
  /// Whether guards and actions have their functions.
  var hasFunctions = true

  private var held: [UnsafeMutableRawPointer] = []

  deinit { for memory in held { memory.deallocate() } }

  /// What a build answered.
  struct Built {
    let answer: CInt
    let chart: OpaquePointer?
    let mistakes: [baton_mistake]
    let why: baton_refusal

    var codes: [Int32] { mistakes.map(\.code) }
    var texts: [String] {
      mistakes.map { mistake in
        withUnsafeBytes(of: mistake.text) { String(decoding: $0.prefix { $0 != 0 }, as: UTF8.self) }
      }
    }
  }

  func build(on loop: OpaquePointer?, capacity: Int = 256) -> Built {
    var tables = baton_chart_tables()
    tables.size = UInt32(MemoryLayout<baton_chart_tables>.size)
    fill(&tables)
    var mistakes = Array(repeating: baton_mistake(), count: capacity)
    var (count, why) = (0, Calls.refusal())
    var chart: OpaquePointer?
    let answer = baton_chart_create(loop, &tables, &mistakes, capacity, &count, &chart, &why)
    return Built(
      answer: answer, chart: chart, mistakes: Array(mistakes.prefix(count)), why: why)
  }

  private func fill(_ tables: inout baton_chart_tables) {
    tables.states = keep(states.map(row))
    tables.state_count = states.count
    tables.transitions = keep(transitions.map(row))
    tables.transition_count = transitions.count
    tables.events = keep([nil] + events.map(text))
    tables.event_count = events.count + 1
    var rows = [baton_guard()]
    for (place, name) in guards.enumerated() {
      rows.append(
        baton_guard(name: text(name), holds: hasFunctions ? Log.guards[place % 4] : nil))
    }
    tables.guards = keep(rows)
    tables.guard_count = rows.count
    var doing = [baton_action()]
    for (place, name) in actions.enumerated() {
      doing.append(
        baton_action(name: text(name), run: hasFunctions ? Log.actions[place % 8] : nil))
    }
    tables.actions = keep(doing)
    tables.action_count = doing.count
    tables.delays = keep(
      [baton_delay()]
        + delays.map { baton_delay(name: text($0.name), nanoseconds: $0.nanoseconds, measure: nil) }
    )
    tables.delay_count = delays.count + 1
    tables.conditions = keep([nil] + conditions.map(text))
    tables.condition_count = conditions.count + 1
  }

  private func row(_ state: State) -> baton_state {
    baton_state(
      name: text(state.name), kind: state.kind, parent: state.parent, initial: state.initial,
      reserved: 0, initial_actions: list(state.initialActions), entry: list(state.entry),
      exit: list(state.exit), ignored: list(state.ignored), refused: list(state.refused),
      deferred: list(state.deferred))
  }

  private func row(_ it: Transition) -> baton_transition {
    baton_transition(
      source: it.source, event: it.event, delay: it.delay, guard: it.guard, unless: it.unless,
      is_internal: it.isInternal, actions: list(it.actions), targets: list(it.targets))
  }

  private func list(_ numbers: [UInt32]) -> baton_list {
    baton_list(numbers: keep(numbers), count: numbers.count)
  }

  private func text(_ text: String?) -> UnsafePointer<CChar>? {
    text.flatMap { keep($0.utf8.map { CChar(bitPattern: $0) } + [0]) }
  }

  private func keep<Value>(_ values: [Value]) -> UnsafePointer<Value>? {
    guard !values.isEmpty else { return nil }
    let memory = UnsafeMutablePointer<Value>.allocate(capacity: values.count)
    memory.initialize(from: values, count: values.count)
    held.append(UnsafeMutableRawPointer(memory))
    return UnsafePointer(memory)
  }
}

/// What a chart's functions were called with, and what they are to answer and to do.
final class Log {
  var lines: [String] = []
  var holds = [true, true, true, true]
  /// What an action does beside its line.
  var hooks: [Int: (OpaquePointer?, baton_event?) -> Void] = [:]
  var asked: (() -> Void)?
  var loop: OpaquePointer?

  var context: UnsafeMutableRawPointer { Unmanaged.passUnretained(self).toOpaque() }

  static func of(_ context: UnsafeMutableRawPointer?) -> Log {
    Unmanaged<Log>.fromOpaque(context!).takeUnretainedValue()
  }

  private func ask(_ place: Int, _ event: UnsafePointer<baton_event>?) -> CInt {
    lines.append("\(place)?\(Self.text(event))")
    asked?()
    return holds[place] ? 1 : 0
  }

  private func act(
    _ place: Int, _ machine: OpaquePointer?, _ event: UnsafePointer<baton_event>?
  ) {
    lines.append("\(place)\(Self.text(event))")
    hooks[place]?(machine, event?.pointee)
  }

  /// The event's number, and its first byte when it carries any.
  private static func text(_ event: UnsafePointer<baton_event>?) -> String {
    guard let event = event?.pointee else { return "" }
    return event.count == 0 ? " \(event.number)" : " \(event.number):\(event.data.0 & 0xFF)"
  }

  static let guards: [baton_guard_fn] = [
    { Log.of($1).ask(0, $0) }, { Log.of($1).ask(1, $0) }, { Log.of($1).ask(2, $0) },
    { Log.of($1).ask(3, $0) },
  ]

  static let actions: [baton_action_fn] = [
    { Log.of($2).act(0, $0, $1) }, { Log.of($2).act(1, $0, $1) }, { Log.of($2).act(2, $0, $1) },
    { Log.of($2).act(3, $0, $1) }, { Log.of($2).act(4, $0, $1) }, { Log.of($2).act(5, $0, $1) },
    { Log.of($2).act(6, $0, $1) }, { Log.of($2).act(7, $0, $1) },
  ]

  static let calls: baton_machine_calls = {
    var calls = baton_machine_calls()
    calls.size = UInt32(MemoryLayout<baton_machine_calls>.size)
    calls.done = { Log.of($0).lines.append("done") }
    calls.failed = { Log.of($1).lines.append("failed \(Calls.text($0!.pointee))") }
    return calls
  }()
}
