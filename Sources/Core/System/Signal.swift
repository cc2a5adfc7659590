/// The numbers of the signals that somebody asks for by name (signal(7)).
public enum Signal: Sendable {
  /// SIGHUP.
  public static let hangUp: CInt = 1
  /// SIGINT.
  public static let interrupt: CInt = 2
  /// SIGKILL.
  public static let kill: CInt = 9
  /// SIGUSR1.
  public static let user1: CInt = 10
  /// SIGTERM.
  public static let terminate: CInt = 15
  /// SIGCHLD.
  public static let child: CInt = 17
  /// SIGCONT.
  public static let resume: CInt = 18
  /// SIGSTOP.
  public static let stop: CInt = 19
}
