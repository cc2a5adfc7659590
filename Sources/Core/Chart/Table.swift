/// A definition flattened for dispatch: for every leaf and trigger the candidates in priority order
/// (inner states first, then document order), each with its precomputed operations.
///
/// Immutable once built and shared by all machines of the chart.
@safe
public final class Table<C: Chart>: @unchecked Sendable {
  /// Columns are the event kinds, then eventless, then done per state, then the delays: the numbers
  /// of triggers in records.
  @usableFromInline let blocks: Layout.Blocks
  @usableFromInline let eventlessColumn: Int
  @usableFromInline let doneColumn: Int
  @usableFromInline let delayColumn: Int
  /// The delay symbol of each slot, in document order of the waiting transitions.
  @usableFromInline let slots: [UInt16]
  @usableFromInline let initialLeaf: UInt16
  @usableFromInline let initialOperations: (start: UInt32, count: UInt16)
  /// Whether guards and actions lie in memory as their numbers, as enums do that count from zero,
  /// and each transition asks one guard at most: what events are fastest with.
  @usableFromInline let isDirect: Bool
  /// Set for charts with regions or history, which the interpreter runs.
  @usableFromInline let regions: RegionTable?
  /// Whether the rows of all events lie by leaf and kind, as they do unless there are very many.
  @usableFromInline let isDense: Bool
  package let plan: Plan
  private let index: PlanIndex

  /// Builds the chart's table.
  ///
  /// - Throws: A `ChartError` that names every mistake of the definition.
  public convenience init(_ chart: C.Type = C.self) throws(ChartError) {
    let plan = Plan(C.definition)
    var mistakes = plan.mistakes()
    if C.Effect.Kind.allCases.count > Limits.effectKinds { mistakes.append(.tooLarge("effects")) }
    if !Self.isNumbered { mistakes.insert(.unnumberedSymbols, at: 0) }
    guard mistakes.isEmpty else { throw Self.error(mistakes, plan) }
    self.init(plan)
  }

  /// Builds a table without looking for mistakes: for charts that were made or changed by a test.
  ///
  /// - Parameter hasLanes: False to leave all of a chart with regions to the interpreter.
  package init(_ plan: Plan, hasLanes: Bool = true) {
    let parts = TableParts(
      plan, isDirect: Layout.isDirect(C.Guard.self) && Layout.isDirect(C.Action.self),
      hasLanes: hasLanes)
    self.plan = plan
    regions = parts.regions
    isDirect = parts.isDirect
    index = parts.index
    eventlessColumn = parts.eventlessColumn
    doneColumn = parts.doneColumn
    delayColumn = parts.delayColumn
    slots = parts.slots
    initialLeaf = parts.initialLeaf
    initialOperations = parts.initialOperations
    isDense = parts.isDense
    // Safe: freed in `deinit`.
    unsafe blocks = parts.blocks
  }

  /// The chart's table, for a chart whose definition is part of the program: a test builds it, and
  /// a mistake here is our own fault and traps.
  public static func trusted(_ chart: C.Type = C.self) -> Table {
    do { return try Table(chart) } catch { fatalError(Self.complaint(error)) }
  }

  deinit {
    // Safe: this table's, and nobody else holds them.
    unsafe blocks.deallocate()
  }

  /// The pairs of leaf and event kind that no line of the definition mentions.
  public var gaps: [(state: C.State, kind: C.Event.Kind)] {
    plan.gaps().map { (C.State(code: $0.state)!, C.Event.Kind(code: $0.kind)!) }
  }

  /// The states that nothing leaves and that are no final states: the ends that a chart keeps, or
  /// states whose way out was forgotten. A test of a chart compares them with what is meant.
  public var traps: [C.State] { plan.traps().map { C.State(code: $0)! } }

  /// The chart with its types erased, for drawings, exports and traces.
  public var outline: Outline { Outline(ChartNames(C.self), plan) }

  /// Whether the state is the leaf or lies around it.
  func encloses(_ state: UInt16, leaf: UInt16) -> Bool {
    guard let place = index.position(of: leaf), let around = index.position(of: state) else {
      return false
    }
    return place == around || index.isInside(place, around)
  }

  private static var isNumbered: Bool {
    func counts<S: Symbol>(_ type: S.Type) -> Bool {
      zip(S.allCases, 0...).allSatisfy { Int($0.rawValue) == $1 }
    }
    return counts(C.State.self) && counts(C.Event.Kind.self) && counts(C.Guard.self)
      && counts(C.Action.self) && counts(C.Effect.Kind.self) && counts(C.Delay.self)
  }

  private static func error(_ mistakes: [Mistake], _ plan: Plan) -> ChartError {
    let names = ChartNames(C.self)
    let texts = mistakes.map { $0.text(names) }
    #if hasFeature(Embedded)
      return ChartError(chart: C.name, mistakes: mistakes, descriptions: texts)
    #else
      return ChartError(
        chart: C.name, mistakes: mistakes, descriptions: texts, places: plan.places(of: mistakes))
    #endif
  }

  private static func complaint(_ error: ChartError) -> String {
    error.description
  }
}
