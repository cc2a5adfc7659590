/// What a ``Node`` says, by raw values, so that what all charts have in common is compiled once.
enum Line {
  indirect case state(StateLine)
  indirect case transition(TransitionLine)
  case ignored([UInt16])
  case refused([UInt16])
  case deferred([UInt16])
  case initial(UInt16, [UInt16])
}

struct StateLine {
  let symbol: UInt16
  let kind: Plan.Kind
  let initial: UInt16?
  let entry: [UInt16]
  let exit: [UInt16]
  let body: [Line]
  /// What it runs and what comes of that, in words; empty for a state that runs no chart.
  var invoked: [String] = []
  /// What invoking does behind its entry and exit actions.
  var around = Plan.Around()
  #if !hasFeature(Embedded)
    var origin: Origin?
  #endif

  /// What another line has become: it stands where that one does.
  func from(_ other: StateLine) -> StateLine {
    var line = self
    #if !hasFeature(Embedded)
      line.origin = other.origin
    #endif
    return line
  }
}

struct TransitionLine {
  let trigger: Plan.Trigger
  let condition: Plan.Condition?
  let actions: [UInt16]
  let targets: [UInt16]
  let isInternal: Bool
  /// It is one of those that a line for any event became, of which some may be of no use.
  var isSpread = false
  #if !hasFeature(Embedded)
    var origin: Origin?
  #endif

  /// What another line has become: it stands where that one does.
  func from(_ other: TransitionLine) -> TransitionLine {
    var line = self
    #if !hasFeature(Embedded)
      line.origin = other.origin
    #endif
    return line
  }
}

extension Line {
  static func joined<C: Chart>(_ nodes: [Node<C>]) -> [Line] { nodes.flatMap { $0.lines } }

  static func events(_ kinds: [UInt16]) -> [Plan.Trigger] { kinds.map { .event($0) } }

  static func targets(_ target: UInt16?) -> [UInt16] { target.map { [$0] } ?? [] }

  static func condition(_ holds: UInt16?, _ fails: UInt16?) -> Plan.Condition? {
    precondition(holds == nil || fails == nil, "a transition has one guard: if or unless")
    guard let code = holds ?? fails else { return nil }
    return Plan.Condition(guard: UInt8(truncatingIfNeeded: code), isNegated: holds == nil)
  }

  /// A transition for each of the triggers.
  @inline(never)
  static func transitions(
    _ triggers: [Plan.Trigger], _ condition: Plan.Condition?, _ actions: [UInt16],
    _ targets: [UInt16], _ isInternal: Bool
  ) -> [Line] {
    triggers.map {
      .transition(
        TransitionLine(
          trigger: $0, condition: condition, actions: actions, targets: targets,
          isInternal: isInternal))
    }
  }

  /// A transition for each of the kinds of events; without a target it is targetless.
  @inline(never)
  static func transitions(
    events kinds: [UInt16], _ condition: Plan.Condition?, _ actions: [UInt16], _ target: UInt16?,
    _ isInternal: Bool
  ) -> [Line] {
    transitions(events(kinds), condition, actions, targets(target), isInternal)
  }
}
