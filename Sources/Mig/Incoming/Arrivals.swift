import BatonCore

/// What came from the source and waits for its turn; bounded, since the source is not trusted.
final class Arrivals {
  struct Device {
    let name: Name
    let kind: Name
    let properties: [UInt8]
    let descriptorCount: Int
    var state: [UInt8]?
    var adoption = Adoption.adopt
  }

  /// The most devices of one offer.
  static let devicesMax = 4096
  /// The most bytes of properties, and of state, that all devices together may have.
  static let bytesMax = 256 << 20

  /// In the order of the offer.
  var devices: [Device] = []
  private var propertyByteCount = 0
  private var stateByteCount = 0
  /// Of all devices, in the same order.
  var descriptors: Descriptors
  var regions: [MemoryRegion] = []
  /// Of all regions, in the same order.
  var memory: Descriptors

  init(in kernel: Kernel) {
    descriptors = Descriptors(in: kernel)
    memory = Descriptors(in: kernel)
  }
}

extension Arrivals {
  func addDevice(
    _ payload: borrowing RawSpan, _ own: consuming Descriptors
  ) throws(ByteCursor.Ended) {
    var cursor = ByteCursor()
    let head = try Payload.Device(payload, at: &cursor)
    guard devices.count < Self.devicesMax else { throw ByteCursor.Ended() }
    propertyByteCount += payload.byteCount
    guard propertyByteCount <= Self.bytesMax else { throw ByteCursor.Ended() }
    devices.append(
      Device(
        name: head.name, kind: head.kind, properties: try Self.rest(payload, cursor),
        descriptorCount: own.count))
    descriptors.append(contentsOf: own)
  }

  func addMemory(
    _ payload: borrowing RawSpan, _ own: consuming Descriptors
  ) throws(ByteCursor.Ended) {
    let layout = try Payload.Memory(payload)
    guard regions.isEmpty, own.count == layout.regions.count else { throw ByteCursor.Ended() }
    regions = layout.regions
    memory.append(contentsOf: own)
  }

  func addState(_ payload: borrowing RawSpan) throws(ByteCursor.Ended) {
    var cursor = ByteCursor()
    let position = try Payload.State(payload, at: &cursor).position
    stateByteCount += payload.byteCount
    guard stateByteCount <= Self.bytesMax else { throw ByteCursor.Ended() }
    guard position < devices.count, devices[position].state == nil else {
      throw ByteCursor.Ended()
    }
    devices[position].state = try Self.rest(payload, cursor)
  }

  private static func rest(
    _ payload: borrowing RawSpan, _ cursor: ByteCursor
  ) throws(ByteCursor.Ended) -> [UInt8] {
    var cursor = cursor
    let count = payload.byteCount - cursor.offset
    let start = try cursor.skip(count, payload)
    let part = payload.extracting(start..<start + count)
    // Safe: the bytes are copied while they are lent.
    return unsafe part.withUnsafeBytes { unsafe [UInt8]($0) }
  }
}

@available(*, unavailable)
extension Arrivals: Sendable {}
