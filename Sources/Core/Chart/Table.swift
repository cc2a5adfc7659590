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
    guard mistakes.isEmpty else { throw Self.error(mistakes) }
    self.init(plan)
  }

  /// Builds a table without looking for mistakes: for charts that were made or changed by a test.
  ///
  /// - Parameter hasLanes: False to leave all of a chart with regions to the interpreter.
  package init(_ plan: Plan, hasLanes: Bool = true) {
    var flat = Flattening(plan)
    let regions = plan.needsInterpreter ? flat.regions() : nil
    if let regions { flat.addLanes(regions, areUsed: hasLanes) }
    self.regions = regions
    isDirect =
      Layout.isDirect(C.Guard.self) && Layout.isDirect(C.Action.self) && flat.terms.isEmpty
    self.plan = plan
    index = flat.index
    eventlessColumn = flat.eventlessColumn
    doneColumn = flat.doneColumn
    delayColumn = flat.delayColumn
    slots = flat.slots
    initialLeaf = flat.initialLeaf
    initialOperations = flat.initialOperations
    let rows = Layout.Rows(flat, leaves: regions?.structure.states.count ?? plan.counts.states)
    isDense = rows.columns > 0
    // Safe: each block is filled from an array of the same length here and freed in `deinit`.
    unsafe blocks = Layout.Blocks(
      rows: Self.block(rows.rows), spare: Self.block(rows.spare),
      spareColumns: Self.block(rows.spareColumns), spareStarts: Self.block(rows.spareStarts),
      candidates: Self.block(
        flat.candidates.map {
          Layout.Candidate(
            $0, isRestless: regions == nil && flat.isRestless($0.leaf), in: flat)
        }),
      operations: Self.block(flat.operations.map { Layout.Operation($0) }),
      terms: Self.block(flat.terms),
      symbols: Self.block(regions?.symbols ?? []),
      columns: rows.columns)
  }

  /// The chart's table, for a chart whose definition is part of the program: a test builds it, and
  /// a mistake here is our own fault and traps.
  public static func trusted(_ chart: C.Type = C.self) -> Table {
    do { return try Table(chart) } catch { fatalError(Self.complaint(error)) }
  }

  deinit {
    // Safe: allocated in `init`, trivial elements, nobody else holds them.
    unsafe blocks.rows.deallocate()
    unsafe blocks.spare.deallocate()
    unsafe blocks.spareColumns.deallocate()
    unsafe blocks.spareStarts.deallocate()
    unsafe blocks.candidates.deallocate()
    unsafe blocks.operations.deallocate()
    unsafe blocks.terms.deallocate()
    unsafe blocks.symbols.deallocate()
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

  private static func block<T: BitwiseCopyable>(_ values: [T]) -> UnsafeMutablePointer<T> {
    let block = UnsafeMutablePointer<T>.allocate(capacity: max(1, values.count))
    for (offset, value) in values.enumerated() {
      // Safe: `offset` is below the capacity.
      unsafe (block + offset).initialize(to: value)
    }
    return unsafe block
  }

  private static var isNumbered: Bool {
    func counts<S: Symbol>(_ type: S.Type) -> Bool {
      zip(S.allCases, 0...).allSatisfy { Int($0.rawValue) == $1 }
    }
    return counts(C.State.self) && counts(C.Event.Kind.self) && counts(C.Guard.self)
      && counts(C.Action.self) && counts(C.Effect.Kind.self) && counts(C.Delay.self)
  }

  private static func error(_ mistakes: [Mistake]) -> ChartError {
    let names = ChartNames(C.self)
    return ChartError(
      chart: C.name, mistakes: mistakes, descriptions: mistakes.map { $0.text(names) })
  }

  private static func complaint(_ error: ChartError) -> String {
    error.description
  }
}
