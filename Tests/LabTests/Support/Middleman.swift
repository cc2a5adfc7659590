import BatonCore
import BatonHost
import BatonLab
import Foundation
import Testing

/// Stands between a source and a target, and lies where a test wants it.
final class Middleman: Watcher {
  private let kernel: Kernel
  private let lab: Lab
  private let path: SocketPath
  private let targetPath: SocketPath
  private let rewrite: (Record) throws -> Void
  private let listener: Descriptor
  private var listening: Watch?
  private var ends: [End] = []

  private static let listenerWatch = 2

  /// One of the two connections.
  private final class End {
    let socket: Descriptor
    var bytes: [UInt8] = []
    var descriptors: Descriptors
    var watch: Watch?

    init(_ socket: consuming Descriptor) {
      descriptors = Descriptors(in: socket.kernel)
      self.socket = socket
    }
  }

  /// Listens at `address` and connects on to `target`, both `unix:PATH`.
  init(
    _ stage: Stage, at address: String, to target: String,
    rewrite: @escaping (Record) throws -> Void
  ) throws {
    lab = stage.lab
    kernel = stage.lab.loop.kernel
    path = try #require(SocketPath(String(address.dropFirst(5))))
    targetPath = try #require(SocketPath(String(target.dropFirst(5))))
    self.rewrite = rewrite
    listener = Descriptor(owning: try kernel.listen(path: path, backlog: 1), in: kernel)
    listening = Watch(
      lab.loop, descriptor: listener.number, for: .read, id: Self.listenerWatch, calling: self)
  }

  deinit {
    listening = nil
    hangUp()
    try? kernel.unlink(path: path)
  }

  /// Closes both connections.
  func hangUp() {
    for end in ends { end.watch = nil }
    ends = []
  }

  func ready(_ what: Ready, watch: Int) {
    do {
      if watch == Self.listenerWatch { try meet() } else { try read(watch) }
    } catch let error as SystemError where error.isWouldBlock {
      return
    } catch is SystemError {
      hangUp()
    } catch {
      Issue.record(error, "the lie cannot be told")
      hangUp()
    }
  }

  private func meet() throws {
    for number in [try kernel.accept(listener.number), try kernel.connect(path: targetPath)] {
      let end = End(Descriptor(owning: number, in: kernel))
      end.watch = Watch(
        lab.loop, descriptor: number, for: .read, id: ends.count, calling: self)
      ends.append(end)
    }
  }

  private func read(_ index: Int) throws {
    let end = ends[index]
    var buffer = [UInt8](repeating: 0, count: 1 << 16)
    var numbers = [CInt](repeating: -1, count: 253)
    let received = try buffer.withUnsafeMutableBytes { bytes in
      try numbers.withUnsafeMutableBufferPointer {
        try kernel.receive(end.socket.number, into: bytes, descriptors: $0)
      }
    }
    numbers.withUnsafeMutableBufferPointer {
      end.descriptors.append(owning: $0, count: received.descriptorCount)
    }
    guard received.byteCount > 0 else { return hangUp() }
    end.bytes += buffer[..<received.byteCount]
    while ends.count == 2, let record = next(index) { try pass(record, to: ends[1 - index]) }
  }

  /// The next whole record of this end.
  private func next(_ index: Int) -> Record? {
    let end = ends[index]
    guard end.bytes.count >= Record.headerByteCount else { return nil }
    let length = Record.headerByteCount + Int(Record.value(end.bytes[12..<16]))
    guard end.bytes.count >= length,
      let kind = Record.Kind(rawValue: UInt16(Record.value(end.bytes[4..<6])))
    else { return nil }
    let own = end.descriptors.removeFirst(Int(Record.value(end.bytes[8..<10])))
    let payload = Array(end.bytes[Record.headerByteCount..<length])
    end.bytes.removeFirst(length)
    return Record(isFromSource: index == 0, kind: kind, payload: payload, descriptors: own)
  }

  private func pass(_ record: Record, to end: End) throws {
    try rewrite(record)
    let bytes = record.bytes.prefix(record.cut ?? .max)
    // Who is gone gets nothing; what he sent before is still to be read.
    _ = try? bytes.withUnsafeBytes { bytes in
      try record.descriptors.lend {
        try kernel.send(end.socket.number, bytes: bytes, descriptors: $0)
      }
    }
    if record.cut != nil { hangUp() }
  }
}

@available(*, unavailable)
extension Middleman: Sendable {}
