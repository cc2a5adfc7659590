import BatonCore
import BatonTesting

/// An open file description: what numbers of processes, and messages on their way, refer to.
class SimulatedFile {
  /// Numbers and messages that refer to it.
  private(set) var references = 0
  var isNonBlocking = false

  var kind: FileKind { FileKind(type: .other) }
  var readiness: Ready { [] }

  final func retain() { references += 1 }

  final func release() {
    references -= 1
    if references == 0 { closed() }
  }

  /// The last reference is gone.
  func closed() {}

  func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
    throw SystemError(call: .read, code: Errno.invalid)
  }

  func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> Int {
    throw SystemError(call: .write, code: Errno.invalid)
  }
}

@available(*, unavailable)
extension SimulatedFile: Sendable {}

/// An eventfd (eventfd(2)).
final class SimulatedCounter: SimulatedFile {
  private var count: UInt64 = 0
  /// Who waits for it in the kernel.
  weak var listener: SimulatedVhost?

  /// Rings it from inside of the kernel.
  func signal() { count &+= 1 }

  override var readiness: Ready { count > 0 ? [.read, .write] : .write }

  override func read(into buffer: UnsafeMutableRawBufferPointer) throws(SystemError) -> Int {
    guard buffer.count >= 8 else { throw SystemError(call: .read, code: Errno.invalid) }
    guard count > 0 else { throw SystemError(call: .read, code: Errno.wouldBlock) }
    // Safe: the buffer has room for eight bytes.
    unsafe buffer.storeBytes(of: count, as: UInt64.self)
    count = 0
    return 8
  }

  override func write(_ bytes: UnsafeRawBufferPointer) throws(SystemError) -> Int {
    guard bytes.count >= 8 else { throw SystemError(call: .write, code: Errno.invalid) }
    // Safe: the guard has seen eight bytes, and any eight are a number.
    count &+= unsafe bytes.loadUnaligned(as: UInt64.self)
    listener?.serve()
    return 8
  }
}

/// A sealed memfd: a block of real memory, which every mapping shares.
@safe
final class SimulatedMemory: SimulatedFile {
  let byteCount: Int
  private let block: UnsafeMutableRawPointer
  private var mappings = 0

  init(byteCount: Int) {
    self.byteCount = byteCount
    let room = max(byteCount, 8)
    // Safe: freed in `deinit`; zeroed as the kernel does.
    unsafe block = .allocate(byteCount: room, alignment: 4096)
    unsafe block.initializeMemory(as: UInt8.self, repeating: 0, count: room)
  }

  deinit {
    // Safe: allocated in `init`; mappings keep this object.
    unsafe block.deallocate()
  }

  override var kind: FileKind { FileKind(type: .regular, size: byteCount) }
  override var readiness: Ready { [.read, .write] }

  var address: UnsafeMutableRawPointer {
    // Safe: whoever maps keeps this object.
    unsafe block
  }

  /// The first word.
  var word: UInt64 {
    // Safe: a block has eight bytes at least.
    unsafe block.loadUnaligned(as: UInt64.self)
  }

  /// All of it, to be put back when a process that has died went on for a moment.
  var content: [UInt8] {
    get {
      // Safe: the block has so many bytes.
      unsafe Array(UnsafeRawBufferPointer(start: block, count: byteCount))
    }
    set {
      // Safe: no more than the block has, and one thread writes to it.
      unsafe block.copyMemory(from: newValue, byteCount: min(byteCount, newValue.count))
    }
  }
}

/// A pidfd.
final class SimulatedProcessFile: SimulatedFile {
  let process: SimulatedProcess

  init(_ process: SimulatedProcess) { self.process = process }

  override var readiness: Ready { process.isAlive ? [] : .read }
}

extension SimulatedFile {
  /// What one read fills in, in two pieces (readv(2)).
  static func scattered(
    _ first: UnsafeMutableRawBufferPointer, _ rest: UnsafeMutableRawBufferPointer,
    _ read: (UnsafeMutableRawBufferPointer) throws(SystemError) -> Int
  ) throws(SystemError) -> Int {
    let bytes = UnsafeMutableRawBufferPointer.allocate(
      byteCount: first.count + rest.count, alignment: 1)
    // Safe: allocated above and freed here; nobody keeps it.
    defer { unsafe bytes.deallocate() }
    // Safe: the buffer is lent for the call, and what it fills has room in both together.
    let count = try unsafe read(bytes)
    unsafe first.copyBytes(from: bytes.prefix(min(count, first.count)))
    unsafe rest.copyBytes(from: bytes.prefix(count).dropFirst(first.count))
    return count
  }
}
