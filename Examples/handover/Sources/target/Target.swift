// The target of a handover: waits for a guest and its TAP, and runs it from where it was stopped.
// Usage: target TAP SOCKET; then "count".

import BatonCore
import BatonMig
import BatonNet
import Guest

@main
final class Target: MigrationWatcher, TransferPolicy {
  /// No TAP is opened here: its descriptors come from the source.
  let transfersBackends = true

  private let tap: InterfaceName
  private let loop = EventLoop(kernel: Kernel())
  private let notifiers = NotifierList()
  private lazy var nic = NetDevice(
    loop, name: Name("net0"), options: EchoGuest.device(tap), notifiers: notifiers, policy: self)
  private lazy var guest = EchoGuest(nic)
  private lazy var migration = IncomingMigration(
    loop, guest: guest, devices: [nic], notifiers: notifiers, watcher: self)

  init(_ tap: InterfaceName) { self.tap = tap }

  private func run(_ address: MigrationAddress) throws {
    var parameters = MigrationParameters()
    parameters.local = transfersBackends
    try nic.begin(.incoming)
    try migration.listen(at: address, parameters)
    let terminal = Terminal(loop) { _ in
      Terminal.say(self.guest.isRunning ? "echoed \(self.guest.echoed)" : "no guest")
    }
    Terminal.say("listening")
    withExtendedLifetime(terminal) { loop.run() }
  }

  func migration(status: MigrationStatus) {
    Terminal.say("\(status)")
    if let refusal = migration.refusal { Terminal.say("\(refusal)") }
    if status == .failed || status == .cancelled { loop.stop() }
    if status == .completed {
      let stamps = migration.stamps
      Terminal.say("the guest stood still: \((stamps.started - stamps.received) / 1000) us here")
    }
  }

  func migration(warning: Refusal) { Terminal.say("warning: \(warning)") }

  static func main() throws {
    let words = CommandLine.arguments
    guard words.count == 3, let tap = InterfaceName(words[1]) else {
      return Terminal.say("usage: target TAP SOCKET")
    }
    try Target(tap).run(MigrationAddress("unix:" + words[2]))
  }
}
