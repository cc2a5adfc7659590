/// A signal that an ``EventLoop`` is told of: a descriptor like any other, so that it is heard as
/// well while the kernel refuses the loop to watch or to wait.
final class SignalPart: GroupPart, Watcher {
  // Safe: every signal watch holds the loop, so it is there as long as we are.
  private unowned(unsafe) let loop: EventLoop
  // Safe: the owner of the watch removes it before it goes.
  private unowned(unsafe) let watcher: any Watcher
  private let number: CInt
  private let watch: Int
  // Without one that is looked at now and then.
  private var bell: Descriptor?
  private var registration: Registration?
  private var timer: Timer?

  private static let timerWatch = 1
  private static let lookNanos: UInt64 = 10_000_000

  init(_ loop: EventLoop, _ number: CInt, _ watcher: any Watcher, _ watch: Int) {
    // Safe: only stored here.
    unsafe self.loop = loop
    // Safe: as above.
    unsafe self.watcher = watcher
    self.number = number
    self.watch = watch
    bell = (try? Linux.createCounter()).map { Descriptor(owning: $0, in: loop.kernel) }
    super.init()
    // A number that is no signal's never comes.
    Linux.watchSignal(number, ringing: bell?.number)
    if let bell = bell?.number {
      registration = loop.add(descriptor: bell, for: .read, watcher: self, watch: 0)
    } else {
      timer = Timer(loop, id: Self.timerWatch, calling: self)
      timer?.arm(after: Self.lookNanos)
    }
  }

  override func remove() {
    // Safe: the loop is there as long as we are.
    if let registration { unsafe loop.remove(registration) }
    registration = nil
    timer = nil
    Linux.unwatchSignal(number, ringing: bell?.number)
  }

  /// The loop calls: the bell rang, or it is time to look.
  func ready(_ what: Ready, watch: Int) {
    timer?.arm(after: Self.lookNanos)
    guard Linux.takeSignals(number, ringing: bell?.number) > 0 else { return }
    // Safe: the watch is in force, so its watcher is there; the copy holds it for the call.
    let watcher = unsafe watcher
    watcher.ready(.signal, watch: self.watch)
  }
}
