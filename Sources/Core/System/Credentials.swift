/// Who is at the other end of a UNIX socket (SO_PEERCRED), as of the time it connected.
public struct Credentials: Hashable, Sendable {
  /// The process, in this process' PID namespace; zero when it is not visible there.
  public var pid: Int32
  /// Its effective user; 65534 when it has none in this user namespace.
  public var uid: UInt32
  /// Its effective group; 65534 when it has none in this user namespace.
  public var gid: UInt32

  /// Makes credentials, as a simulated kernel does.
  public init(pid: Int32, uid: UInt32, gid: UInt32) {
    self.pid = pid
    self.uid = uid
    self.gid = gid
  }
}
