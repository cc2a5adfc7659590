/// Where the software guest keeps what it needs, as offsets into its area.
///
///     page 0       the state page: what attach needs, identity, counters, the control command
///     then         64 bytes per queue pair: ring positions and counters
///     then         per queue its descriptor table, available ring and used ring
///     then         per pair its receive buffers, then its transmit buffers
struct GuestLayout: Equatable, Sendable {
  static let pageByteCount = 4096
  static let pairByteCount = 64
  static let queueSizeMax = 256
  static let queueSizeMin = 8

  let pairs: Int
  /// Entries of every queue, a power of two.
  let queueSize: Int
  /// Bytes of every buffer, a virtio-net header included.
  let bufferByteCount: Int

  /// The queues of all pairs, and the control queue.
  var queueCount: Int { 2 * pairs + 1 }
  /// The guest's own number of the control queue, whatever the device's is.
  var controlQueue: Int { 2 * pairs }

  var byteCount: Int { buffers + 2 * pairs * queueSize * bufferByteCount }

  /// The longest queues that fit into an area, nil when even the shortest do not.
  static func fitting(
    _ byteCount: Int, pairs: Int, bufferByteCount: Int, queueSizeMax: Int
  ) -> GuestLayout? {
    var size = min(queueSizeMax, Self.queueSizeMax)
    while size >= min(queueSizeMin, queueSizeMax) {
      let layout = GuestLayout(pairs: pairs, queueSize: size, bufferByteCount: bufferByteCount)
      if layout.byteCount <= byteCount { return layout }
      size /= 2
    }
    return nil
  }

  func pair(_ pair: Int) -> Int { Self.pageByteCount + pair * Self.pairByteCount }

  func descriptors(_ queue: Int) -> Int { rings + queue * ringByteCount }
  func available(_ queue: Int) -> Int { descriptors(queue) + 16 * queueSize }
  func used(_ queue: Int) -> Int { available(queue) + Self.roundUp(6 + 2 * queueSize, to: 64) }

  // Of both rings the first two bytes are flags, the next two the index, and behind the entries
  // stands the event index of the other side (virtio 1.2, 2.7.6 and 2.7.8).
  func availableIndex(_ queue: Int) -> Int { available(queue) + 2 }
  func usedIndex(_ queue: Int) -> Int { used(queue) + 2 }
  func usedEvent(_ queue: Int) -> Int { available(queue) + 4 + 2 * queueSize }
  func availableEvent(_ queue: Int) -> Int { used(queue) + 4 + 8 * queueSize }

  func availableEntry(_ queue: Int, _ index: UInt16) -> Int {
    available(queue) + 4 + 2 * (Int(index) & (queueSize - 1))
  }

  func usedEntry(_ queue: Int, _ index: UInt16) -> Int {
    used(queue) + 4 + 8 * (Int(index) & (queueSize - 1))
  }

  func descriptor(_ queue: Int, _ index: Int) -> Int { descriptors(queue) + 16 * index }

  /// The buffer that belongs to a descriptor of a data queue.
  func buffer(_ queue: Int, _ index: Int) -> Int {
    buffers + (queue * queueSize + index) * bufferByteCount
  }

  private var rings: Int {
    Self.pageByteCount + Self.roundUp(pairs * Self.pairByteCount, to: Self.pageByteCount)
  }

  private var ringByteCount: Int {
    16 * queueSize + Self.roundUp(6 + 2 * queueSize, to: 64)
      + Self.roundUp(6 + 8 * queueSize, to: 64)
  }

  private var buffers: Int {
    Self.roundUp(rings + queueCount * ringByteCount, to: Self.pageByteCount)
  }

  private static func roundUp(_ count: Int, to unit: Int) -> Int {
    (count + unit - 1) / unit * unit
  }
}
