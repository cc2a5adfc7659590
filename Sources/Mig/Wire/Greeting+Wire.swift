import BatonCore

extension Greeting {
  private static let transferBit: UInt32 = 1

  func write(into writer: inout ByteWriter) {
    writer.write(version)
    writer.write(oldestVersion)
    writer.write(handover)
    writer.write(transfersBackends ? Self.transferBit : 0)
  }

  /// Reads the fields that every version has; what a later one adds behind them is skipped.
  init(_ bytes: borrowing RawSpan) throws(ByteCursor.Ended) {
    var cursor = ByteCursor()
    let version = try cursor.half(bytes)
    let oldest = try cursor.half(bytes)
    let handover = try cursor.word(bytes)
    let features = try cursor.word(bytes)
    self.init(
      transfersBackends: features & Self.transferBit != 0, handover: handover, version: version)
    oldestVersion = oldest
  }
}
