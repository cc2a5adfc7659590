package import BatonCore
import Foundation

/// The service manager that started this process, as sd_notify(3) and sd_listen_fds(3) have it:
/// told of the state, and asked for sockets that it opened.
package struct Systemd {
  private let kernel: Kernel
  private let path: SocketPath?

  /// The manager that the environment names; without one nothing is told.
  package init(
    _ kernel: Kernel, environment: [String: String] = ProcessInfo.processInfo.environment
  ) {
    self.kernel = kernel
    path = environment["NOTIFY_SOCKET"].flatMap { SocketPath($0) }
  }

  /// The sockets that it made for this process, by their names (FileDescriptorName=), the first one
  /// of each name; each is a descriptor that nobody else closes.
  package static func sockets(
    of process: Int32, environment: [String: String] = ProcessInfo.processInfo.environment
  ) -> [String: CInt] {
    guard let owner = environment["LISTEN_PID"].flatMap(Int32.init), owner == process,
      let count = environment["LISTEN_FDS"].flatMap(Int.init), 1...socketsMax ~= count
    else { return [:] }
    let names = (environment["LISTEN_FDNAMES"] ?? "")
      .split(separator: ":", omittingEmptySubsequences: false).map(String.init)
    var result: [String: CInt] = [:]
    for index in 0..<count {
      let name = index < names.count ? names[index] : "unknown"
      if result[name] == nil { result[name] = firstSocket + CInt(index) }
    }
    return result
  }

  /// SD_LISTEN_FDS_START, and as many as a process could have ports.
  private static let firstSocket: CInt = 3
  private static let socketsMax = 4096

  /// Tells a state, such as `READY=1`; a manager that does not listen misses it.
  package func tell(_ state: String) {
    guard let path else { return }
    _ = try? kernel.notify(path: path, state: Array(state.utf8))
  }
}
