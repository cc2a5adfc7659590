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

  private final class Alarm: Watcher {
    var isLate = false
    func ready(_ what: Ready, watch: Int) { isLate = true }
  }

  /// Turns the loop until `isDone`; at most so many rounds, each of which waits for something, and
  /// half a minute: a record that never comes is an issue of the test.
  func turn(
    until isDone: () -> Bool, roundsMax: Int = 20_000,
    sourceLocation: SourceLocation = #_sourceLocation
  ) {
    let alarm = Alarm()
    let timer = Timer(loop, calling: alarm)
    timer.arm(after: 30_000_000_000)
    var rounds = 0
    while !isDone(), rounds < roundsMax, !alarm.isLate {
      loop.runOnce()
      rounds += 1
    }
    #expect(!alarm.isLate, "it does not happen", sourceLocation: sourceLocation)
    timer.disarm()
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
