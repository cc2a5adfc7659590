/// What a ``Table`` is made of, whatever the types of its chart are, so that it is compiled once.
@safe
struct TableParts {
  let blocks: Layout.Blocks
  let eventlessColumn: Int
  let doneColumn: Int
  let delayColumn: Int
  let slots: [UInt16]
  let initialLeaf: UInt16
  let initialOperations: (start: UInt32, count: UInt16)
  let isDirect: Bool
  let regions: RegionTable?
  let isDense: Bool
  let index: PlanIndex

  /// - Parameter isDirect: Whether guards and actions lie in memory as their numbers.
  @inline(never)
  init(_ plan: Plan, isDirect: Bool, hasLanes: Bool) {
    var flat = Flattening(plan)
    let regions = plan.needsInterpreter ? flat.regions() : nil
    if let regions { flat.addLanes(regions, areUsed: hasLanes) }
    self.regions = regions
    self.isDirect = isDirect && flat.terms.isEmpty
    index = flat.index
    eventlessColumn = flat.eventlessColumn
    doneColumn = flat.doneColumn
    delayColumn = flat.delayColumn
    slots = flat.slots
    initialLeaf = flat.initialLeaf
    initialOperations = flat.initialOperations
    let rows = Layout.Rows(flat, leaves: regions?.structure.states.count ?? plan.counts.states)
    isDense = rows.columns > 0
    // Safe: each block is filled from an array of the same length here, and freed by the table.
    let operations = unsafe Self.block(Self.operations(flat, hasRegions: regions != nil))
    let candidates = unsafe Self.block(
      flat.candidates.map {
        let isRestless = regions == nil && flat.isRestless($0.leaf)
        // Safe: as above.
        return unsafe Layout.Candidate($0, isRestless: isRestless, in: flat, operations)
      })
    // Safe: as above; rows begin with one of the candidates.
    unsafe blocks = Layout.Blocks(
      rows: Self.block(rows.rows.map { unsafe Layout.Row(candidates + Int($0)) }),
      spare: Self.block(rows.spare.map { unsafe Layout.Row(candidates + Int($0)) }),
      spareColumns: Self.block(rows.spareColumns), spareStarts: Self.block(rows.spareStarts),
      candidates: candidates, operations: operations,
      terms: Self.block(flat.terms),
      symbols: Self.block(regions?.symbols ?? []),
      columns: rows.columns, stride: rows.columns * MemoryLayout<Layout.Row>.stride)
  }

  /// Without regions, each candidate has operations of its own.
  private static func operations(_ flat: Flattening, hasRegions: Bool) -> [Layout.Operation] {
    var operations = flat.operations.map { Layout.Operation($0) }
    guard !hasRegions else { return operations }
    for candidate in flat.candidates where flat.isRunning(candidate) {
      let (start, count) = candidate.operations
      operations[Int(start) + Int(count) - 1].code = .last
    }
    return operations
  }

  private static func block<T: BitwiseCopyable>(_ values: [T]) -> UnsafeMutablePointer<T> {
    let block = UnsafeMutablePointer<T>.allocate(capacity: max(1, values.count))
    for (offset, value) in values.enumerated() {
      // Safe: `offset` is below the capacity.
      unsafe (block + offset).initialize(to: value)
    }
    return unsafe block
  }
}

extension Layout.Blocks {
  /// Frees all of them; their elements are trivial.
  @inline(never)
  func deallocate() {
    // Safe: allocated by ``TableParts``, and called once.
    unsafe rows.deallocate()
    unsafe spare.deallocate()
    unsafe spareColumns.deallocate()
    // Safe: as above.
    unsafe spareStarts.deallocate()
    unsafe candidates.deallocate()
    unsafe operations.deallocate()
    // Safe: as above.
    unsafe terms.deallocate()
    unsafe symbols.deallocate()
  }
}
