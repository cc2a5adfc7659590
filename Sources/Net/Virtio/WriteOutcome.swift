/// What became of a frame that the guest sent.
package enum WriteOutcome: Sendable {
  /// The kernel took the frame as a whole.
  case written
  /// There is no room now: the frame stays in the guest's ring, to be tried again.
  case wouldBlock
  /// The kernel will not have it (an interface that is down, a frame it cannot read): it is lost.
  case dropped
}
