// The source of a handover: opens a TAP, boots a guest, and gives both away when it is told to.
// Usage: source TAP SOCKET; then "count", or "move" once a target listens at SOCKET.

import BatonCore
import BatonMig
import BatonNet
import Guest

@main
final class Source: MigrationWatcher, TransferPolicy {
  /// The TAP goes as open descriptors; the target says the same.
  let transfersBackends = true

  private let tap: InterfaceName
  private let address: MigrationAddress
  private let loop = EventLoop(kernel: Kernel())
  private let notifiers = NotifierList()
  private lazy var nic = NetDevice(
    loop, name: Name("net0"), options: EchoGuest.device(tap), notifiers: notifiers, policy: self)
  private lazy var guest = EchoGuest(nic)
  private lazy var migration = OutgoingMigration(
    loop, guest: guest, devices: [nic], notifiers: notifiers, watcher: self)

  init(_ tap: InterfaceName, _ address: MigrationAddress) {
    (self.tap, self.address) = (tap, address)
  }

  private func run() throws {
    try nic.begin(.running)
    try guest.boot(in: loop.kernel)
    let terminal = Terminal(loop) { line in
      if line == "move" { self.move() } else { Terminal.say("echoed \(self.guest.echoed)") }
    }
    Terminal.say("running")
    withExtendedLifetime(terminal) { loop.run() }
  }

  private func move() {
    var parameters = MigrationParameters()
    parameters.local = transfersBackends
    do { try migration.migrate(to: address, parameters) } catch { Terminal.say("\(error)") }
  }

  func migration(status: MigrationStatus) {
    Terminal.say("\(status)")
    if let refusal = migration.refusal { Terminal.say("\(refusal)") }
    if status == .completed { loop.stop() }
  }

  func migration(warning: Refusal) { Terminal.say("warning: \(warning)") }

  static func main() throws {
    let words = CommandLine.arguments
    guard words.count == 3, let tap = InterfaceName(words[1]) else {
      return Terminal.say("usage: source TAP SOCKET")
    }
    try Source(tap, MigrationAddress("unix:" + words[2])).run()
  }
}
