/// A definition with regions or history, for the ``Interpreter``: the structure, and by its numbers
/// what is heard and what is done.
@usableFromInline final class RegionTable: Sendable {
  /// A transition of the structure; one that only ignores, refuses or defers is a row as well.
  @usableFromInline struct Row: BitwiseCopyable, Sendable {
    /// The trigger's column, or one of the two below.
    @usableFromInline var column: UInt16
    @usableFromInline var verdict: Outcome
    /// Its place in document order, or `Layout.Candidate.unlisted`.
    @usableFromInline var transition: UInt32
    @usableFromInline var from: UInt16
    @usableFromInline var to: UInt16
    @usableFromInline var operations: Span

    /// Any event.
    @inlinable static var any: UInt16 { 0xFFFE }
    /// An initial or default transition, which nothing triggers.
    @inlinable static var none: UInt16 { 0xFFFF }
  }

  /// Some of the table's operations.
  @usableFromInline struct Span: BitwiseCopyable, Sendable {
    @usableFromInline var start: UInt32
    @usableFromInline var count: UInt16
  }

  @usableFromInline let structure: Structure
  /// By transition of the structure.
  @usableFromInline let rows: [Row]
  /// By state of the structure.
  @usableFromInline let entries: [Span]
  @usableFromInline let exits: [Span]
  /// By state of the structure: the raw value of its symbol; 0 for the chart itself.
  @usableFromInline let symbols: [UInt16]
  @usableFromInline let hasEventless: Bool
  /// By symbol the number of the state in the structure; 0 when there is none.
  private let numbers: [Int]

  init(
    structure: Structure, rows: [Row], entries: [Span], exits: [Span], symbols: [UInt16],
    eventlessColumn: Int
  ) {
    self.structure = structure
    self.rows = rows
    self.entries = entries
    self.exits = exits
    self.symbols = symbols
    var numbers = Array(repeating: 0, count: (symbols.max().map { Int($0) } ?? 0) + 1)
    for number in symbols.indices.dropFirst().reversed() { numbers[Int(symbols[number])] = number }
    self.numbers = numbers
    hasEventless = rows.contains { Int($0.column) == eventlessColumn }
  }

  /// The structure's number of a state.
  @usableFromInline func number(of symbol: UInt16) -> Int? {
    guard Int(symbol) < numbers.count, numbers[Int(symbol)] > 0 else { return nil }
    return numbers[Int(symbol)]
  }
}
