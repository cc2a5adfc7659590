import BatonCore

/// A guest that writes a line every 2 ms while it runs, and has no memory to be moved.
final class Clock: MovableGuest, Watcher {
  private(set) var isRunning = false
  private let loop: any Loop
  private let log: LogDevice
  private let who: String
  private let limit: Int
  private var timer: Timer?
  private var written = 0

  init(_ loop: any Loop, _ log: LogDevice, who: String, limit: Int) {
    (self.loop, self.log, self.who, self.limit) = (loop, log, who, limit)
    timer = Timer(loop, calling: self)
  }

  func start() {
    isRunning = true
    timer?.arm(after: 2_000_000)
  }

  func stop() {
    isRunning = false
    timer?.disarm()
  }

  func ready(_ what: Ready, watch: Int) {
    guard isRunning, written < limit, log.write("the \(who) runs the guest") else { return }
    written += 1
    timer?.arm(after: 2_000_000)
  }

  /// Whether it has written all that this side lets it.
  var isDone: Bool { written >= limit }

  let regions: [MemoryRegion] = []
  func lendMemory() -> [CInt] { [] }
  func adopt(
    _ regions: [MemoryRegion], _ descriptors: consuming Descriptors
  ) throws(Refusal) {
    guard regions.isEmpty else {
      throw .mismatch(
        .regionCount, subject: Name("clock"), here: .number(0),
        there: .number(UInt64(regions.count)))
    }
  }
  func discardMemory() {}
  func releaseMemory() {}
}
