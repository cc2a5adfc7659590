import BatonCore
import BatonMig
import BatonNet
import BatonTesting

/// A VMM on a simulated kernel: the real charts and drivers, the real device, a loop with a virtual
/// clock, and a guest.
final class SimulatedHost: MigrationWatcher, TransferPolicy {
  let kernel: SimulatedKernel
  let loop: VirtualLoop
  let notifiers = NotifierList()
  let transfersBackends = true
  private(set) var device: NetDevice?
  private(set) var guest: SimulatedGuest?
  private(set) var outgoing: OutgoingMigration?
  private(set) var incoming: IncomingMigration?
  private(set) var warnings = 0

  static let interface = InterfaceName(bytes: "sim0".utf8)!
  static let path = "/sim/handover"

  init(_ kernel: SimulatedKernel, queues: Int) {
    self.kernel = kernel
    loop = VirtualLoop(kernel: kernel, asksKernel: true, startingAt: kernel.machine.now)
    let device = NetDevice(
      loop, name: Name("net0"),
      options: .init(
        tap: TapOptions(name: Self.interface, queues: queues),
        mac: MACAddress(0x52, 0x54, 0, 0, 0, 1)),
      notifiers: notifiers, policy: self)
    self.device = device
    guest = SimulatedGuest(kernel) { [unowned device] in device.attach(memory: $0) }
  }

  /// The process is there and takes steps.
  var isAlive: Bool { kernel.isAlive }

  /// The guest runs here.
  var hasGuest: Bool { isAlive && guest?.isRunning == true }

  /// Boots a guest with a TAP of its own.
  func boot() throws {
    try device?.begin(.running)
    try guest?.boot()
    kernel.machine.setLink(Self.interface, isUp: true)
  }

  private var parameters: MigrationParameters {
    var parameters = MigrationParameters()
    parameters.local = true
    parameters.patienceMillis = 100
    parameters.switchMillis = 20
    return parameters
  }

  /// Waits for a guest; the calls that are refused are told by the answer.
  func listen() -> Refusal? {
    guard let guest, let device else { return nil }
    do throws(Refusal) {
      if device.tap.state == .new { try device.begin(.prepared) }
      let migration =
        incoming
        ?? IncomingMigration(
          loop, guest: guest, devices: [device], notifiers: notifiers, watcher: self)
      incoming = migration
      try migration.listen(at: MigrationAddress("unix:" + Self.path), parameters)
      return nil
    } catch {
      return error
    }
  }

  func migrate() -> Refusal? {
    guard let guest, let device else { return nil }
    do throws(Refusal) {
      let migration =
        outgoing
        ?? OutgoingMigration(
          loop, guest: guest, devices: [device], notifiers: notifiers, watcher: self)
      outgoing = migration
      try migration.migrate(to: MigrationAddress("unix:" + Self.path), parameters)
      return nil
    } catch {
      return error
    }
  }

  func cancel() { outgoing?.cancel() }

  func cancelIncoming() { try? incoming?.cancel() }

  /// One round; false when nobody was called.
  func poll() -> Bool {
    guard isAlive else { return false }
    let wasCalled = loop.poll()
    buryIfDead()
    return wasCalled
  }

  func advance(to moment: UInt64) {
    guard isAlive else { return }
    loop.advance(to: moment)
    buryIfDead()
  }

  /// What the code of a dead process holds goes, without an effect; memory is as it was.
  func buryIfDead() {
    guard !isAlive else { return }
    drop()
    kernel.machine.sweep()
  }

  /// Lets go of migrations that are over; the guest stays with who has it.
  func finish() {
    outgoing = nil
    incoming = nil
  }

  func drop() {
    finish()
    device?.close()
    device = nil
    guest = nil
  }

  var isSendingOver: Bool {
    guard isAlive, let outgoing else { return true }
    return [.idle, .completed, .failed, .cancelled].contains(outgoing.state)
  }

  var isReceivingOver: Bool {
    guard isAlive, let incoming else { return true }
    // One that listens waits for another source.
    return [.idle, .listening, .completed, .failed, .cancelled].contains(incoming.state)
  }

  /// Where both migrations stand.
  var text: String {
    guard isAlive else { return "dead" }
    let state = outgoing?.state.name ?? incoming?.state.name ?? "idle"
    return hasGuest ? "\(state), runs the guest" : state
  }

  func migration(status: MigrationStatus) {}

  func migration(warning: Refusal) { warnings += 1 }
}

@available(*, unavailable)
extension SimulatedHost: Sendable {}
