import BatonCore

extension OutgoingMigration {
  func connect() {
    guard let path = address?.path else { return }
    let kernel = loop.kernel
    do {
      let socket = Descriptor(owning: try kernel.connect(path: path), in: kernel)
      let peer = try kernel.peerCredentials(socket.number)
      let process = try ProcessHandle(peerOf: socket.number, in: kernel)
      targetWatch = Watch(
        loop, descriptor: process.number, for: .read, id: Self.targetWatchID, calling: self)
      target = consume process
      channel = Channel(loop, socket, owner: self)
      send(.connected(userID: peer.uid))
    } catch {
      let isAbsent =
        error.call == .connect
        && (error.code == Errno.noEntry || error.code == Errno.connectionRefused)
      send(.unreachable(Refusal(error, isAbsent ? .noListener : .systemCall)))
    }
  }

  func greet() {
    let handover = UInt32(truncatingIfNeeded: loop.kernel.random())
    do {
      let word = try OwnershipWord(handover: handover, in: loop.kernel)
      writer.reset()
      Greeting(transfersBackends: memory.order.transfersBackends, handover: handover)
        .write(into: &writer)
      channel?.queue(.hello, writer, lending: [word.descriptor])
      self.word = consume word
      channel?.flush()
    } catch {
      send(.channelBroken(Refusal(error)))
    }
  }

  func offer() {
    stamps = HandoverStamps()
    mutatingCallsBeforeTake = nil
    do throws(Refusal) {
      let regions = guest.regions
      if let region = regions.first(where: { !$0.isShared }) {
        throw Refusal(.memoryNotShared, there: .bits(region.guestAddress))
      }
      writer.reset()
      Payload.Memory(regions: regions).write(into: &writer)
      channel?.queue(.memory, writer, lending: guest.lendMemory())
      for device in devices { try offer(device) }
      writer.reset()
      Payload.OfferEnd(deviceCount: devices.count).write(into: &writer)
      channel?.queue(.offerEnd, writer)
      channel?.flush()
    } catch {
      send(.deviceFailed(error))
    }
  }

  private func offer(_ device: any Movable) throws(Refusal) {
    writer.reset()
    Payload.Device(name: device.name, kind: device.kind).write(into: &writer)
    try device.describe(into: &writer)
    let lent = memory.order.transfersBackends ? device.lend() : []
    guard lent.count <= Int(RecordHeader.descriptorsMax) else {
      throw Refusal(
        .invalid, field: .queueCount, subject: device.name,
        here: .number(UInt64(RecordHeader.descriptorsMax)), there: .number(UInt64(lent.count)))
    }
    try queue(.device, of: device, lending: lent)
  }

  /// Refuses here what the other side would refuse for its length.
  private func queue(
    _ type: RecordType, of device: any Movable, lending descriptors: [CInt] = []
  ) throws(Refusal) {
    guard writer.count <= Int(RecordHeader.lengthMax) else {
      throw Refusal(
        .invalid, field: .recordLength, subject: device.name,
        here: .number(UInt64(RecordHeader.lengthMax)), there: .number(UInt64(writer.count)))
    }
    channel?.queue(type, writer, lending: descriptors)
  }

  func stopGuest() {
    stamps.begun = loop.now
    guest.stop()
    stamps.stopped = loop.now
  }

  func quiesce() {
    do throws(Refusal) {
      for device in devices { try device.quiesce() }
      stamps.quiesced = loop.now
      send(.quiesced)
    } catch {
      send(.deviceFailed(error))
    }
  }

  func save() {
    do throws(Refusal) {
      for (position, device) in devices.enumerated() {
        writer.reset()
        Payload.State(position: position).write(into: &writer)
        try device.save(into: &writer)
        try queue(.state, of: device)
      }
      stamps.saved = loop.now
      writer.reset()
      stamps.writeSource(into: &writer)
      channel?.queue(.stamps, writer)
      writer.reset()
      Payload.StateEnd(isGuestRunning: memory.order.isGuestRunning).write(into: &writer)
      channel?.queue(.stateEnd, writer)
    } catch {
      _ = send(.deviceFailed(error))
      return
    }
    if channel?.flush() ?? false { send(.sent) }
  }

  func sendCancel(_ refusal: Refusal) {
    writer.reset()
    RefusalNotice(refusal).write(into: &writer)
    channel?.queue(.cancel, writer)
    channel?.flush()
  }

  func handOver() {
    let owner = word?.swap(from: .held, to: .offered) ?? nil
    sendBare(.doorbell)
    // The kernel likes to wake the target on our own processor: it goes first from here on.
    loop.kernel.yield()
    if owner != .offered { send(.owner(owner)) }
  }

  /// A dead process takes no more steps, so the swaps see what it left.
  func revokeFromDead() {
    var owner = word?.swap(from: .offered, to: .revoked) ?? nil
    if owner == .taken { owner = word?.swap(from: .taken, to: .revoked) ?? nil }
    if owner == .condemned { owner = word?.swap(from: .condemned, to: .revoked) ?? nil }
    send(.owner(owner))
  }

  func restore() {
    for device in devices {
      do { try device.restore() } catch { watcher.migration(warning: error) }
    }
  }

  func release() {
    for device in devices { device.release() }
    guest.releaseMemory()
  }
}

extension OutgoingMigration: ChannelOwner {
  func channel(
    received type: RecordType, _ payload: borrowing RawSpan, _ descriptors: consuming Descriptors
  ) {
    guard state.expects(type) else {
      if type.isSkippable { return }
      let here = Refusal.Value.name(Name(status.qapiName))
      send(.channelBroken(Refusal(.unexpectedRecord, here: here, there: .name(type.name))))
      return
    }
    do throws(ByteCursor.Ended) {
      switch type {
      case .hello:
        let greeting = try Greeting(payload)
        peerSoftware = greeting.software
        send(.greeted(greeting))
      case .answers:
        _ = try Payload.Answers(payload, deviceCount: devices.count)
        send(.accepted)
      case .running:
        let running = try Payload.Running(payload, into: stamps)
        stamps = running.stamps
        mutatingCallsBeforeTake = running.callsBeforeTake
        send(.running)
      case .failed:
        let notice = try RefusalNotice(payload)
        told = notice
        send(.refused(notice.refusal))
      // None of these is ever expected.
      case .device, .memory, .offerEnd, .state, .stateEnd, .doorbell, .bye, .cancel, .stamps:
        break
      }
    } catch {
      send(.channelBroken(Refusal(.malformedRecord, there: .name(type.name))))
    }
  }

  func channelDrained() {
    if state == .saving { send(.sent) }
  }

  func channelClosed() { send(.channelClosed) }

  func channelBroken(_ refusal: Refusal) { send(.channelBroken(refusal)) }
}
