import BatonCore
import BatonTesting

/// A TAP interface: what belongs to the device, and its queues.
final class SimulatedTap {
  let name: InterfaceName
  let index: UInt32
  var flags: UInt16
  var headerSize: CInt = 10
  /// The interface's numbers, by the call that tells them; absent until they are set.
  var numbers: [Call: UInt32] = [:]
  var offload: UInt32 = 0
  var isPersistent = false
  var hasCarrier = true
  /// Whether the link is up; a new one is down.
  var isUp = false
  /// The queues that are attached, in the order of their indices.
  fileprivate(set) var queues: [SimulatedQueue] = []
  /// Queues that were detached and are still open.
  fileprivate(set) var detached = 0
  /// Frames that were dropped because nobody had room for them.
  private(set) var dropped = 0
  /// Frames that were written, in order.
  private(set) var sent: [[UInt8]] = []
  private weak var machine: SimulatedMachine?
  private static let ringSize = 1_000

  init(_ name: InterfaceName, index: UInt32, flags: UInt16, _ machine: SimulatedMachine) {
    self.name = name
    self.index = index
    self.flags = flags
    self.machine = machine
  }

  var isMultiQueue: Bool { flags & TunFlag.multiQueue != 0 }
  var hasHeader: Bool { flags & TunFlag.header != 0 }

  /// A frame from the network, for one queue.
  func deliver(_ frame: [UInt8], queue: Int = 0) {
    guard hasCarrier, isUp, !queues.isEmpty else {
      dropped += 1
      return
    }
    let queue = queues[queue % queues.count]
    if queue.frames.count < Self.ringSize { queue.frames.append(frame) } else { dropped += 1 }
    queue.server?.serve()
  }

  /// Frames that wait in any queue.
  var waiting: [[UInt8]] { queues.flatMap(\.frames) }

  fileprivate func transmit(_ frame: [UInt8]) { sent.append(frame) }

  /// Bytes on their way, of every queue that is attached now (tun_set_sndbuf).
  func setSendBuffer(_ byteCount: CInt) {
    for queue in queues { queue.sendBuffer = byteCount }
  }

  fileprivate func attach(_ queue: SimulatedQueue) { queues.append(queue) }

  /// Its frames are destroyed, and the last queue takes its index.
  fileprivate func detach(_ queue: SimulatedQueue) {
    guard let place = queues.firstIndex(where: { $0 === queue }) else { return }
    queue.frames = []
    queues.swapAt(place, queues.count - 1)
    queues.removeLast()
  }

  fileprivate func closed() {
    guard queues.isEmpty, detached == 0, !isPersistent else { return }
    machine?.remove(self)
  }
}

@available(*, unavailable)
extension SimulatedTap: Sendable {}

/// IFF_ flags (linux/if_tun.h).
enum TunFlag {
  static let tun: UInt16 = 1
  static let tap: UInt16 = 2
  static let multiQueue: UInt16 = 0x100
  static let header: UInt16 = 0x4000
  static let detach: UInt16 = 0x400
  static let persist: UInt16 = 0x800
  static let exclusive: UInt16 = 0x8000
  static let features: UInt32 = 0x7173
}

/// An open /dev/net/tun, attached to an interface or not.
final class SimulatedQueue: SimulatedFile {
  fileprivate var frames: [[UInt8]] = []
  private(set) var tap: SimulatedTap?
  private(set) var isAttached = false
  fileprivate(set) var sendBuffer = CInt.max
  /// The vhost-net that takes its frames.
  weak var server: SimulatedVhost?

  override var kind: FileKind {
    FileKind(type: .characterDevice(major: 10, minor: 200))
  }

  override var readiness: Ready {
    guard let tap else { return [.read, .write] }
    guard isAttached, tap.isUp else { return [] }
    return frames.isEmpty ? .write : [.read, .write]
  }

  /// The next frame, with its header, for who serves rings with it.
  func takeFrame() -> [UInt8]? {
    guard let tap, !frames.isEmpty else { return nil }
    let header = tap.hasHeader ? Int(tap.headerSize) : 0
    return [UInt8](repeating: 0, count: header) + frames.removeFirst()
  }

  /// The interface, or EBADFD.
  func attachedTap(_ call: Call) throws(SystemError) -> SimulatedTap {
    guard let tap else { throw SystemError(call: call, code: Errno.badDescriptorState) }
    return tap
  }

  func attach(to tap: SimulatedTap) {
    self.tap = tap
    isAttached = true
    tap.attach(self)
  }

  /// TUNSETQUEUE.
  func setAttached(_ wanted: Bool) throws(SystemError) {
    guard let tap, tap.isMultiQueue, wanted != isAttached else {
      throw SystemError(call: .tunSetQueue, code: Errno.invalid)
    }
    isAttached = wanted
    if wanted {
      tap.detached -= 1
      tap.attach(self)
    } else {
      tap.detached += 1
      tap.detach(self)
    }
  }

  override func closed() {
    guard let tap else { return }
    if isAttached { tap.detach(self) } else { tap.detached -= 1 }
    tap.closed()
    self.tap = nil
  }

  override func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
    let tap = try attachedTap(.read)
    guard !frames.isEmpty else { throw SystemError(call: .read, code: Errno.wouldBlock) }
    let frame = frames.removeFirst()
    let header = tap.hasHeader ? Int(tap.headerSize) : 0
    let all = [UInt8](repeating: 0, count: header) + frame
    for (offset, byte) in all.prefix(buffer.count).enumerated() {
      // Safe: no more than the buffer holds.
      unsafe buffer[offset] = byte
    }
    return min(all.count, buffer.count)
  }

  override func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> Int {
    let tap = try attachedTap(.write)
    guard tap.isUp else { throw SystemError(call: .write, code: Errno.inputOutput) }
    let header = tap.hasHeader ? Int(tap.headerSize) : 0
    guard bytes.count >= header + 14 else {
      throw SystemError(call: .write, code: Errno.invalid)
    }
    // Safe: the caller lends the bytes for the length of the call.
    unsafe tap.transmit(Array(bytes.dropFirst(header)))
    return bytes.count
  }
}
