import BatonCore

/// A driver of either side, as the owner of a channel: it reads the records that its state expects,
/// and every other one breaks the channel unless it may be skipped.
protocol RecordReader: ChannelOwner {
  var side: MigrationSide { get }

  /// Whether such a record may come now.
  func expects(_ type: RecordType) -> Bool

  /// Reads a record that may come, and sends what it comes to.
  ///
  /// - Throws: When the payload ends too early, or holds a value that cannot be.
  func read(
    _ type: RecordType, _ payload: borrowing RawSpan, _ descriptors: consuming Descriptors
  ) throws(ByteCursor.Ended)
}

extension RecordReader {
  func channel(
    received type: RecordType, _ payload: borrowing RawSpan, _ descriptors: consuming Descriptors
  ) {
    guard expects(type) else {
      if type.isSkippable { return }
      let here = Refusal.Value.name(Name(side.status.qapiName))
      return channelBroken(
        Refusal(.unexpectedRecord, here: here, there: .name(type.name)))
    }
    do throws(ByteCursor.Ended) {
      try read(type, payload, descriptors)
    } catch {
      channelBroken(Refusal(.malformedRecord, there: .name(type.name)))
    }
  }
}
