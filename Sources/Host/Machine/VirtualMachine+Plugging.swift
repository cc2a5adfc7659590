import BatonCore
import BatonMig
import BatonNet
import BatonQMP

/// Devices that come and go while the machine is there; the errors are QEMU's.
extension VirtualMachine {
  /// A TAP that a client has asked for, and who hears how that ended.
  struct Opening {
    /// Whether it is a new one, which is not kept if it cannot be opened.
    var isNew: Bool
    var answer: (Result<JSONValue, QMPError>) -> Void
  }

  /// The TAP of this name, whoever is at it.
  func device(_ id: String) -> NetDevice? {
    (nics.map(\.device) + spares).first { "\($0.name)" == id }
  }

  /// Whether a netdev can have this name.
  func checkNetdev(_ id: String) throws(QMPError) {
    guard id.isIdentifier else { throw .value("id", expects: "an identifier") }
    guard Name(text: id) != nil else {
      throw .value("id", expects: "an identifier of 1 to \(Name.limit) bytes")
    }
    guard device(id) == nil else { throw QMPError("Duplicate ID '\(id)'") }
  }

  /// Makes a TAP for a device that is plugged in later (`netdev_add`): opens it, or lets it wait
  /// for the migration that comes in.
  ///
  /// - Parameter answer: Hears how that ended, when a script or a helper has run if there is one.
  func addNetdev(
    _ id: String, _ tap: TapOptions, answer: @escaping (Result<JSONValue, QMPError>) -> Void
  ) {
    let all = nics.map(\.device) + spares
    let device = makeDevice(id, NetDevice.Options(tap: tap, mac: configuration.spareMAC))
    for number in tap.fds ?? [] {
      guard let other = all.first(where: { $0.holds(number) }) else { continue }
      // What was given closes with the device.
      discard(device)
      return answer(
        .failure(QMPError("A descriptor of '\(id)' is a queue of '\(other.name)' already")))
    }
    spares.append(device)
    openings[ObjectIdentifier(device)] = Opening(isNew: true, answer: answer)
    do throws(Refusal) { try device.begin(arrival) } catch {
      settle(device, error)
      return
    }
    if device.isWaiting { settle(device, nil) }
  }

  /// Opens a lost TAP anew (`netdev-reopen`).
  ///
  /// - Parameter answer: As for ``addNetdev(_:_:answer:)``; without a TAP the guest goes on.
  func reopen(
    _ device: NetDevice, answer: @escaping (Result<JSONValue, QMPError>) -> Void
  ) {
    guard openings[ObjectIdentifier(device)] == nil else {
      return answer(.failure(QMPError("'\(device.name)' is being opened already")))
    }
    openings[ObjectIdentifier(device)] = Opening(isNew: false, answer: answer)
    do throws(Refusal) { try device.reopen() } catch { settle(device, error) }
  }

  /// Answers who has asked for a TAP; a new one that could not be had is not kept.
  ///
  /// - Returns: Whether anybody has.
  @discardableResult
  func settle(_ device: NetDevice, _ refusal: Refusal?) -> Bool {
    guard let opening = openings.removeValue(forKey: ObjectIdentifier(device)) else { return false }
    if refusal != nil, opening.isNew {
      spares.removeAll { $0 === device }
      discard(device)
    }
    opening.answer(refusal.map { .failure(QMPError("\($0)")) } ?? .success([:]))
    return true
  }

  /// What a TAP has to know of the migration that comes in: one that is added when its beginning
  /// was told already has missed that.
  private var arrival: TapChart.Arrival {
    guard runner.state == .inmigrate else { return .running }
    return incoming.isUnderWay ? .prepared : .incoming
  }

  /// Closes a TAP (`netdev_del`), also one that waits.
  ///
  /// - Parameter answer: Hears that it is closed, after its down script.
  func removeNetdev(
    _ id: String, answer: @escaping (Result<JSONValue, QMPError>) -> Void
  ) throws(QMPError) {
    if let user = nics.first(where: { "\($0.device.name)" == id }) {
      throw QMPError("Device '\(id)' is in use by '\(user.id)'")
    }
    guard let index = spares.firstIndex(where: { "\($0.name)" == id }) else { throw .noDevice(id) }
    let device = spares.remove(at: index)
    closings[ObjectIdentifier(device)] = answer
    discard(device)
    openings.removeValue(forKey: ObjectIdentifier(device))?.answer(
      .failure(QMPError("'\(id)' was deleted before it was open")))
  }

  /// What `device_add` says of a device.
  struct Plug {
    var id: String
    var netdev: String
    var mac: MACAddress?
    var mtu: UInt16?
  }

  /// Plugs a device in, at a TAP that is there (`device_add`).
  func plug(_ wish: Plug) throws {
    try checkPlugging("device_add")
    let property = "Property 'virtio-net-device.netdev' can't"
    // Without an id it is called as its netdev is.
    if wish.id != wish.netdev, nics.contains(where: { $0.id == wish.id }) {
      throw QMPError("Duplicate device ID '\(wish.id)'")
    }
    if nics.contains(where: { "\($0.device.name)" == wish.netdev }) {
      throw QMPError("\(property) take value '\(wish.netdev)', it's in use")
    }
    if nics.contains(where: { $0.id == wish.id }) {
      throw QMPError("Duplicate device ID '\(wish.id)'")
    }
    guard let index = spares.firstIndex(where: { "\($0.name)" == wish.netdev }) else {
      throw QMPError("\(property) find value '\(wish.netdev)'")
    }
    guard openings[ObjectIdentifier(spares[index])] == nil else {
      throw QMPError("\(property) take value '\(wish.netdev)', it's not open yet")
    }
    guard let slot = freeSlot else {
      throw QMPError("PCI: no slot/function available for virtio-net-pci, all in use or reserved")
    }
    let device = spares[index]
    let bits = configuration.spareMAC.bits &+ UInt64(slot)
    device.present(mac: wish.mac ?? MACAddress(bits: bits), mtu: wish.mtu)
    var options = MachineConfiguration.Nic(
      id: wish.netdev, options: device.options, ipv4: configuration.spareIPv4 &+ UInt32(slot))
    options.device = wish.id
    let nic = Nic(device, options, slot: slot, memory: memory(at: slot))
    do { try runner.plug(nic) } catch {
      nic.detach()
      device.unplug()
      throw QMPError("the guest does not take '\(wish.id)': \(error)")
    }
    spares.remove(at: index)
    devicesChanged(nics + [nic])
  }

  /// Plugs a device out (`device_del`); its TAP stays. The guest lets go of it at once.
  func unplug(_ id: String) throws(QMPError) {
    guard let nic = nics.first(where: { $0.id == id }) else { throw .noDevice(id) }
    try checkPlugging("device_del")
    runner.unplug(nic)
    spares.append(nic.device)
    devicesChanged(nics.filter { $0 !== nic })
    tell(event: "DEVICE_DELETED", data: ["device": id, "path": "/machine/peripheral/\(id)"])
    bootIfWaiting()
  }

  /// A target that listens knows nothing of devices yet; from the offer on, nobody may change them.
  private func checkPlugging(_ command: String) throws(QMPError) {
    let isOffered = incoming.isUnderWay && incoming.status != .setup
    guard !outgoing.isUnderWay, !isOffered else {
      throw QMPError("\(command) not allowed while migrating")
    }
    switch runner.state {
    case .prelaunch, .inmigrate, .running, .paused: break
    case .finishMigrate, .postmigrate, .shutdown:
      throw QMPError("\(command) is not possible in run state \(runner.state.qapiName)")
    }
  }
}
