/// How a child process ended (waitid(2)).
public enum ExitStatus: Hashable, Sendable {
  /// It called exit(3) with this status, 0 to 255.
  case exited(CInt)
  /// A signal of this number killed it (signal(7)).
  case killed(signal: CInt)
}
