package import BatonCore

/// A chart with one mistake in it, made from its definition: no compiler is needed, since a chart
/// is data.
package struct Mutant<C: Chart>: Sendable {
  /// What was done to it.
  package let mutation: Mutation
  let plan: Plan

  /// The table to run; its definition is not checked.
  package var table: Table<C> { Table(plan) }

  /// What the checks of a definition say of it: it could not even be built.
  package var mistakes: [Mistake] { plan.mistakes() }

  /// Whether it could have been built, and mentions every event in every state.
  package var isSound: Bool { plan.mistakes().isEmpty && plan.gaps().isEmpty }

  /// All mutants of a chart, in document order.
  package static func all(of table: Table<C>) -> [Mutant] {
    var mutator = Mutator(table.plan, Symbols(C.self))
    mutator.run()
    return mutator.found.map { Mutant(mutation: $0, plan: $1) }
  }
}

/// One change of a definition.
package struct Mutation: Hashable, Sendable, CustomStringConvertible {
  package enum Kind: String, CaseIterable, Sendable, Codable {
    case dropTransition, dropDelay, swapTarget, dropTarget, negateGuard, dropGuard
    /// Of combined guards: one is left out or negated, or `and` stands where `or` should.
    case dropTerm, negateTerm, swapConnective
    case dropAction, doubleAction, reorderActions
    case dropEntry, doubleEntry, reorderEntry, dropExit
    case dropIgnored, dropRefused, ignoreRefused, swapEvents, swapInitial
  }

  package let kind: Kind
  /// Where, and what, by the names of the chart.
  package let text: String

  package var description: String { "\(kind.rawValue): \(text)" }
}

/// The names of a chart's symbols.
struct Symbols {
  let states: [String]
  let kinds: [String]
  let guards: [String]
  let actions: [String]
  let delays: [String]

  init<C: Chart>(_ chart: C.Type) {
    states = C.State.allCases.map(\.name)
    kinds = C.Event.Kind.allCases.map(\.name)
    guards = C.Guard.allCases.map(\.name)
    actions = C.Action.allCases.map(\.name)
    delays = C.Delay.allCases.map(\.name)
  }
}
