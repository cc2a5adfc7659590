// Both sides of a handover in one process: waits for a guest, and gives it away when it is told to.
// Usage: hop TAP SOCKET; then "count", or "move" once the next one listens at SOCKET.

import BatonCore
import BatonMig
import BatonNet
import Foundation
import Guest

@main
final class Hop: MigrationWatcher, TransferPolicy {
  let transfersBackends = true

  private let tap: InterfaceName
  private let address: MigrationAddress
  private let loop = EventLoop(kernel: Kernel())
  private let notifiers = NotifierList()
  private lazy var nic = NetDevice(
    loop, name: Name("net0"), options: EchoGuest.device(tap), notifiers: notifiers, policy: self)
  private lazy var guest = EchoGuest(nic)
  // One guest and one device for both: who has the guest is what they tell.
  private lazy var incoming = IncomingMigration(
    loop, guest: guest, devices: [nic], notifiers: notifiers, watcher: self)
  private lazy var outgoing = OutgoingMigration(
    loop, guest: guest, devices: [nic], notifiers: notifiers, watcher: self)
  private var isLeaving = false

  init(_ tap: InterfaceName, _ address: MigrationAddress) {
    (self.tap, self.address) = (tap, address)
  }

  private var parameters: MigrationParameters {
    var parameters = MigrationParameters()
    parameters.local = transfersBackends
    return parameters
  }

  private func run() throws {
    try nic.begin(.incoming)
    try incoming.listen(at: address, parameters)
    let terminal = Terminal(loop) { self.obey($0) }
    Terminal.say("listening")
    withExtendedLifetime(terminal) { loop.run() }
  }

  private func obey(_ line: String) {
    guard guest.isRunning else { return Terminal.say("no guest") }
    guard line == "move" else { return Terminal.say("echoed \(guest.echoed)") }
    isLeaving = true
    do { try outgoing.migrate(to: address, parameters) } catch { Terminal.say("\(error)") }
  }

  /// For tests: dies as a process does that is killed, at the step that the environment names.
  private func mayDie(at step: String) {
    if ProcessInfo.processInfo.environment["DIE_AT"] == step { raise(SIGKILL) }
  }

  func migration(status: MigrationStatus) {
    mayDie(at: isLeaving ? (status == .completed ? "given" : "") : "\(status)")
    Terminal.say("\(status)")
    if let refusal = isLeaving ? outgoing.refusal : incoming.refusal { Terminal.say("\(refusal)") }
    guard !isLeaving, status == .completed else {
      // Gone, or never here; a guest that came back goes on.
      if isLeaving ? status == .completed : [.failed, .cancelled].contains(status) { loop.stop() }
      return
    }
    let stamps = incoming.stamps
    let (whole, rest) = (stamps.started - stamps.begun, stamps.started - stamps.stopped)
    Terminal.say("the guest stood still: \(whole / 1000) us, \(rest / 1000) of them after its stop")
  }

  func migration(warning: Refusal) { Terminal.say("warning: \(warning)") }

  static func main() throws {
    let words = CommandLine.arguments
    guard words.count == 3, let tap = InterfaceName(words[1]) else {
      return Terminal.say("usage: hop TAP SOCKET")
    }
    try Hop(tap, MigrationAddress("unix:" + words[2])).run()
  }
}
