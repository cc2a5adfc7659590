/// Chains at the head of a receive ring that were looked at, and what they can hold.
struct ReceiveRoom {
  /// The ring; -1 for none.
  var queue = -1
  /// The available index of the first of them.
  var first: UInt16 = 0
  var chainCount: UInt16 = 0
  /// What they hold together, in bytes.
  var byteCount = 0
  /// Entries that they take up in the ring's own table.
  var entryCount = 0

  /// The first chain is used up.
  mutating func consume(_ chain: borrowing DescriptorChain) {
    guard chainCount > 0, byteCount >= chain.writableByteCount else {
      // A guest that changes its buffers while they are the device's: they are looked at anew.
      self = ReceiveRoom()
      return
    }
    first &+= 1
    chainCount -= 1
    byteCount -= chain.writableByteCount
    entryCount -= chain.ringEntryCount
  }
}

/// The guest's buffers for frames that come in.
extension VirtioNet {
  /// Whether any frame that was agreed on would be delivered or dropped now, and none kept.
  ///
  /// The TAP's driver reads a frame only when this is true. So no frame has to be kept anywhere
  /// but in the kernel, and none is in this process when the guest moves.
  package func canReceive(pair: Int) -> Bool {
    guard isRunning, isPair(pair), pair < activePairs, rings[2 * pair].isReady else {
      return false
    }
    do throws(RingFault) {
      // Ends the look for most frames: only who finds too little asks the guest to ring.
      if try hasRoom(2 * pair) { return true }
      return try awaitRoom(2 * pair)
    } catch {
      fail(2 * pair, error)
      return false
    }
  }

  /// Where the next frame may be put with its header, when that is one piece of memory and the
  /// TAP's header is the guest's; what is behind it in the guest's buffer is not the device's.
  package func room(pair: Int) -> UnsafeMutableRawBufferPointer? {
    let queue = 2 * pair
    guard configuration.headerByteCount == Self.headerByteCount, isLinkUp,
      isInHand(queue) || takeInHand(queue)
    else { return nil }
    // Safe: a checked slice of guest memory, which the caller lends to the kernel for one call.
    guard let only = unsafe chain.onlyWritable, only.count >= Self.headerByteCount + 14 else {
      return nil
    }
    return unsafe only
  }

  /// The kernel has put a frame into the buffer that ``room(pair:)`` named.
  package func took(byteCount: Int, pair: Int) {
    let queue = 2 * pair
    // Safe: the buffer is in hand since `room`; the guest may write it, and is free to.
    guard isInHand(queue), let only = unsafe chain.onlyWritable else { return }
    if let reason = unsafe unfit(only, byteCount) {
      if let log { chain.note(min(byteCount, only.count), in: log) }
      _ = drop(reason)
      return
    }
    // Safe: `room` has seen that there is a header; `num_buffers` are its last two bytes (virtio
    // 1.2, 5.1.6).
    unsafe only.storeBytes(of: UInt16(1).littleEndian, toByteOffset: 10, as: UInt16.self)
    handQueue = nil
    completeReceived(queue, byteCount: byteCount)
    counters.received.countFrame(byteCount: byteCount - Self.headerByteCount)
  }

  /// Why the guest does not get a frame that lies in its buffer already; nil when it gets it.
  private func unfit(_ buffer: UnsafeMutableRawBufferPointer, _ byteCount: Int) -> DropReason? {
    guard byteCount >= Self.headerByteCount + 14 else { return .tooShort }
    guard byteCount <= Self.headerByteCount + Self.frameByteCountMax else { return .tooLong }
    // Safe: the buffer begins with a header.
    return unsafe admit(buffer) ? nil : .offload
  }

  /// Completes the chain in hand of a receive ring.
  func completeReceived(_ queue: Int, byteCount: Int) {
    if receiveRoom.queue == queue { receiveRoom.consume(chain) }
    complete(queue, byteCount: byteCount)
  }

  /// The longest frame that was agreed on, with the guest's header, in bytes.
  var receivedByteCountMax: Int {
    guard acceptedFeatures.isDisjoint(with: .guestSegments) else {
      return Self.headerByteCount + Self.frameByteCountMax
    }
    return Self.headerByteCount + Int(configuration.mtu ?? 1500) + 22
  }

  // MARK: Looking at chains

