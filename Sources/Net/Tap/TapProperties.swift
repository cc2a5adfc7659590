public import BatonCore

/// What a TAP is, as the kernel tells it or as its owner recorded it.
public struct TapProperties: Hashable, Sendable {
  /// The interface's name in the kernel, not the template that it was asked for with.
  public var name: InterfaceName
  /// Its index in the namespace of whoever opened it; zero when that could not be asked.
  public var index: UInt32
  /// The flags that all descriptors of the interface have; only `TunFlags.compared` ones.
  public var flags: TunFlags
  /// How many queues there are, 1 to 256.
  public var queues: Int
  /// What the kernel has of each setting, as far as it is known.
  public var settings: TapSettings

  /// A TAP of which no setting is known unless some are given.
  package init(
    name: InterfaceName, index: UInt32, flags: TunFlags, queues: Int,
    settings: TapSettings = TapSettings()
  ) {
    self.name = name
    self.index = index
    self.flags = flags
    self.queues = queues
    self.settings = settings
  }

  /// The value of a setting; nil when it is not known.
  public subscript(setting: TapSetting) -> UInt32? {
    get { settings[setting] }
    set { settings[setting] = newValue }
  }

  /// The offloads that were set last; none are set on a new device.
  public var offload: TunOffload { TunOffload(rawValue: self[.offload] ?? 0) }

  /// How many bytes stand in front of each frame.
  public var frameHeaderByteCount: Int {
    flags.contains(.vnetHeader) ? Int(self[.headerSize] ?? 0) : 0
  }
}

// MARK: - On the wire, little-endian

// Fields of a structure whose length the record has: name (a length byte, then the bytes), index
// (u32), flags (u16), the first three settings (u32 each), queues (u16), then the other settings by
// their numbers (u32 each). A setting that the source does not know is not told: 0, or nothing
// where its version has no such field. The 0 of a setting that can be 0 is told.

extension TapProperties {
  /// Writes the fields in the order of docs/PROTOCOL.md.
  package func write(into writer: inout ByteWriter) {
    writer.write(UInt8(name.count))
    for position in 0..<name.count { writer.write(name[position]) }
    writer.write(index)
    writer.write(flags.rawValue)
    for setting in TapSetting.allCases.prefix(3) { writer.write(self[setting] ?? 0) }
    writer.write(UInt16(queues))
    for setting in TapSetting.allCases.dropFirst(3) { writer.write(self[setting] ?? 0) }
  }

  /// Reads the properties of a peer that is not trusted, up to the cursor's end; nil for a name
  /// that cannot be.
  package init?(
    _ bytes: borrowing RawSpan, at cursor: inout ByteCursor
  ) throws(ByteCursor.Ended) {
    let text = try cursor.name(bytes)
    let index = try cursor.word(bytes)
    let flags = TunFlags(rawValue: try cursor.half(bytes))
    var settings = TapSettings()
    for setting in TapSetting.allCases.prefix(3) {
      settings[setting] = setting.told(try cursor.word(bytes))
    }
    let queues = Int(try cursor.half(bytes))
    for setting in TapSetting.allCases.dropFirst(3) where cursor.hasMore(bytes) {
      settings[setting] = setting.told(try cursor.word(bytes))
    }
    guard let name = InterfaceName(of: text) else { return nil }
    self.init(name: name, index: index, flags: flags, queues: queues, settings: settings)
  }
}

extension InterfaceName {
  /// The name for a refusal.
  var text: Name { Name(bytes: bytes) ?? Name() }
}
