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
  /// A VMM that listens at this path is not to be had, and is called again so many nanoseconds
  /// later; told once for each reason.
  func port(_ port: VhostUserPort, unreached path: SocketPath, _ refusal: Refusal, again: UInt64)
  /// A guest has broken one of its rings, which rests until its driver starts anew.
  func port(_ port: VhostUserPort, ring: Int, broken fault: RingFault)
  /// The TAP serves the guest of this front-end (its place, 0 or 1) from now on, or nobody.
  func port(_ port: VhostUserPort, serves place: UInt8?)
  /// The interface was deleted, and the guest has no network any more.
  func port(_ port: VhostUserPort, lost refusal: Refusal)
}
