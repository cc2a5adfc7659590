/// Which rows of a table lie by leaf and column, and which are searched for.
extension Layout {
  /// The rows of a flattening as they lie in memory.
  ///
  /// Those for events are found by a multiplication, as long as there are not too many. Those of
  /// states that are done and of delays, which few leaves have, and all rows of a large chart, are
  /// written down one behind the other, and searched for by halves: the table of a chart of any
  /// size is as large as what its leaves say, with the states around them.
  struct Rows {
    /// By leaf and column the candidate that a row begins with, of an empty one the first of all,
    /// which is none; empty in a large chart.
    var rows: [UInt32] = []
    /// How many columns of each leaf `rows` has.
    var columns = 0
    var spare: [UInt32] = []
    var spareColumns: [UInt16] = []
    /// By leaf, and one behind the last.
    var spareStarts: [UInt32] = [0]

    /// How many rows lie by leaf and column at most; a row has eight bytes.
    static var most: Int { 1 << 17 }

    init(_ flattening: Flattening, leaves: Int) {
      let width = flattening.eventlessColumn + 1
      if leaves * width <= Self.most {
        columns = width
        rows = Array(repeating: 0, count: leaves * width)
      }
      for row in flattening.rows {
        let (leaf, column) = (Int(row.leaf), Int(row.column))
        if column < columns {
          rows[leaf * columns + column] = row.start
        } else {
          close(through: leaf)
          spare.append(row.start)
          spareColumns.append(row.column)
        }
      }
      close(through: leaves)
    }

    /// What is added next belongs to this leaf or to a later one.
    private mutating func close(through leaf: Int) {
      while spareStarts.count <= leaf { spareStarts.append(UInt32(spare.count)) }
    }
  }
}
