/// What the numbers of a chart are called: by the cases of a chart that is code, or by the rows
/// of one that is data. Outlines, mistakes and traces take names from here.
package struct ChartNames: Hashable, Sendable {
  package var chart: String
  /// By raw value, as the others.
  package var states: [String]
  package var events: [String]
  package var guards: [String]
  package var actions: [String]
  package var effects: [String]
  package var delays: [String]

  /// The names of a chart that is data.
  package init(
    chart: String, states: [String], events: [String], guards: [String], actions: [String],
    delays: [String]
  ) {
    self.chart = chart
    self.states = states
    self.events = events
    self.guards = guards
    self.actions = actions
    self.delays = delays
    effects = []
  }

  init<C: Chart>(_ chart: C.Type) {
    func names<S: Symbol>(_ type: S.Type) -> [String] { S.allCases.map { $0.name } }
    self.init(
      chart: "\(C.name)", states: names(C.State.self), events: names(C.Event.Kind.self),
      guards: names(C.Guard.self), actions: names(C.Action.self), delays: names(C.Delay.self))
    effects = names(C.Effect.Kind.self)
  }
}

extension [String] {
  /// The name of a symbol; its number when it has none.
  subscript(symbol code: UInt16) -> String {
    Int(code) < count ? self[Int(code)] : "\(code)"
  }
}
