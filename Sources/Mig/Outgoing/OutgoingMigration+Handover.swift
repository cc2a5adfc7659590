import BatonCore

extension OutgoingMigration {
  func connect() {
    guard let path = side.address?.path else { return }
    let kernel = loop.kernel
    do {
      let socket = Descriptor(owning: try kernel.connect(path: path), in: kernel)
      let peer = try Peer(loop, socket, owner: self)
      side.peer = peer
      send(.connected(userID: peer.userID))
    } catch {
      let isAbsent =
        error.call == .connect
        && (error.code == Errno.noEntry || error.code == Errno.connectionRefused)
      send(.unreachable(Refusal(error, isAbsent ? .noListener : .systemCall)))
    }
  }

  func greet() {
    // What the switch may need is asked for while the guest runs.
    do throws(Refusal) { try side.peer?.askKill() } catch {
      _ = send(.channelBroken(error))
      return
    }
    do {
      let handover = UInt32(truncatingIfNeeded: try loop.kernel.random())
      let word = try OwnershipWord(handover: handover, in: loop.kernel)
      let number = word.descriptor
      side.peer?.share(word)
      side.greet(
        Greeting(transfersBackends: memory.terms.transfersBackends, handover: handover),
        lending: [number])
    } catch {
      send(.channelBroken(Refusal(error)))
    }
  }

  func offer() {
    stamps = HandoverStamps()
    mutatingCallsBeforeTake = nil
    do throws(Refusal) {
      let regions = side.guest.regions
      if let region = regions.first(where: { !$0.isShared }) {
        throw Refusal(.memoryNotShared, there: .bits(region.guestAddress))
      }
      side.writer.reset()
      Payload.Memory(regions: regions).write(into: &side.writer)
      side.peer?.queue(.memory, side.writer, lending: side.guest.lendMemory())
      guard side.devices.count <= Arrivals.devicesMax else {
        throw Refusal(
          .invalid, field: .deviceCount, here: .number(UInt64(Arrivals.devicesMax)),
          there: .number(UInt64(side.devices.count)))
      }
      for device in side.devices { try offer(device) }
      side.writer.reset()
      Payload.OfferEnd(deviceCount: side.devices.count).write(into: &side.writer)
      side.send(.offerEnd)
    } catch {
      send(.deviceFailed(error))
    }
  }

  private func offer(_ device: any Movable) throws(Refusal) {
    side.writer.reset()
    Payload.Device(name: device.name, kind: device.kind).write(into: &side.writer)
    try device.describe(into: &side.writer)
    let lent = memory.terms.transfersBackends ? device.lend() : []
    guard lent.count <= Int(RecordHeader.descriptorsMax) else {
      throw Refusal(
        .invalid, field: .descriptorKind, subject: device.name,
        here: .number(UInt64(RecordHeader.descriptorsMax)), there: .number(UInt64(lent.count)))
    }
    try queue(.device, of: device, lending: lent)
  }

  /// Refuses here what the other side would refuse for its length.
  private func queue(
    _ type: RecordType, of device: any Movable, lending descriptors: [CInt] = []
  ) throws(Refusal) {
    guard side.writer.count <= Int(RecordHeader.lengthMax) else {
      throw Refusal(
        .invalid, field: .recordLength, subject: device.name,
        here: .number(UInt64(RecordHeader.lengthMax)), there: .number(UInt64(side.writer.count)))
    }
    side.peer?.queue(type, side.writer, lending: descriptors)
  }

  func stopGuest() {
    stamps.begun = loop.now
    side.guest.stop()
    stamps.stopped = loop.now
  }

  func quiesce() {
    do throws(Refusal) {
      for device in side.devices { try device.quiesce() }
      stamps.quiesced = loop.now
      send(.quiesced)
    } catch {
      send(.deviceFailed(error))
    }
  }

  func save() {
    do throws(Refusal) {
      for (position, device) in side.devices.enumerated() {
        side.writer.reset()
        Payload.State(position: position).write(into: &side.writer)
        try device.save(into: &side.writer)
        try queue(.state, of: device)
      }
      stamps.saved = loop.now
      side.writer.reset()
      stamps.writeSource(into: &side.writer)
      side.peer?.queue(.stamps, side.writer)
      side.writer.reset()
      Payload.StateEnd(isGuestRunning: memory.isGuestRunning).write(into: &side.writer)
      side.peer?.queue(.stateEnd, side.writer)
    } catch {
      _ = send(.deviceFailed(error))
      return
    }
    if side.peer?.flush() ?? false { send(.sent) }
  }

  func handOver() {
    for device in side.devices { device.handOver() }
    let owner = side.swap(from: .held, to: .offered)
    side.sendBare(.doorbell)
    // The kernel likes to wake the target on our own processor: it goes first from here on.
    loop.kernel.yield()
    if owner != .offered { send(.owner(owner)) }
  }

  /// A dead process takes no more steps, so the swaps see what it left.
  func revokeFromDead() {
    var owner = side.swap(from: .offered, to: .revoked)
    if owner == .taken { owner = side.swap(from: .taken, to: .revoked) }
    if owner == .condemned { owner = side.swap(from: .condemned, to: .revoked) }
    send(.owner(owner))
  }

  func restore() {
    for device in side.devices {
      do { try device.restore() } catch { side.watcher.migration(warning: error) }
    }
  }

  /// The user may have said something since STATE-END went out.
  func sendBye() {
    side.writer.reset()
    Payload.Bye(isGuestRunning: memory.isGuestRunning).write(into: &side.writer)
    side.send(.bye)
  }

  func release() {
    for device in side.devices { device.release() }
    side.guest.releaseMemory()
  }
}

extension OutgoingMigration: RecordReader {
  func expects(_ type: RecordType) -> Bool { state.expects(type) }

  func read(
    _ type: RecordType, _ payload: borrowing RawSpan, _ descriptors: consuming Descriptors
  ) throws(ByteCursor.Ended) {
    switch type {
    case .hello: send(.greeted(try side.greeting(payload)))
    case .answers:
      _ = try Payload.Answers(payload, deviceCount: side.devices.count)
      send(.accepted)
    case .running:
      let running = try Payload.Running(payload, into: stamps)
      stamps = running.stamps
      mutatingCallsBeforeTake = running.callsBeforeTake
      send(.running)
    case .failed: send(.refused(try side.reason(payload)))
    // None of these is ever expected.
    case .device, .memory, .offerEnd, .state, .stateEnd, .doorbell, .bye, .cancel, .stamps: break
    }
  }

  func channelDrained() {
    if state == .saving { send(.sent) }
  }

  func channelClosed() { send(.channelClosed) }

  func channelBroken(_ refusal: Refusal) { send(.channelBroken(refusal)) }
}
