import BatonNet

/// The driver's start (virtio 1.2, 3.1 and 5.1.5).
extension SoftwareGuest {
  /// The control command's piece of the state page: three buffers of one command.
  private static let commandOffset = 2048
  private static let answerOffset = 2056

  /// Negotiates, places the queues and starts the device.
  func startDevice(_ layout: GuestLayout, wantsEventIndex: Bool) throws(GuestError) {
    device.setStatus([])
    device.setStatus([.acknowledge])
    device.setStatus([.acknowledge, .driver])
    let needed: VirtioFeatures =
      layout.pairs > 1 ? [.version1, .mac, .controlQueue, .multiqueue] : [.version1, .mac]
    guard needed.isSubset(of: device.offeredFeatures) else {
      throw .featuresRefused(offered: device.offeredFeatures.rawValue)
    }
    var wanted = needed.union([.status, .mtu])
    if wantsEventIndex { wanted.insert(.eventIndex) }
    device.setDriverFeatures(device.offeredFeatures.intersection(wanted))
    usesEventIndex = device.acceptedFeatures.contains(.eventIndex)
    device.setStatus([.acknowledge, .driver, .featuresOK])
    guard device.status.contains(.featuresOK) else {
      throw .featuresRefused(offered: device.offeredFeatures.rawValue)
    }
    for queue in 0..<(2 * layout.pairs) { try place(queue, as: queue, layout) }
    if let control = device.controlQueue {
      try place(layout.controlQueue, as: control, layout)
    }
    device.setStatus([.acknowledge, .driver, .featuresOK, .driverOK])
    if layout.pairs > 1 { try usePairs(layout) }
  }

  /// Tells the device where a queue of ours is, by the device's number.
  private func place(
    _ queue: Int, as deviceQueue: Int, _ layout: GuestLayout
  ) throws(GuestError) {
    let isPlaced = device.setQueue(
      deviceQueue, size: UInt16(layout.queueSize),
      descriptors: area.address(of: layout.descriptors(queue)),
      available: area.address(of: layout.available(queue)),
      used: area.address(of: layout.used(queue)))
    guard isPlaced, device.setQueueReady(deviceQueue) else { throw .queueRefused(deviceQueue) }
  }

  /// Asks for all our pairs (VQ_PAIRS_SET) and reads the answer, which the device gives at once.
  private func usePairs(_ layout: GuestLayout) throws(GuestError) {
    let queue = layout.controlQueue
    guard let control = device.controlQueue else { throw .pairsRefused(asked: layout.pairs) }
    area.store(uint16: 4, at: Self.commandOffset)
    area.store(uint16: UInt16(layout.pairs), at: Self.commandOffset + 2)
    area.store(uint16: 0xffff, at: Self.answerOffset)
    describe(queue, 0, layout, offset: Self.commandOffset, byteCount: 4, flags: 1, next: 1)
    describe(queue, 1, layout, offset: Self.answerOffset, byteCount: 1, flags: 2, next: 0)
    area.store(uint16: 0, at: layout.available(queue) + 4)
    area.storeReleasing(1, at: layout.availableIndex(queue))
    _ = device.notify(queue: control)
    let isServed = area.loadAcquiring(at: layout.usedIndex(queue)) == 1
    guard isServed, area.uint16(at: Self.answerOffset) & 0xff == 0 else {
      throw .pairsRefused(asked: layout.pairs)
    }
  }

  /// Gives a pair all its receive buffers, and makes the list of its transmit buffers.
  func prepare(_ pair: Int, _ layout: GuestLayout) {
    let (receive, transmit) = (2 * pair, 2 * pair + 1)
    for index in 0..<layout.queueSize {
      describe(
        receive, index, layout, offset: layout.buffer(receive, index),
        byteCount: layout.bufferByteCount, flags: 2, next: 0)
      area.store(uint16: UInt16(index), at: layout.availableEntry(receive, UInt16(index)))
      describe(
        transmit, index, layout, offset: layout.buffer(transmit, index), byteCount: 0, flags: 0,
        next: index + 1)
    }
    area.storeReleasing(UInt16(layout.queueSize), at: layout.availableIndex(receive))
    setPair(pair, .receiveAvailable, UInt16(layout.queueSize), layout)
    setPair(pair, .freeCount, UInt16(layout.queueSize), layout)
    setInterrupts(of: transmit, areWanted: false, from: 0, layout)
  }

  /// Writes a descriptor (virtio 1.2, 2.7.5).
  private func describe(
    _ queue: Int, _ index: Int, _ layout: GuestLayout, offset: Int, byteCount: Int,
    flags: UInt16, next: Int
  ) {
    let entry = layout.descriptor(queue, index)
    area.store(uint64: area.address(of: offset), at: entry)
    area.store(uint32: UInt32(byteCount), at: entry + 8)
    area.store(uint16: flags, at: entry + 12)
    area.store(uint16: UInt16(next), at: entry + 14)
  }

  func pairValue(_ pair: Int, _ field: PairField, _ layout: GuestLayout) -> UInt16 {
    area.uint16(at: layout.pair(pair) + field.rawValue)
  }

  func setPair(_ pair: Int, _ field: PairField, _ value: UInt16, _ layout: GuestLayout) {
    area.store(uint16: value, at: layout.pair(pair) + field.rawValue)
  }

  func countPair(_ pair: Int, _ field: PairField, _ layout: GuestLayout) {
    let offset = layout.pair(pair) + field.rawValue
    area.store(uint64: area.uint64(at: offset) &+ 1, at: offset)
  }
}
