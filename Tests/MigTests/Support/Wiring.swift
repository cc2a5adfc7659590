import BatonCore
import Testing

@testable import BatonMig

/// Two sockets connected with each other, on one loop: a channel at one end, and at the other a
/// second channel or a bare socket.
final class Wiring {
  let kernel: LedgerKernel
  let loop: EventLoop
  let near: Correspondent
  let far: Correspondent
  private var bare: Descriptor?

  init(isFarBare: Bool = false, kernel: LedgerKernel = LedgerKernel()) throws {
    self.kernel = kernel
    loop = EventLoop(kernel: kernel)
    near = Correspondent(kernel)
    far = Correspondent(kernel)
    let pair = try kernel.socketPair()
    near.channel = Channel(loop, Descriptor(owning: pair.0, in: kernel), owner: near)
    let other = Descriptor(owning: pair.1, in: kernel)
    if isFarBare {
      bare = consume other
    } else {
      far.channel = Channel(loop, other, owner: far)
    }
  }

  /// Turns the loop until `isDone`, for twenty seconds at most; each round waits for something.
  func turn(_ location: SourceLocation = #_sourceLocation, until isDone: () -> Bool) {
    let deadline = Deadline(loop, seconds: 60)
    while !isDone(), !deadline.isOver(location) {  // Ends at the deadline, which wakes the loop.
      guard loop.runOnce() else { return }
    }
  }

  /// Sends bytes from the bare end, with descriptors.
  func send(_ bytes: [UInt8], _ descriptors: [CInt] = []) throws {
    let number = bare?.number ?? -1
    let sent = try bytes.withUnsafeBytes { bytes in
      try descriptors.withUnsafeBufferPointer { descriptors in
        try kernel.send(number, bytes: bytes, descriptors: descriptors)
      }
    }
    #expect(sent == bytes.count)
  }

  /// Closes the bare end.
  func closeBare() { bare = nil }

  /// A memfd of so many bytes, by which it is known again.
  func memory(_ byteCount: Int) throws -> Descriptor {
    Descriptor(owning: try kernel.createMemory(name: "test", byteCount: byteCount), in: kernel)
  }

  func writer(_ bytes: [UInt8]) -> ByteWriter {
    var writer = ByteWriter()
    writer.write(bytes)
    return writer
  }
}
