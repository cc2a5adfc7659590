import BatonCore

extension Greeting {
  /// Bit 0 of the features. A bit is never given to another feature; one that is not known here is
  /// ignored, so a feature that a side cannot do without is no bit but a version.
  private static let transferBit: UInt32 = 1

  func write(into writer: inout ByteWriter) {
    writer.write(version)
    writer.write(oldestVersion)
    writer.write(handover)
    writer.write(transfersBackends ? Self.transferBit : 0)
    writer.write(software)
  }

  /// Reads the fields that every version has; what a later one adds behind them is skipped.
  init(_ bytes: borrowing RawSpan) throws(ByteCursor.Ended) {
    var cursor = ByteCursor()
    let version = try cursor.half(bytes)
    let oldest = try cursor.half(bytes)
    let handover = try cursor.word(bytes)
    let features = try cursor.word(bytes)
    // For the log alone: what is no name is none.
    let software = (try? cursor.name(bytes)) ?? Name()
    self.init(
      transfersBackends: features & Self.transferBit != 0, handover: handover, version: version)
    oldestVersion = oldest
    self.software = software
  }
}
