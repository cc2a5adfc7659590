/// Collects the candidates of one leaf by column, at the cost of what there is and not of all
/// columns of the chart.
struct RowMaker {
  private var lists: [[Flattening.Candidate]]
  private var touched: [Int] = []

  init(columns: Int) { lists = Array(repeating: [], count: columns) }

  mutating func add(_ candidate: Flattening.Candidate, to column: Int) {
    if lists[column].isEmpty { touched.append(column) }
    lists[column].append(candidate)
  }

  mutating func add(_ candidate: Flattening.Candidate, to columns: Range<Int>) {
    for column in columns { add(candidate, to: column) }
  }

  /// Hands out the lists by column, and begins anew.
  mutating func take(_ body: (Int, [Flattening.Candidate]) -> Void) {
    for column in ascending(touched) {
      body(column, lists[column])
      lists[column].removeAll(keepingCapacity: true)
    }
    touched.removeAll(keepingCapacity: true)
  }
}
