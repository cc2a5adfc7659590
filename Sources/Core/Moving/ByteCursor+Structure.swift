extension ByteCursor {
  /// Enters a structure that `ByteWriter.writeStructure` wrote: the result ends where it ends.
  ///
  /// This cursor stands behind the structure from now on, so fields of a later version, which are
  /// read by nobody here, are skipped. Before a field that an earlier version did not write, ask
  /// `hasMore`; where there is none, the field has the default that docs/PROTOCOL.md gives.
  ///
  /// - Throws: `Ended` when the length says more than there is.
  public mutating func structure(_ bytes: borrowing RawSpan) throws(Ended) -> ByteCursor {
    let count = Int(try half(bytes))
    let start = try skip(count, bytes)
    return ByteCursor(at: start, limit: start + count)
  }

  /// True while there are bytes to read, in the structure or in all.
  public func hasMore(_ bytes: borrowing RawSpan) -> Bool { left(bytes) > 0 }
}
