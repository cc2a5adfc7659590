import BatonCore

extension IncomingMigration {
  func greet() {
    side.greet(
      Greeting(
        transfersBackends: memory.terms.transfersBackends,
        handover: side.peer?.handover ?? 0))
  }

  /// Memory first: devices check their rings against it. What could trap under the guest is refused
  /// here, whatever the host's own `adopt` looks at.
  func inspect() {
    stamps = HandoverStamps()
    do throws(Refusal) {
      guard side.peer?.handover != nil else {
        throw Refusal(.descriptorCount, here: .number(0), there: .number(1))
      }
      var memory = Descriptors(in: loop.kernel)
      swap(&memory, &arrived.memory)
      for (position, region) in arrived.regions.enumerated() {
        try SealedMemory.check(
          memory[position], byteCount: region.byteCount, in: loop.kernel)
      }
      try side.guest.adopt(arrived.regions, memory)
      for position in arrived.devices.indices { try inspect(position) }
      for device in side.devices where !arrived.devices.contains(where: { $0.name == device.name })
      {
        throw Refusal(.notOffered, subject: device.name)
      }
      try side.guest.checkOffer()
      send(.adoptable)
    } catch {
      send(.unadoptable(error))
    }
  }

  private func inspect(_ position: Int) throws(Refusal) {
    let offered = arrived.devices[position]
    let own = arrived.descriptors.removeFirst(offered.descriptorCount)
    if arrived.devices[..<position].contains(where: { $0.name == offered.name }) {
      throw Refusal(
        .invalid, field: .deviceCount, subject: offered.name, here: .number(1), there: .number(2))
    }
    guard let device = device(offered.name, at: position) else {
      throw Refusal(.missingDevice, subject: offered.name)
    }
    guard device.kind == offered.kind else {
      throw .mismatch(
        .deviceKind, subject: offered.name, here: .name(device.kind), there: .name(offered.kind))
    }
    // Safe: bytes of bytes; `offered` outlives the span, and the device bounds its reads.
    let properties = unsafe offered.properties.span.bytes
    arrived.devices[position].adoption = try device.inspect(properties, own)
  }

  /// For each device of the offer, how it gets its backend.
  func answer() {
    side.writer.reset()
    Payload.Answers(adoptions: arrived.devices.map { $0.adoption }).write(into: &side.writer)
    side.send(.answers)
  }

  func load() {
    do throws(Refusal) {
      for (position, offered) in arrived.devices.enumerated() {
        guard let device = device(offered.name, at: position), let state = offered.state else {
          throw Refusal(.invalid, field: .state, subject: offered.name)
        }
        // Safe: bytes of bytes; `state` outlives the span, and the device bounds its reads.
        let span = unsafe state.span.bytes
        try device.load(span)
      }
      try side.guest.checkArrival()
      stamps.loaded = loop.now
      send(.loaded)
    } catch {
      send(.loadFailed(error))
    }
  }

  /// The state's arrival may have woken us on the source's own processor, between its last send and
  /// its swap: it gets a few chances to go on before we sleep until the doorbell.
  func take() {
    var owner = side.swap(from: .offered, to: .taken)
    for _ in 0..<Self.takeYields where owner == .held {
      loop.kernel.yield()
      owner = side.swap(from: .offered, to: .taken)
    }
    if owner == .taken {
      stamps.taken = loop.now
      callsBeforeTake = side.devices.reduce(0) { $0 + $1.mutatingCalls }
    }
    send(.owner(owner))
  }

  func apply() {
    do throws(Refusal) {
      for device in side.devices { try device.take() }
      stamps.applied = loop.now
      send(.applied)
    } catch {
      send(.applyFailed(error))
    }
  }

  func giveBack() {
    var owner = side.swap(from: .taken, to: .revoked)
    if owner == .condemned { owner = side.swap(from: .condemned, to: .revoked) }
    send(.owner(owner))
  }

  func sendRunning() {
    stamps.started = loop.now
    side.writer.reset()
    Payload.Running(stamps: stamps, callsBeforeTake: callsBeforeTake).write(into: &side.writer)
    side.send(.running)
  }

  func discard() {
    for device in side.devices { device.discard() }
    side.guest.discardMemory()
  }

  /// The device of this name, which mostly has the same place on both sides.
  private func device(_ name: Name, at position: Int) -> (any Movable)? {
    if position < side.devices.count, side.devices[position].name == name {
      return side.devices[position]
    }
    return side.devices.first { $0.name == name }
  }
}

extension IncomingMigration: RecordReader {
  func expects(_ type: RecordType) -> Bool { state.expects(type) }

  func read(
    _ type: RecordType, _ payload: borrowing RawSpan, _ descriptors: consuming Descriptors
  ) throws(ByteCursor.Ended) {
    switch type {
    case .device: try arrived.addDevice(payload, descriptors)
    case .memory: try arrived.addMemory(payload, descriptors)
    case .offerEnd: try offerEnd(payload)
    case .state: try arrived.addState(payload)
    case .stamps: try stamps.readSource(payload)
    case .stateEnd: try stateEnd(payload)
    case .doorbell: send(.doorbell)
    case .bye: send(.bye(isGuestRunning: try Payload.Bye(payload).isGuestRunning))
    case .cancel: send(.withdrawn(try side.reason(payload)))
    // HELLO has been heard, in the lobby; none of the others is ever expected.
    case .hello, .answers, .running, .failed: break
    }
  }

  private func offerEnd(_ payload: borrowing RawSpan) throws(ByteCursor.Ended) {
    guard try Payload.OfferEnd(payload).deviceCount == arrived.devices.count else {
      throw ByteCursor.Ended()
    }
    send(.offered)
  }

  private func stateEnd(_ payload: borrowing RawSpan) throws(ByteCursor.Ended) {
    stamps.received = loop.now
    send(.received(isGuestRunning: try Payload.StateEnd(payload).isGuestRunning))
  }

  func channelDrained() {}

  func channelClosed() { send(.channelClosed) }

  func channelBroken(_ refusal: Refusal) { send(.channelBroken(refusal)) }
}
