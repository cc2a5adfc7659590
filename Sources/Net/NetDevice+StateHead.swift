import BatonCore

extension NetDevice {
  /// What stands in a device's state before that of the virtio-net device, which has a version and
  /// lengths of its own: a version, and the TAP's properties as a structure that may grow.
  struct StateHead {
    /// It changes when a field that is known here gets another meaning.
    private static let version: UInt16 = 2

    let tap: TapProperties

    init(tap: TapProperties) { self.tap = tap }

    func write(into writer: inout ByteWriter) {
      writer.write(Self.version)
      writer.writeStructure { tap.write(into: &$0) }
    }

    /// Reads what a source wrote, which is not trusted.
    init(
      _ bytes: borrowing RawSpan, at cursor: inout ByteCursor, subject: Name
    ) throws(Refusal) {
      try cursor.check(version: Self.version, of: bytes, subject: subject)
      let read: TapProperties?
      do {
        var fields = try cursor.structure(bytes)
        read = try TapProperties(bytes, at: &fields)
      } catch {
        throw cursor.truncation(of: bytes, subject: subject)
      }
      guard let tap = read else {
        throw Refusal(.malformedRecord, field: .interfaceName, subject: subject)
      }
      self.tap = tap
    }
  }
}
