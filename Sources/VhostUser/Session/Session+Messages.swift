import BatonCore
import BatonNet

/// What each message comes to.
extension Session: VhostConnectionOwner {
  func connection(ended fault: VhostFault?) {
    send(fault.map { SessionChart.Event.fault($0) } ?? .closed)
  }

  func connection(worked spell: Spell) { owner.session(self, worked: spell) }

  func connection(received message: VhostMessage, _ descriptors: consuming Descriptors) {
    owner.wantRound()
    let isAcknowledged = message.wantsReply && protocolFeatures.contains(.replyAck)
    do throws(VhostFault) {
      let isAnswered = try handle(message, descriptors)
      if isAcknowledged, !isAnswered, state != .gone { reply(to: message.request, 0) }
    } catch {
      if isAcknowledged { reply(to: message.request, 1) }
      send(.fault(error))
    }
  }

  /// Carries it out.
  ///
  /// - Returns: Whether it was answered already.
  private func handle(
    _ message: VhostMessage, _ descriptors: consuming Descriptors
  ) throws(VhostFault) -> Bool {
    switch message.body {
    case .empty: return answer(message.request)
    case .number(let number): try take(message.request, number)
    case .ring(let index, let number):
      return try change(try ring(index), message.request, number)
    case .descriptor(let index, _): try give(try ring(index), message.request, descriptors)
    case .address(let address): try place(try ring(address.ring), at: address)
    case .regions(let regions): try take(try MemoryTable(regions, descriptors))
    case .log(let byteCount, let offset):
      try take(try log(byteCount, offset, descriptors))
      reply(to: message.request, 0)
      return true
    }
    return false
  }

  private func log(
    _ byteCount: UInt64, _ offset: UInt64, _ descriptors: consuming Descriptors
  ) throws(VhostFault) -> LogMapping {
    guard let descriptor = descriptors.takeFirst() else {
      throw .descriptors(.setLogBase, expected: 1, found: 0)
    }
    return try LogMapping(byteCount: byteCount, offset: offset, descriptor)
  }

  private func ring(_ index: UInt32) throws(VhostFault) -> Ring {
    guard index < rings.count else { throw .ring(index: index, count: rings.count) }
    return rings[Int(index)]
  }

  /// - Returns: Whether the request has an answer.
  private func answer(_ request: VhostRequest) -> Bool {
    switch request {
    case .getFeatures: reply(to: request, offered)
    case .getProtocolFeatures: reply(to: request, offeredProtocol.rawValue)
    case .getQueueCount: reply(to: request, UInt64(rings.count / 2))
    case .setOwner, .resetOwner, .setLogDescriptor: return false
    case .setFeatures, .setMemoryTable, .setLogBase, .setRingSize, .setRingAddress, .setRingBase,
      .getRingBase, .setRingKick, .setRingCall, .setRingError, .setProtocolFeatures,
      .setRingEnabled, .sendRARP, .setMTU:
      return false
    }
    return true
  }

  private func take(_ request: VhostRequest, _ number: UInt64) throws(VhostFault) {
    switch request {
    case .setFeatures: try setFeatures(number)
    case .setProtocolFeatures:
      guard ProtocolFeatures(rawValue: number).isSubset(of: offeredProtocol) else {
        throw .protocolFeatures(offered: offeredProtocol.rawValue, found: number)
      }
      protocolFeatures = ProtocolFeatures(rawValue: number)
    case .sendRARP:
      // Six bytes of address in the order in which they travel, in a number's first six.
      let bits = (0..<6).reduce(UInt64(0)) { $0 << 8 | number >> UInt64(8 * $1) & 0xFF }
      owner.announce(MACAddress(bits: bits), of: self)
    // What the guest was told binds nobody here: the TAP has its own, and its frames their length.
    case .setMTU: break
    case .getFeatures, .setOwner, .resetOwner, .setMemoryTable, .setLogBase, .setLogDescriptor,
      .setRingSize, .setRingAddress, .setRingBase, .getRingBase, .setRingKick, .setRingCall,
      .setRingError, .getProtocolFeatures, .getQueueCount, .setRingEnabled:
      break
    }
  }

