/// A definition with regions or history, for the ``Interpreter``: the structure, and by its numbers
/// what is heard and what is done.
@usableFromInline final class RegionTable: Sendable {
  /// A transition of the structure; one that only ignores, refuses or defers is a row as well.
  @usableFromInline struct Row: BitwiseCopyable, Sendable {
    /// The trigger's column, or one of the two below.
    @usableFromInline var column: UInt16
    @usableFromInline var verdict: Outcome
    /// Its place in document order, or `Layout.Candidate.unlisted`.
    @usableFromInline var transition: UInt16
    @usableFromInline var from: UInt8
    @usableFromInline var to: UInt8
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
  @usableFromInline let symbols: [UInt8]
  @usableFromInline let hasEventless: Bool

  init(
    structure: Structure, rows: [Row], entries: [Span], exits: [Span], symbols: [UInt8],
    eventlessColumn: Int
  ) {
    self.structure = structure
    self.rows = rows
    self.entries = entries
    self.exits = exits
    self.symbols = symbols
    hasEventless = rows.contains { Int($0.column) == eventlessColumn }
  }

  /// The structure's number of a state.
  @usableFromInline func number(of symbol: UInt8) -> Int? {
    symbols.indices.dropFirst().first { symbols[$0] == symbol }
  }
}
