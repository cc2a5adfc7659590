public import BatonCore

/// What a TAP is, as the kernel tells it or as its owner recorded it.
public struct TapProperties: Hashable, Sendable {
  /// The interface.
  public var name: InterfaceName
  /// Its index in the namespace of whoever opened it; zero when that could not be asked.
  public var index: UInt32
  /// The flags of the descriptors.
  public var flags: TunFlags
  /// The size of the virtio-net header in bytes, whether `flags` has one or not.
  public var headerSize: UInt32
  /// How many bytes the queues may have on their way.
  public var sendBuffer: UInt32
  /// The offloads that were set last; the kernel does not tell them.
  public var offload: TunOffload
  /// How many queues there are.
  public var queues: Int

  /// A TAP's properties.
  public init(
    name: InterfaceName, index: UInt32, flags: TunFlags, headerSize: UInt32, sendBuffer: UInt32,
    offload: TunOffload, queues: Int
  ) {
    self.name = name
    self.index = index
    self.flags = flags
    self.headerSize = headerSize
    self.sendBuffer = sendBuffer
    self.offload = offload
    self.queues = queues
  }

  /// How many bytes stand in front of each frame.
  public var frameHeaderByteCount: Int {
    flags.contains(.vnetHeader) ? Int(headerSize) : 0
  }
}

// MARK: - On the wire, little-endian

extension TapProperties {
  /// Writes the properties.
  func write(into writer: inout ByteWriter) {
    writer.write(UInt8(name.count))
    for position in 0..<name.count { writer.write(name[position]) }
    writer.write(index)
    writer.write(flags.rawValue)
    writer.write(headerSize)
    writer.write(sendBuffer)
    writer.write(offload.rawValue)
    writer.write(UInt16(queues))
  }

  /// Reads the properties of a peer that is not trusted; nil for a name that cannot be.
  init?(
    _ bytes: borrowing RawSpan, at cursor: inout ByteCursor
  ) throws(ByteCursor.Ended) {
    let text = try cursor.name(bytes)
    let index = try cursor.word(bytes)
    let flags = TunFlags(rawValue: try cursor.half(bytes))
    let headerSize = try cursor.word(bytes)
    let sendBuffer = try cursor.word(bytes)
    let offload = TunOffload(rawValue: try cursor.word(bytes))
    let queues = Int(try cursor.half(bytes))
    guard let name = InterfaceName(bytes: text.bytes) else { return nil }
    self.init(
      name: name, index: index, flags: flags, headerSize: headerSize, sendBuffer: sendBuffer,
      offload: offload, queues: queues)
  }
}

extension InterfaceName {
  /// The name for a refusal.
  var text: Name { Name(bytes: bytes) ?? Name() }
}