  private func setFeatures(_ bits: UInt64) throws(VhostFault) {
    let own = bits & ~(VhostFeatures.protocolFeatures | VhostFeatures.logAll)
    guard bits & ~offered == 0, device.canAgree(on: VirtioFeatures(rawValue: own)) else {
      throw .features(offered: offered, found: bits)
    }
    usesProtocolFeatures = bits & VhostFeatures.protocolFeatures != 0
    send(.features(own, isLogged: bits & VhostFeatures.logAll != 0))
  }

  /// - Returns: Whether the request has an answer.
  private func change(
    _ ring: Ring, _ request: VhostRequest, _ number: UInt32
  ) throws(VhostFault) -> Bool {
    switch request {
    case .setRingSize:
      try mayChange(ring, request)
      let most = device.configuration.queueSizeMax
      guard number > 0, number <= most, number & (number - 1) == 0 else {
        throw .ringSize(index: ring.index, most: Int(most), found: number)
      }
      ring.size = UInt16(number)
    case .setRingBase:
      try mayChange(ring, request)
      guard let base = UInt16(exactly: number) else {
        throw .ringBase(index: ring.index, found: number)
      }
      ring.base = base
    case .getRingBase:
      ring.send(.stop)
      reply(to: request, UInt64(ring.index) | UInt64(ring.base) << 32)
      return true
    case .setRingEnabled: ring.send(number != 0 ? .enable : .disable)
    case .getFeatures, .setFeatures, .setOwner, .resetOwner, .setMemoryTable, .setLogBase,
      .setLogDescriptor, .setRingAddress, .setRingKick, .setRingCall, .setRingError,
      .getProtocolFeatures, .setProtocolFeatures, .getQueueCount, .sendRARP, .setMTU:
      break
    }
    return false
  }

  private func mayChange(_ ring: Ring, _ request: VhostRequest) throws(VhostFault) {
    if ring.isStarted { throw .ringRuns(request, index: ring.index) }
  }

  /// A ring that runs may be told only whether its writes are noted.
  private func place(_ ring: Ring, at address: VhostMessage.Address) throws(VhostFault) {
    if ring.isStarted, let former = ring.address,
      former.descriptors != address.descriptors || former.available != address.available
        || former.used != address.used
    {
      throw .ringRuns(.setRingAddress, index: ring.index)
    }
    ring.address = address
  }

  private func give(
    _ ring: Ring, _ request: VhostRequest, _ descriptors: consuming Descriptors
  ) throws(VhostFault) {
    if !descriptors.isEmpty {
      // Nobody may make us wait for what only he can give.
      do { try descriptors.kernel.setNonBlocking(descriptors[0]) } catch {
        throw .system(error)
      }
    }
    let descriptor = descriptors.takeFirst()
    switch request {
    case .setRingKick:
      guard let descriptor else { throw .descriptors(request, expected: 1, found: 0) }
      if !usesProtocolFeatures { ring.send(.enable) }
      ring.takeKick(descriptor)
    case .setRingCall:
      ring.takeCall(descriptor)
      // What was signalled by the descriptor before may not have been heard.
      device.forgetInterrupts(of: ring.index)
      if ring.isStarted { ring.interrupt() }
    case .setRingError: ring.takeError(descriptor)
    case .getFeatures, .setFeatures, .setOwner, .resetOwner, .setMemoryTable, .setLogBase,
      .setLogDescriptor, .setRingSize, .setRingAddress, .setRingBase, .getRingBase,
      .getProtocolFeatures, .setProtocolFeatures, .getQueueCount, .setRingEnabled, .sendRARP,
      .setMTU:
      break
    }
  }
}