  /// Whether the next buffers suffice for any frame. What was looked at for the frame before is
  /// not looked at again, since the longest frame may take a hundred of them.
  private func hasRoom(_ queue: Int) throws(RingFault) -> Bool {
    if receiveRoom.queue != queue || receiveRoom.first != rings[queue].nextAvailable {
      receiveRoom = ReceiveRoom(queue: queue, first: rings[queue].nextAvailable)
    }
    let byteCount = receivedByteCountMax
    try extend(&receiveRoom, byteCount: byteCount)
    return isCertain(receiveRoom, byteCount: byteCount)
  }

  /// Whether the buffers suffice for any frame; if not, the guest rings for the next ones.
  private func awaitRoom(_ queue: Int) throws(RingFault) -> Bool {
    // Ends: a guest that adds a buffer at each look has filled its ring before, and one whose
    // index goes forth and back is looked at no more often.
    for _ in 0...rings[queue].layout.size {
      let seen = rings[queue].availableIndex
      if try hasRoom(queue) { return true }
      if awaitBell(queue, from: seen) { return false }
    }
    return false
  }

  /// What the next buffers of a ring hold, as many as `byteCount` bytes need: one if they may not
  /// be spread.
  func fit(queue: Int, byteCount: Int) throws(RingFault) -> ReceiveRoom {
    var fit = ReceiveRoom(queue: queue, first: rings[queue].nextAvailable)
    if isInHand(queue), chain.writableByteCount >= byteCount {
      (fit.chainCount, fit.byteCount) = (1, chain.writableByteCount)
      return fit
    }
    try extend(&fit, byteCount: byteCount)
    return fit
  }

  /// Looks at as many chains more as `byteCount` bytes need.
  ///
  /// When the first one was looked at last, it is in hand afterwards.
  private func extend(_ room: inout ReceiveRoom, byteCount: Int) throws(RingFault) {
    let queue = room.queue
    let isMergeable = acceptedFeatures.contains(.mergeableBuffers)
    while room.byteCount < byteCount, isMergeable || room.chainCount == 0,
      try rings[queue].availableCount(enough: room.chainCount + 1) > room.chainCount
    {
      handQueue = nil
      try readChain(queue, ahead: room.chainCount)
      if room.chainCount == 0 { (handQueue, handIndex) = (queue, rings[queue].nextAvailable) }
      room.chainCount += 1
      room.byteCount += chain.writableByteCount
      room.entryCount += chain.ringEntryCount
    }
  }

  /// Whether buffers suffice, or the guest may be waiting for us to use more of them.
  ///
  /// Too few bytes are waited for only while more than half of the ring is used up: a guest gives
  /// buffers again when half of them are gone at the latest, as Linux does, and a short ring never
  /// holds the longest frame above that.
  func isCertain(_ room: ReceiveRoom, byteCount: Int) -> Bool {
    if room.byteCount >= byteCount { return true }
    if 2 * room.entryCount >= Int(rings[room.queue].layout.size) { return true }
    return room.chainCount == 1 && !acceptedFeatures.contains(.mergeableBuffers)
  }

  private func readChain(_ queue: Int, ahead: UInt16) throws(RingFault) {
    try rings[queue].read(
      ahead: ahead, into: &chain, from: memory,
      allowsIndirect: acceptedFeatures.contains(.indirectDescriptors))
    guard chain.readableCount == 0 else { throw .wrongDirection }
  }

  /// Whether a ring's next chain is the one that was read last, and was not used yet.
  private func isInHand(_ queue: Int) -> Bool {
    handQueue == queue && handIndex == rings[queue].nextAvailable
  }

  /// Reads a ring's next chain, which was looked at before; false when it breaks the device.
  private func takeInHand(_ queue: Int) -> Bool {
    guard receiveRoom.queue == queue, receiveRoom.first == rings[queue].nextAvailable,
      receiveRoom.chainCount > 0
    else { return false }
    handQueue = nil
    do throws(RingFault) {
      try readChain(queue, ahead: 0)
    } catch {
      fail(queue, error)
      return false
    }
    (handQueue, handIndex) = (queue, rings[queue].nextAvailable)
    return true
  }

  /// The rings, the memory or the features are others now: what was seen of them is void.
  func forgetRoom() {
    handQueue = nil
    receiveRoom = ReceiveRoom()
  }
}
