/// The side of the device that the transport drives.
extension VirtioNet {
  /// Queues in all, the control queue included.
  public var queueCount: Int { rings.count }

  /// The control queue's index, nil unless the driver accepted one (virtio 1.2, 5.1.2).
  public var controlQueue: Int? {
    guard acceptedFeatures.contains(.controlQueue) else { return nil }
    return acceptedFeatures.contains(.multiqueue) ? 2 * configuration.maxPairs : 2
  }

  /// Whether the driver has started the device and nothing has broken it.
  public var isRunning: Bool {
    status.contains(.driverOK) && status.isDisjoint(with: [.needsReset, .failed])
  }

  /// Whether both sides say from which index on they want to hear.
  var usesEventIndex: Bool { acceptedFeatures.contains(.eventIndex) }

  /// The driver's features; without effect after `featuresOK`.
  public func setDriverFeatures(_ features: VirtioFeatures) {
    guard !status.contains(.featuresOK) else { return }
    acceptedFeatures = features
  }

  /// The driver's write to the status byte: zero resets, else bits are added, never removed.
  ///
  /// `featuresOK` is not taken when the features are not all offered or lack one that they need,
  /// and `driverOK` not without `featuresOK`: the driver reads the byte back to know.
  public func setStatus(_ value: VirtioStatus) {
    guard !value.isEmpty else { return reset() }
    var added = value.intersection(.known).subtracting(.needsReset)
    let areFeaturesGood =
      acceptedFeatures.isSubset(of: offeredFeatures) && acceptedFeatures.isConsistent
    if !areFeaturesGood, !status.contains(.featuresOK) { added.remove(.featuresOK) }
    if !status.union(added).contains(.featuresOK) { added.remove(.driverOK) }
    status.formUnion(added)
  }

  /// Puts the device back into the state in which it was made; link and counters stay.
  public func reset() {
    status = []
    acceptedFeatures = []
    activePairs = 1
    lastFault = nil
    forgetRoom()
    for index in rings.indices { rings[index] = SplitRing() }
    pendingQueues.removeAll(keepingCapacity: true)
    isConfigurationInterruptPending = false
  }

  /// The driver's choice for a queue: its length in entries and the guest addresses of its parts.
  ///
  /// False when there is no such queue or it is already ready.
  @discardableResult
  public func setQueue(
    _ queue: Int, size: UInt16, descriptors: UInt64, available: UInt64, used: UInt64
  ) -> Bool {
    guard rings.indices ~= queue else { return false }
    return rings[queue].place(
      SplitRing.Layout(
        size: size, descriptors: descriptors, available: available, used: used))
  }

  /// The driver's word that a queue may be used; false when its layout breaks the device.
  @discardableResult
  public func setQueueReady(_ queue: Int) -> Bool {
    guard rings.indices ~= queue, !rings[queue].isReady else { return false }
    if rings[queue].start(in: memory, sizeMax: configuration.queueSizeMax) != nil {
      fail(queue, .layout)
      return false
    }
    return true
  }

  /// Whether the driver has declared a queue ready.
  public func isQueueReady(_ queue: Int) -> Bool {
    rings.indices ~= queue && rings[queue].isReady
  }

  /// The driver's notification of a queue; control commands are served at once.
  package func notify(queue: Int) -> Kick {
    guard isRunning, rings.indices ~= queue, rings[queue].isReady else { return .ignored }
    if queue == controlQueue {
      serveControl(queue)
      return .control
    }
    guard queue < 2 * configuration.maxPairs else { return .ignored }
    return queue & 1 == 0 ? .receive(pair: queue / 2) : .transmit(pair: queue / 2)
  }

  /// One byte of the configuration space (virtio 1.2, 5.1.4), 0 beyond its end.
  public func configurationByte(at offset: Int) -> UInt8 {
    switch offset {
    case 0..<6: configuration.mac[offset]
    case 6: isLinkUp ? 1 : 0
    case 8: UInt8(truncatingIfNeeded: configuration.maxPairs)
    case 9: UInt8(truncatingIfNeeded: configuration.maxPairs >> 8)
    case 10: UInt8(truncatingIfNeeded: configuration.mtu ?? 0)
    case 11: UInt8(truncatingIfNeeded: (configuration.mtu ?? 0) >> 8)
    case _: 0
    }
  }

  /// Pulls the cable or plugs it in.
  public func setLink(isUp: Bool) {
    guard isUp != isLinkUp else { return }
    isLinkUp = isUp
    configurationGeneration &+= 1
    if status.contains(.driverOK) { isConfigurationInterruptPending = true }
  }

  /// A queue's ring as it is, for who drives it by itself from here on.
  package func ring(_ queue: Int) -> SplitRing { rings[queue] }

  /// Whether `flushInterrupts` has something to do.
  package var hasPendingInterrupts: Bool {
    isConfigurationInterruptPending || !pendingQueues.isEmpty
  }

  /// Raises what has become pending and is wanted, at most one interrupt per queue; called once
  /// per round.
  ///
  /// A target that makes the guest run at once may cause new ones. They are raised too, up to a
  /// limit, and stay pending beyond it.
  package func flushInterrupts(to target: any Interrupting) {
    if isConfigurationInterruptPending {
      isConfigurationInterruptPending = false
      counters.interrupts += 1
      target.interruptForConfiguration()
    }
    for _ in 0..<(2 * rings.count) {
      guard let queue = pendingQueues.popLast() else { return }
      guard rings[Int(queue)].wantsInterrupt(usesEventIndex: usesEventIndex) else { continue }
      counters.interrupts += 1
      target.interrupt(queue: Int(queue))
    }
  }

  /// Shows the guest what was completed in a queue; whether it wants to be interrupted for that is
  /// asked at the flush.
  func publish(_ queue: Int) {
    if rings[queue].publish() { pendingQueues.append(UInt16(queue)) }
    log?.note(rings[queue].layout.used + 2, 2)
  }

  /// Completes the chain in hand with `byteCount` bytes written.
  func complete(_ queue: Int, byteCount: Int) {
    guard let log else {
      return rings[queue].complete(head: chain.head, byteCount: byteCount)
    }
    let entry = rings[queue].nextUsedAddress
    rings[queue].complete(head: chain.head, byteCount: byteCount)
    chain.note(byteCount, in: log)
    log.note(entry, SplitRing.usedEntryByteCount)
  }

  /// Asks the guest to ring for a queue's first chain from `index` on; false when there is one.
  func awaitBell(_ queue: Int, from index: UInt16) -> Bool {
    let isAsked = rings[queue].awaitBell(from: index, usesEventIndex: usesEventIndex)
    if usesEventIndex {
      let layout = rings[queue].layout
      log?.note(
        layout.used + 4 + UInt64(layout.size) * UInt64(SplitRing.usedEntryByteCount), 2)
    }
    return isAsked
  }

  /// Breaks the device for what the guest did to a queue.
  func fail(_ queue: Int, _ fault: RingFault) {
    counters.badChains += 1
    lastFault = (queue, fault)
    status.insert(.needsReset)
    if status.contains(.driverOK) { isConfigurationInterruptPending = true }
  }
}
