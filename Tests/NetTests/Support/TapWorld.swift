import BatonCore
import Testing

@testable import BatonNet

/// The parameter object of a test.
final class Policy: TransferPolicy {
  var transfersBackends: Bool
  init(_ transfersBackends: Bool = true) { self.transfersBackends = transfersBackends }
}

/// A device at a TAP that keeps what comes and sends what it is told.
final class PortRecorder: FramePort, FrameReceiver {
  private(set) var losses: [Refusal] = []
  func lost(_ refusal: Refusal) { losses.append(refusal) }

  /// The numbers of the frames that came, in order.
  var numbers: [Int] = []
  /// The queues that they came from.
  var queues: [Int] = []
  /// Whether it takes frames.
  var takes = true
  /// What waits to be sent.
  var waiting: [[UInt8]] = []
  /// The most frames that one `transmit` sends.
  var limit = Tap.batch
  var headerByteCount = 12
  unowned var tap: Tap

  init(_ tap: Tap) {
    self.tap = tap
    tap.port = self
  }

  deinit { tap.port = nil }

  func receiver(forQueue queue: Int) -> (any FrameReceiver, pair: Int)? { (self, queue) }

  func canReceive(pair: Int) -> Bool { takes }

  func take(frame: UnsafeRawBufferPointer, pair queue: Int) {
    if let number = Wire.number(Array(frame), header: headerByteCount) {
      numbers.append(number)
      queues.append(queue)
    }
  }

  /// Where the next frame may be read to; nil has it taken.
  var buffer: UnsafeMutableRawBufferPointer?
  /// How many frames were read there.
  private(set) var tookCount = 0

  func room(pair: Int) -> UnsafeMutableRawBufferPointer? { buffer }

  func took(byteCount: Int, pair: Int) {
    tookCount += 1
    take(frame: UnsafeRawBufferPointer(rebasing: buffer![..<byteCount]), pair: pair)
  }

  func showReceived(pair: Int) {}

  func transmit(queue: Int) -> Bool {
    for _ in 0..<limit {
      guard let frame = waiting.first else { return false }
      let outcome = frame.withUnsafeBytes { tap.write(queue: queue, frame: $0) }
      if case .wouldBlock = outcome { return true }
      waiting.removeFirst()
    }
    return !waiting.isEmpty
  }

  /// Sends a numbered frame with an empty header at once.
  @discardableResult
  func send(_ number: Int, queue: Int = 0) -> WriteOutcome {
    let frame = [UInt8](repeating: 0, count: headerByteCount) + Wire.frame(number)
    return frame.withUnsafeBytes { tap.write(queue: queue, frame: $0) }
  }
}

/// A loop, a kernel that refuses on demand, a notifier list and TAPs.
final class TapWorld: World {
  let kernel = RefusingKernel()
  let loop: EventLoop
  let notifiers = NotifierList()
  let policy: Policy

  init(transfersBackends: Bool = true) {
    loop = EventLoop(kernel: kernel)
    policy = Policy(transfersBackends)
    kernel.isWatched = { [weak loop] in loop?.isRegistered($0) ?? false }
  }

  func tap(_ options: TapOptions = TapOptions(), name: StaticString = "net0") -> Tap {
    Tap(loop, name: Name(name), options: options, notifiers: notifiers, policy: policy)
  }

  func pollOnce() -> Bool { loop.poll() }
}

extension Tap {
  /// Why an offer is refused; nil when it is not.
  func refusal(
    _ offer: TapProperties, _ descriptors: consuming Descriptors, isOwed: Bool = false
  ) -> Refusal? {
    do throws(Refusal) {
      try consider(offer, descriptors, isOwed: isOwed)
      return nil
    } catch {
      return error
    }
  }
}

/// The refusal that a body throws.
func refusal(_ body: () throws(Refusal) -> Void) -> Refusal? {
  do {
    try body()
    return nil
  } catch {
    return error
  }
}

extension InterfaceName {
  /// A name that the test knows to be good.
  static func of(_ text: String) -> InterfaceName { InterfaceName(text)! }
}

extension EventLoop {
  /// Runs rounds as long as something is so, which an event ends.
  func run(while isSo: @autoclosure () -> Bool) {
    let deadline = Deadline()
    while isSo(), !deadline.isOver(), runOnce() {}
  }
}
