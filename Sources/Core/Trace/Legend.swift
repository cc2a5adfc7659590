/// The names behind the numbers of one machine's records.
public struct Legend: Hashable, Sendable {
  /// The chart's name and, if there are several machines of it, which one.
  public let machine: String
  /// Names of the states by raw value.
  public let states: [String]
  /// Names of the triggers by the table's column.
  public let triggers: [String]
  /// Names of the guards by raw value.
  public let guards: [String]
  /// Names of the effects' kinds by raw value.
  public let effects: [String]

  /// How many of the triggers are delays: the last ones.
  public let delayCount: Int

  /// The legend of a machine of this chart.
  public init<C: Chart>(_ table: Table<C>, instance: String = "") {
    self.init(table, ChartNames(C.self), instance: instance)
  }

  /// The legend of a machine of a table whose numbers have these names.
  package init<C: Chart>(_ table: Table<C>, _ names: ChartNames, instance: String) {
    self.init(slots: table.slots, names, instance: instance)
  }

  @inline(never)
  private init(slots: [UInt16], _ names: ChartNames, instance: String) {
    machine = instance.isEmpty ? names.chart : "\(names.chart) \(instance)"
    states = names.states
    triggers =
      names.events + ["(eventless)"] + names.states.map { "done(\($0))" }
      + slots.map { "after(\(names.delays[symbol: $0]))" }
    delayCount = slots.count
    guards = names.guards
    effects = names.effects
  }

  /// The legend of a notifier list, whose records carry migration events.
  public static var notifiers: Legend {
    Legend(
      machine: "Notifiers", states: ["notifying"],
      triggers: MigrationEvent.allCases.map { $0.name }, guards: [], effects: [])
  }

  private init(
    machine: String, states: [String], triggers: [String], guards: [String], effects: [String]
  ) {
    self.machine = machine
    self.states = states
    self.triggers = triggers
    delayCount = 0
    self.guards = guards
    self.effects = effects
  }
}
