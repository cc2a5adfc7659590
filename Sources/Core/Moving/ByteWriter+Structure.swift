extension ByteWriter {
  /// Writes a structure that can grow: how many bytes its fields have (u16), and the fields.
  ///
  /// A field is only ever appended, never moved, narrowed or removed. Who reads takes the fields
  /// that it knows (`ByteCursor.structure`). A structure of more than 65,535 bytes is our own
  /// fault, and traps.
  public mutating func writeStructure<Failure: Error>(
    _ fields: (inout ByteWriter) throws(Failure) -> Void
  ) throws(Failure) {
    let start = count
    write(UInt16(0))
    try fields(&self)
    patch(UInt16(count - start - 2), at: start)
  }
}
