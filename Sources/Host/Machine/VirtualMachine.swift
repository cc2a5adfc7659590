package import BatonCore
package import BatonMig
package import BatonNet
import BatonQMP

/// Someone who is told what happens to a machine, under QMP's event names.
package protocol MachineWatcher: AnyObject {
  func machine(event: String, data: [String: String])
  /// Something is wrong that does not end anything.
  func machine(warning: String)
  /// Its guest cannot be started after all: a device could not be opened.
  func machine(failed failure: MachineFailure)
  /// A program that runs for one of its devices has written a line.
  func machine(said line: String)
}

extension MachineWatcher {
  /// A watcher without a machine of its own.
  package func machine(failed failure: MachineFailure) { machine(warning: "\(failure)") }

  /// Nobody reads it.
  package func machine(said line: String) {}
}

/// One virtual machine: a guest with its memory and devices, and both sides of its migrations.
package final class VirtualMachine: GuestWatcher, MigrationWatcher, TransferPolicy,
  NetDeviceWatcher
{
  /// What it is made of.
  package private(set) var configuration: MachineConfiguration
  /// True when it was made to take a guest from another process.
  package let isIncoming: Bool
  /// The parameters of its next migration.
  package var parameters = MigrationParameters()

  let loop: any Loop
  let observer: HostObserver
  let notifiers: NotifierList
  var nics: [Nic] = []
  /// TAPs that no device of the guest is at yet, or any more.
  var spares: [NetDevice] = []
  /// Who waits for TAPs that are being opened.
  var openings: [ObjectIdentifier: Opening] = [:]
  /// Who waits for TAPs to be closed, down scripts and all.
  var closings: [ObjectIdentifier: (Result<JSONValue, QMPError>) -> Void] = [:]
  /// Devices that are nobody's any more, and whose down scripts may still run.
  private var leaving: [NetDevice] = []
  /// Under which the records of each device's TAP are kept, and of its datapath in the kernel.
  private var deviceNumbers: [ObjectIdentifier: [UInt16]] = [:]
  var runner: GuestRunner!
  package private(set) var outgoing: OutgoingMigration!
  package private(set) var incoming: IncomingMigration!
  private unowned(unsafe) let holder: any MachineWatcher
  /// Under which the records of its charts are kept, until it goes.
  private var numbers: [UInt16] = []
  /// Whether every device was begun, so that what is told of one comes later than that.
  private var isBegun = false

  /// A machine whose guest has not started; the watcher owns it.
  ///
  /// - Throws: Why a TAP could not be opened, or the memory not be had.
  package init(
    _ loop: any Loop, _ configuration: MachineConfiguration, isIncoming: Bool,
    observer: HostObserver, watcher: any MachineWatcher
  ) throws(MachineFailure) {
    self.loop = loop
    self.configuration = configuration
    self.isIncoming = isIncoming
    self.observer = observer
    // Safe: only stored here. The watcher is the `Host` that holds the machine as a property.
    unsafe holder = watcher
    let number = observer.register(.notifiers)
    notifiers = NotifierList(machine: number, observer: observer)
    numbers.append(number)
    makeNics()
    makeCharts()
    do {
      for nic in nics { try nic.device.begin(isIncoming ? .incoming : .running) }
    } catch {
      throw .refused(error)
    }
    isBegun = true
    if isIncoming { runner.send(.await) } else { try bootIfReady() }
  }

  /// Starts the guest's drivers once every device has its TAP.
  private func bootIfReady() throws(MachineFailure) {
    guard !runner.memory.isBooted, nics.allSatisfy(\.device.isReady) else { return }
    try boot()
    runner.send(.booted)
    warnOfMTU()
  }

  /// Tells of devices whose guest may send longer packets than the interface takes.
  private func warnOfMTU() {
    for nic in nics {
      guard let excess = nic.device.mtuExcess else { continue }
      let (guest, interface) = ("\(excess.guest)", "\(excess.interface)")
      watcher.machine(
        warning: "\(nic.device.name): the guest was told an MTU of \(guest), and its interface "
          + "has \(interface): longer packets of the guest's are lost")
      watcher.machine(
        event: "MTU_EXCEEDS_INTERFACE",
        data: ["id": "\(nic.device.name)", "guest": guest, "interface": interface])
    }
  }

  deinit {
    for device in nics.map(\.device) + spares + leaving { device.watcher = nil }
    for number in numbers + deviceNumbers.values.joined() { observer.retire(number) }
  }

  private func register(_ legend: Legend) -> UInt16 {
    let number = observer.register(legend)
    numbers.append(number)
    return number
  }

  /// Ends the guest and closes everything.
  package func shutDown() {
    runner.send(.quit)
    for nic in nics { nic.device.close() }
    for spare in spares { spare.close() }
    let (ended, unanswered) = (QMPError("the guest has ended"), openings)
    openings = [:]
    for opening in unanswered.values { opening.answer(.failure(ended)) }
  }

  /// Whether everything is closed, and what was owed for it was done.
  package var isClosed: Bool {
    (nics.map(\.device) + spares + leaving).allSatisfy(\.isClosed)
  }

  // Safe: the watcher owns the machine and so outlives it.
  private var watcher: any MachineWatcher { unsafe holder }

  private func makeNics() {
    for options in configuration.nics {
      guard let slot = options.slot ?? freeSlot else { continue }
      nics.append(
        Nic(makeDevice(options.id, options.options), options, slot: slot, memory: memory(at: slot)))
    }
  }

  /// The first place that no device has; nil where all are taken.
  var freeSlot: Int? {
    let taken = Set(nics.map(\.slot))
    return (0..<max(configuration.slots, configuration.nics.count)).first { !taken.contains($0) }
  }

  /// The part of the guest's memory where the driver of a device lives.
  func memory(at slot: Int) -> Range<Int> {
    let slots = max(1, configuration.slots, configuration.nics.count)
    let share = configuration.memoryByteCount / slots & ~0xFFF
    return slot * share..<(slot + 1) * share
  }

  /// A device whose TAP nobody has asked for yet.
  func makeDevice(_ id: String, _ options: NetDevice.Options) -> NetDevice {
    let instance = "\(configuration.name) \(id)"
    let number = observer.register(Legend(TapChart.table, instance: instance))
    let vhostNumber =
      options.tap.wishesForKernel
      ? observer.register(Legend(VhostChart.table, instance: instance)) : nil
    let device = NetDevice(
      loop, name: Name(text: id) ?? Name("net"), options: options, notifiers: notifiers,
      policy: self, number: number, vhostNumber: vhostNumber, observer: observer)
    device.watcher = self
    deviceNumbers[ObjectIdentifier(device)] = [number] + (vhostNumber.map { [$0] } ?? [])
    return device
  }

  /// The devices are others: who moves them is told, and who makes such a machine anew.
  func devicesChanged(_ nics: [Nic]) {
    self.nics = nics
    configuration.slots = max(configuration.slots, configuration.nics.count)
    configuration.nics = nics.map { nic in
      var options = nic.configuration
      (options.options, options.slot) = (nic.device.options, nic.slot)
      return options
    }
    outgoing.replaceDevices(nics.map(\.device))
    incoming.replaceDevices(nics.map(\.device))
  }

  /// Closes the TAP of a device that is nobody's any more.
  func discard(_ device: NetDevice) {
    device.close()
    leaving.removeAll(where: \.isClosed)
    if device.isClosed { retire(device) } else { leaving.append(device) }
  }

  /// A closed TAP records nothing any more, and its number may be another's.
  private func retire(_ device: NetDevice) {
    device.watcher = nil
    let numbers = deviceNumbers.removeValue(forKey: ObjectIdentifier(device)) ?? []
    for number in numbers { observer.retire(number) }
  }

  func tell(event: String, data: [String: String]) { watcher.machine(event: event, data: data) }

  private func makeCharts() {
    let name = configuration.name
    let devices: [any Movable] = nics.map(\.device)
    runner = GuestRunner(
      loop, memoryByteCount: configuration.memoryByteCount, nics: nics, watcher: self,
      number: register(Legend(GuestChart.table, instance: name)), observer: observer)
    let guest = GuestPort(runner)
    outgoing = OutgoingMigration(
      loop, guest: guest, devices: devices, notifiers: notifiers, watcher: self,
      number: register(Legend(OutgoingChart.table, instance: name)), observer: observer)
    incoming = IncomingMigration(
      loop, guest: guest, devices: devices, notifiers: notifiers, watcher: self,
      number: register(Legend(IncomingChart.table, instance: name)), observer: observer)
  }

  private func boot() throws(MachineFailure) {
    do { try runner.makeMemory() } catch { throw .system(error) }
    guard let memory = runner.ram?.memory else { return }
    do {
      for nic in nics { try nic.boot(memory) }
    } catch {
      throw .guest(error)
    }
  }

  // MARK: Told by the charts

  /// Whether backends travel as descriptors, as both sides were told.
  package var transfersBackends: Bool { parameters.local }

  func guest(isRunning: Bool) {
    watcher.machine(event: isRunning ? "RESUME" : "STOP", data: [:])
  }

  func guest(lost error: GuestError) {
    watcher.machine(warning: "the guest cannot be continued: \(error)")
  }

  /// A migration has a new status.
  package func migration(status: MigrationStatus) {
    switch status {
    case .failed, .cancelled:
      if runner.state == .finishMigrate { runner.send(.resume) }
    case .completed:
      if runner.state == .inmigrate { runner.send(.arrivePaused) }
      if runner.ram != nil { warnOfMTU() }
    case .none, .setup, .cancelling, .active, .preSwitchover, .device: break
    }
    watcher.machine(event: "MIGRATION", data: ["status": "\(status.qapiName)"])
  }

  /// A device has lost its TAP; its guest runs on.
  package func netDevice(_ device: NetDevice, lost refusal: Refusal) {
    watcher.machine(warning: "\(device.name): the TAP is lost: \(refusal)")
    watcher.machine(
      event: "NETDEV_LOST", data: ["netdev-id": "\(device.name)", "reason": "\(refusal)"])
  }

  /// A device whose script or helper had to run first is open, or is not.
  package func netDevice(_ device: NetDevice, opened refusal: Refusal?) {
    let isAsked = settle(device, refusal)
    // A client has heard it; nothing that was begun has failed by that.
    if isAsked, refusal != nil { return }
    guard nics.contains(where: { $0.device === device }) else { return }
    bootIfWaiting(refusal)
  }

  /// Starts a guest that has waited for a device which is open now, or is no device of it any more.
  func bootIfWaiting(_ refusal: Refusal? = nil) {
    guard isBegun, !isIncoming, !runner.memory.isBooted else { return }
    do throws(MachineFailure) {
      if let refusal { throw .refused(refusal) }
      try bootIfReady()
    } catch {
      watcher.machine(failed: error)
    }
  }

  package func netDeviceClosed(_ device: NetDevice) {
    let isLeaving = leaving.contains { $0 === device }
    closings.removeValue(forKey: ObjectIdentifier(device))?(.success([:]))
    if isLeaving { retire(device) }
  }

  /// The down script of a device, or something like it, did not do.
  package func netDevice(_ device: NetDevice, warned refusal: Refusal) {
    watcher.machine(warning: "\(refusal)")
  }

  /// A script or a helper has written a line.
  package func netDevice(_ device: NetDevice, said line: [UInt8], by program: TapProgram) {
    watcher.machine(said: "\(program): \(String(decoding: line, as: UTF8.self))")
  }

  package func migration(warning: Refusal) {
    watcher.machine(warning: warning.description)
  }
}

@available(*, unavailable)
extension VirtualMachine: Sendable {}
