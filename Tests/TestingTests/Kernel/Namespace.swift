import BatonCLinux
import Glibc

/// A network namespace of a test's own: the test's thread moves into an empty one and back.
///
/// What the test makes there goes with it; nothing outside is touched.
enum Namespace {
  /// Whether this process may make one (CAP_SYS_ADMIN) and has /dev/net/tun.
  static let isAvailable: Bool = {
    guard access("/dev/net/tun", R_OK | W_OK) == 0 else { return false }
    let former = here()
    defer { close(former) }
    guard clinux_unshare_network() == 0 else { return false }
    goBack(to: former)
    return true
  }()

  /// Why tests are skipped where it is not.
  static let reason = "unshare(CLONE_NEWNET) or /dev/net/tun is refused to this process"

  /// Runs `body` in a new namespace.
  static func run(_ body: () throws -> Void) rethrows {
    let former = here()
    defer { close(former) }
    precondition(clinux_unshare_network() == 0, "a namespace is refused now and was granted before")
    defer { goBack(to: former) }
    // Without addresses the kernel says nothing of its own on an interface that is up.
    if let file = fopen("/proc/sys/net/ipv6/conf/default/disable_ipv6", "w") {
      fputs("1", file)
      fclose(file)
    }
    try body()
  }

  private static func here() -> CInt {
    let former = open("/proc/thread-self/ns/net", O_RDONLY | O_CLOEXEC)
    precondition(former >= 0, "this thread's namespace cannot be opened")
    return former
  }

  private static func goBack(to former: CInt) {
    precondition(setns(former, 0) == 0, "there is no way back from the namespace")
  }

  private typealias SetNamespace = @convention(c) (CInt, CInt) -> CInt

  // Glibc's module does not have it, since it is a GNU extension.
  private static let setns = unsafeBitCast(dlsym(nil, "setns"), to: SetNamespace.self)
}
