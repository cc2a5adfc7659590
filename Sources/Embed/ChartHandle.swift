// swift-format-ignore-file: AlwaysUseLowerCamelCase

import BatonCore
package import CBaton

/// A chart of a host's as the host knows it: what its tables say, flattened, and their functions.
@safe final class ChartHandle: Handle {
  override class var mark: UInt { 0x1000 }

  let table: Table<HostChart>
  let names: ChartNames
  /// The functions by their symbols, which stay where they are.
  let guards: UnsafeMutablePointer<baton_guard_fn?>
  let actions: UnsafeMutablePointer<baton_action_fn?>
  let delays: UnsafeMutablePointer<baton_delay>
  /// By symbol, whether the state ends the chart.
  let isEnd: [Bool]

  /// A chart of tables in which no mistake was found.
  init(_ home: Home, _ reader: ChartReader, _ given: baton_chart_tables) {
    table = Table(reader.plan)
    names = reader.names
    var isEnd = Array(repeating: false, count: names.states.count)
    for state in reader.plan.states where state.kind == .final && state.parent == nil {
      isEnd[Int(state.symbol)] = true
    }
    self.isEnd = isEnd
    // Safe: each block is as long as its table, without row 0, and is freed in `deinit`.
    unsafe guards = Self.block(given.guards, names.guards.count) { unsafe $0.holds }
    unsafe actions = Self.block(given.actions, names.actions.count) { unsafe $0.run }
    unsafe delays = Self.block(given.delays, names.delays.count) { unsafe $0 }
    super.init(home)
  }

  deinit {
    // Safe: allocated in `init`, trivial elements; machines hold their chart.
    unsafe guards.deallocate()
    unsafe actions.deallocate()
    unsafe delays.deallocate()
  }

  private static func block<Row, Kept>(
    _ rows: UnsafePointer<Row>?, _ count: Int, _ keep: (Row) -> Kept
  ) -> UnsafeMutablePointer<Kept> {
    let block = UnsafeMutablePointer<Kept>.allocate(capacity: max(1, count))
    // Safe: the host lends one row more than there are names.
    for place in 0..<count {
      guard let rows = unsafe rows else { break }
      // Safe: as above, and the place lies within the block.
      unsafe (block + place).initialize(to: keep(rows[place + 1]))
    }
    return unsafe block
  }
}

@c @implementation
package func baton_chart_create(
  _ loop: OpaquePointer?, _ tables: UnsafePointer<baton_chart_tables>?,
  _ mistakes: UnsafeMutablePointer<baton_mistake>?, _ capacity: Int,
  _ count: UnsafeMutablePointer<Int>?, _ chart: UnsafeMutablePointer<OpaquePointer?>?, _ why: Why
) -> CInt {
  // Safe: the handle is checked, and the rest is the host's.
  unsafe enter(loop, LoopHandle.self, why) { handle throws(Hindrance) in
    unsafe Struct.put(0, to: count)
    guard let given = unsafe Struct.read(tables, zero: baton_chart_tables()) else {
      throw .rule("the tables of a chart are NULL, or their size is not set")
    }
    // Safe: as above.
    let reader = ChartReader(unsafe ChartTables(given))
    guard reader.mistakes.isEmpty else {
      unsafe Struct.put(reader.mistakes.count, to: count)
      for (place, mistake) in reader.mistakes.enumerated() where place < capacity {
        // Safe: the caller has room for so many.
        if let mistakes = unsafe mistakes { unsafe mistakes[place] = baton_mistake(mistake) }
      }
      throw reader.hindrance
    }
    // Safe: as above.
    try unsafe ChartHandle(handle.home, reader, given).issue(chart)
    return 0
  }
}

extension ChartReader {
  /// The mistakes in one line: how many there are, and the first.
  fileprivate var hindrance: Hindrance {
    let count = mistakes.count
    let first = mistakes.first?.text ?? ""
    let noun = count == 1 ? "1 mistake: " : "\(count) mistakes, the first: "
    return .refusal(
      Refusal(
        .invalid, subject: Name(bytes: Array(names.chart.utf8.prefix(Name.limit))) ?? Name(),
        here: .number(0), there: .number(UInt64(count))),
      text: "chart \(names.chart): \(noun)\(first)")
  }
}

@c @implementation
package func baton_chart_destroy(_ chart: OpaquePointer?) -> CInt {
  // Safe: the handle is checked.
  unsafe destroyHandle(chart, ChartHandle.self)
}
