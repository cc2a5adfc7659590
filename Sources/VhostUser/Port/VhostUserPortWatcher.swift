public import BatonCore
public import BatonNet

/// Someone who is told what happens at a port.
public protocol VhostUserPortWatcher: AnyObject {
  /// A front-end has connected, as this process; nil when the kernel does not say which.
  func port(_ port: VhostUserPort, connected process: Int32?)
  /// A session is over; nil when the front-end left by itself.
  func port(_ port: VhostUserPort, ended fault: VhostFault?)
  /// Somebody was sent away, for this reason: both places are taken, or he is another user.
  func port(_ port: VhostUserPort, turnedAway refusal: Refusal)
  /// Somebody who has connected waits: the process or the system has no descriptor left for him, or
  /// no memory; told once, until that is over.
  func port(_ port: VhostUserPort, unaccepted refusal: Refusal)
  /// A VMM that listens at this path is not to be had, and is called again so many nanoseconds
  /// later; told once for each reason.
  func port(_ port: VhostUserPort, unreached path: SocketPath, _ refusal: Refusal, again: UInt64)
  /// A guest has broken one of its rings, which rests until its driver starts anew.
  func port(_ port: VhostUserPort, ring: Int, broken fault: RingFault)
  /// The TAP serves the guest of this front-end (its place, 0 or 1) from now on, or nobody.
  func port(_ port: VhostUserPort, serves place: UInt8?)
  /// The interface was deleted, and the guest has no network any more.
  func port(_ port: VhostUserPort, lost refusal: Refusal)
  /// The TAP could not be opened, for all that a script or a helper did; told after the port was
  /// made, or in it.
  func port(_ port: VhostUserPort, unopened refusal: Refusal)
  /// The TAP was opened anew after it was lost (``VhostUserPort/reopen()``), or why it was not.
  func port(_ port: VhostUserPort, reopened refusal: Refusal?)
  /// Something did not go as it should, and ends nothing: the down script, for instance.
  func port(_ port: VhostUserPort, warned refusal: Refusal)
  /// A script or a helper of the port's TAP has written a line, without its end.
  func port(_ port: VhostUserPort, said line: [UInt8], by program: TapProgram)
}

extension VhostUserPortWatcher {
  /// Told like somebody who is sent away.
  public func port(_ port: VhostUserPort, unaccepted refusal: Refusal) {
    self.port(port, turnedAway: refusal)
  }

  /// Whoever uses neither scripts nor helpers hears of it when the port is made.
  public func port(_ port: VhostUserPort, unopened refusal: Refusal) {}

  /// Whoever uses neither scripts nor helpers knows when the call comes back.
  public func port(_ port: VhostUserPort, reopened refusal: Refusal?) {}

  /// Nobody is told of it here.
  public func port(_ port: VhostUserPort, warned refusal: Refusal) {}

  /// Nobody reads what it wrote.
  public func port(_ port: VhostUserPort, said line: [UInt8], by program: TapProgram) {}
}
