import BatonCore
import BatonVhostUser

/// Asks the ports of a loop, once a second, whether their interfaces are still there: where no VMM
/// takes frames nothing is read, and no read can fail.
final class PortLookout: Watcher {
  private var ports: [PortHandle] = []
  private var timer: Timer?
  private static var pauseNanos: UInt64 { 1_000_000_000 }

  private init(_ loop: EventLoop) { timer = Timer(loop, calling: self) }

  // A timer goes before whom it calls.
  deinit { timer = nil }

  /// Looks after this port from now on.
  static func add(_ port: PortHandle) {
    let home = port.home
    let lookout = home.lookout as? PortLookout ?? PortLookout(home.loop)
    home.lookout = lookout
    if lookout.ports.isEmpty { lookout.timer?.arm(after: pauseNanos) }
    lookout.ports.append(port)
  }

  /// The port ends; the last one takes everything with it.
  static func remove(_ port: PortHandle) {
    guard let lookout = port.home.lookout as? PortLookout else { return }
    lookout.ports.removeAll { $0 === port }
    if lookout.ports.isEmpty { port.home.lookout = nil }
  }

  func ready(_ what: Ready, watch: Int) {
    // The host may end some of them when it is told of others.
    for port in ports { port.port?.lookForLoss() }
    if !ports.isEmpty { timer?.arm(after: Self.pauseNanos) }
  }
}
