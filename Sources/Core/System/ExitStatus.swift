/// How a child process ended (waitid(2)).
public enum ExitStatus: Hashable, Sendable {
  /// It called exit(3) with this status, 0 to 255.
  case exited(CInt)
  /// This signal killed it.
  case killed(signal: CInt)
}
