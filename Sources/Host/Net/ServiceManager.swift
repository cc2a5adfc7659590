import BatonCore
import Foundation

/// The service manager that started this process, as sd_notify(3) and sd_listen_fds(3) have it:
/// told of the state, and asked for sockets that it opened.
struct ServiceManager {
  private let kernel: Kernel
  private let path: SocketPath?

  /// The manager that the environment names; without one nothing is told.
  init(_ kernel: Kernel, environment: [String: String] = ProcessInfo.processInfo.environment) {
    self.kernel = kernel
    path = environment["NOTIFY_SOCKET"].flatMap { SocketPath($0) }
  }

  /// Tells a state, such as `READY=1`; a manager that does not listen misses it.
  func tell(_ state: String) {
    guard let path else { return }
    _ = try? kernel.notify(path: path, state: Array(state.utf8))
  }
}
