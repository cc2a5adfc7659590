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
  let witness = SimulatedWitness()
  /// Since when the process takes no step, and until when; nil for one that does.
  private(set) var hang: (since: UInt64, until: UInt64)?
  /// What its source takes for the budget of a switch.
  var switchMillis = SimulatedHost.switchMillis

  static let switchMillis: UInt64 = 20
  static let interface = InterfaceName(bytes: "sim0".utf8)!
  static let path = "/sim/handover"

  init(
    _ kernel: SimulatedKernel, queues: Int, blackout: SimulatedBlackout = SimulatedBlackout()
  ) {
    self.kernel = kernel
    loop = VirtualLoop(kernel: kernel, asksKernel: true, startingAt: kernel.machine.now)
    var tap = TapOptions(name: Self.interface, queues: queues)
    if kernel.machine.vhostFeatures != nil { tap.vhost = .wanted }
    let device = NetDevice(
      loop, name: Name("net0"),
      options: .init(tap: tap, mac: MACAddress(0x52, 0x54, 0, 0, 0, 1)),
      notifiers: notifiers, policy: self)
    self.device = device
    guest = SimulatedGuest(kernel, blackout) { [unowned device] in device.attach(memory: $0) }
  }

  /// The process is there and takes steps.
  var isAlive: Bool { kernel.isAlive }

  /// Takes no step, and does not die by itself.
  var isHung: Bool { isAlive && hang != nil }

  private var isActing: Bool { isAlive && hang == nil }

  /// The guest is here, and runs or is paused by its user.
  var hasGuest: Bool { isAlive && guest?.isHere == true }

  /// The guest runs here.
  var runsGuest: Bool { isAlive && guest?.isRunning == true }

  /// Boots a guest with a TAP of its own.
  func boot() throws {
    try device?.begin(.running)
    try guest?.boot()
    kernel.machine.setLink(Self.interface, isUp: true)
    // Without vhost-net no frame of the guest's is counted: one that a call refuses may be lost.
    if kernel.machine.vhostFeatures != nil, let virtio = device?.virtio {
      guest?.drive(virtio)
      device?.setStatus([.acknowledge, .driver, .featuresOK, .driverOK])
    }
  }

  /// Descriptors of the kernel's datapath.
  var datapathCount: Int { device?.vhost?.openCount ?? 0 }

  /// Whether the kernel serves the rings of a guest that runs here, as it has to unless it refused
  /// something.
  var isServedAsWished: Bool {
    guard let vhost = device?.vhost, runsGuest, vhost.state != .failed else { return true }
    return vhost.state == .running
  }

  /// The guest sends a frame, and rings for it or does not.
  func sendFrame(rings: Bool) {
    guest?.sendFrame()
    if rings { ring() }
  }

  /// The guest rings for what it sends.
  func ring() { device?.notify(queue: 1) }

  private var parameters: MigrationParameters {
    var parameters = MigrationParameters()
    parameters.local = true
    parameters.patienceMillis = 100
    parameters.switchMillis = switchMillis
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
          loop, guest: guest, devices: [device], notifiers: notifiers, watcher: self,
          observer: witness)
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
          loop, guest: guest, devices: [device], notifiers: notifiers, watcher: self,
          observer: witness)
      outgoing = migration
      try migration.migrate(to: MigrationAddress("unix:" + Self.path), parameters)
      return nil
    } catch {
      return error
    }
  }

  func cancel() { outgoing?.cancel() }

  func cancelIncoming() { try? incoming?.cancel() }

  /// The user says stop or cont: the guest that is here does it, or the migration keeps it.
  ///
  /// - Returns: False when there is no guest that it could be about.
  func say(run: Bool) -> Bool {
    guard isActing, let guest else { return false }
    if outgoing == nil { return sayOfComing(run: run) }
    guard !guest.regions.isEmpty else { return false }
    if guest.isHere {
      run ? guest.start() : guest.pause()
    }
    do { try outgoing?.guestShall(run: run) } catch { return false }
    return true
  }

  private func sayOfComing(run: Bool) -> Bool {
    guard let incoming else { return false }
    if [.idle, .failed, .cancelled, .completed].contains(incoming.state) { return false }
    incoming.guestShall(run: run)
    return true
  }

  /// From now on it takes no step.
  func hang(until moment: UInt64) {
    if isActing { hang = (kernel.machine.now, moment) }
  }

  /// Takes steps again; what was due meanwhile is due now.
  func wake() { hang = nil }

  /// When something happens here by itself; nil for never.
  var nextMoment: UInt64? {
    guard isAlive else { return nil }
    return hang?.until ?? loop.nextDeadline
  }

  /// Time goes by in which a round runs.
  func pass(to moment: UInt64) {
    if isActing { loop.pass(to: moment) }
  }

  /// One round; false when nobody was called.
  func poll() -> Bool {
    guard isActing else { return false }
    let wasCalled = loop.poll()
    buryIfDead()
    return wasCalled
  }

  func advance(to moment: UInt64) {
    guard isActing else { return }
    loop.advance(to: moment)
    buryIfDead()
  }

  /// What the code of a dead process holds goes, without an effect; memory is as it was.
  func buryIfDead() {
    guard !isAlive, device != nil else { return }
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
    return !isHung && [.idle, .completed, .failed, .cancelled].contains(outgoing.state)
  }

  var isReceivingOver: Bool {
    guard isAlive, let incoming else { return true }
    // One that listens waits for another source.
    return !isHung && [.idle, .listening, .completed, .failed, .cancelled].contains(incoming.state)
  }

  /// Where both migrations stand.
  var text: String {
    guard isAlive else { return "dead" }
    let state = outgoing?.state.name ?? incoming?.state.name ?? "idle"
    let place = isHung ? "\(state), hung" : state
    guard hasGuest else { return place }
    return place + (runsGuest ? ", runs the guest" : ", has the guest paused")
  }

  /// A guest that is here when it is over, and was not started, is one that its user paused.
  func migration(status: MigrationStatus) {
    guard [.failed, .cancelled, .completed].contains(status), let guest else { return }
    if !guest.regions.isEmpty, !guest.isHere { guest.pause() }
  }

  func migration(warning: Refusal) { warnings += 1 }
}

@available(*, unavailable)
extension SimulatedHost: Sendable {}
