/// The numbers of the signals that somebody asks for by name (signal(7)).
public enum Signal: Sendable {
  /// SIGHUP: the terminal has gone, or by custom: read the configuration again.
  public static let hangUp: CInt = 1
  /// SIGINT: the user interrupts, as with Ctrl-C.
  public static let interrupt: CInt = 2
  /// SIGKILL: ends a process at once; nobody can catch it.
  public static let kill: CInt = 9
  /// SIGUSR1: means what the program wants it to mean.
  public static let user1: CInt = 10
  /// SIGPIPE: a pipe or socket is written to that nobody reads; the write says EPIPE as well.
  public static let brokenPipe: CInt = 13
  /// SIGTERM: asks a process to end in order.
  public static let terminate: CInt = 15
  /// SIGCHLD: a child has ended or stopped.
  public static let child: CInt = 17
  /// SIGCONT: a process that stands goes on.
  public static let resume: CInt = 18
  /// SIGSTOP: a process stands until SIGCONT, whether it likes to or not.
  public static let stop: CInt = 19
  /// SIGXFSZ: a file would grow beyond RLIMIT_FSIZE; the write says EFBIG as well.
  public static let fileSize: CInt = 25
}
