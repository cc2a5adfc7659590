import BatonCore
import BatonHost
import BatonLab
import Foundation
import Testing

/// The process that traces a host.
final class Tracer {
  private let pidfd: Descriptor

  /// The one that /proc names.
  init(of host: HostProcess) throws {
    let status = try String(contentsOfFile: "/proc/\(host.child.pid)/status", encoding: .utf8)
    let line = try #require(status.split(separator: "\n").first { $0.hasPrefix("TracerPid:") })
    let number = try #require(Int32(line.split(separator: "\t").last ?? ""))
    let kernel = Kernel()
    pidfd = Descriptor(owning: try kernel.openProcess(number), in: kernel)
  }

  /// Waits until it has ended, and so has written everything down.
  func expectEnd() {
    var ask = pollfd(fd: pidfd.number, events: Int16(POLLIN), revents: 0)
    #expect(poll(&ask, 1, 30_000) == 1, "strace does not end")
  }
}
