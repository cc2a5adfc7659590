/// A one-shot timer on the loop's monotonic clock; it never fires early.
public struct Timer: ~Copyable {
  private let loop: any Loop
  private let registration: Registration

  /// Makes a timer that is not armed; it calls `watcher` with `id`.
  public init(_ loop: any Loop, id: Int = 0, calling watcher: any Watcher) {
    self.loop = loop
    self.registration = loop.addTimer(watcher: watcher, watch: id)
  }

  deinit { loop.remove(registration) }

  /// Arms it for `deadline`, in nanoseconds of the loop's clock; a time that is past fires in the
  /// next round.
  public borrowing func arm(at deadline: UInt64) {
    loop.arm(registration, at: deadline)
  }

  /// Arms it for `nanos` nanoseconds from now.
  public borrowing func arm(after nanos: UInt64) {
    let (deadline, isBeyond) = loop.now.addingReportingOverflow(nanos)
    loop.arm(registration, at: isBeyond ? .max : deadline)
  }

  /// Disarms it; nothing happens when it is not armed.
  public borrowing func disarm() {
    loop.disarm(registration)
  }
}

@available(*, unavailable)
extension Timer: Sendable {}
