import BatonCore
import BatonMig
import BatonNet

// The code of Sources/Mig/BatonMig.docc/EmbedTheHandover.md.

final class Embedder: MigrationWatcher, TransferPolicy {
  let loop: EventLoop
  private let guest: any MovableGuest
  private let notifiers = NotifierList()
  private var nic: NetDevice?
  private var source: OutgoingMigration?
  private var target: IncomingMigration?
  private var parameters = MigrationParameters()

  init(guest: any MovableGuest) {
    loop = EventLoop(kernel: Kernel())
    self.guest = guest
    parameters.local = true
  }

  var transfersBackends: Bool { parameters.local }

  func makeNic(_ options: NetDevice.Options, isTarget: Bool) throws -> NetDevice {
    let nic = NetDevice(
      loop, name: Name("net0"), options: options, notifiers: notifiers, policy: self)
    try nic.begin(isTarget ? .incoming : .running)
    self.nic = nic
    return nic
  }

  func give(_ nic: NetDevice, to address: MigrationAddress) throws(Refusal) {
    let source = OutgoingMigration(
      loop, guest: guest, devices: [nic], notifiers: notifiers, watcher: self)
    self.source = source
    try source.migrate(to: address, parameters)
  }

  func take(_ nic: NetDevice, at address: MigrationAddress) throws(Refusal) {
    let target = IncomingMigration(
      loop, guest: guest, devices: [nic], notifiers: notifiers, watcher: self)
    self.target = target
    try target.listen(at: address, parameters)
  }

  func migration(status: MigrationStatus) {
    switch status {
    case .completed, .failed, .cancelled: loop.stop()
    case .none, .setup, .cancelling, .active, .preSwitchover, .device: break
    }
  }

  func migration(warning: Refusal) { print("warning: \(warning)") }
}
