import BatonNet

extension SoftwareGuest {
  /// How often one step looks for frames that came while it answered others.
  private static let passCount = 64

  /// Lets the guest run for an interrupt of a queue, by the device's number.
  ///
  /// It answers what waits in the queue's pair, and says for which queues of that pair it rings. A
  /// queue that the guest does not use is ignored.
  package func step(queue: Int) -> Kicks {
    guard let layout, queue >= 0, queue < 2 * layout.pairs else { return [] }
    count(.steps)
    let pair = queue / 2
    let seen = pairValue(pair, .receiveUsed, layout)
    setInterrupts(of: 2 * pair, areWanted: false, from: seen, layout)
    var kicks: Kicks = []
    for _ in 0..<Self.passCount {
      reclaim(pair, layout)
      kicks.formUnion(serve(pair, layout))
      if isResting(pair, layout) { return kicks }
    }
    return kicks.union(.again)
  }

  /// Whether nothing is left to do before an interrupt that will come.
  private func isResting(_ pair: Int, _ layout: GuestLayout) -> Bool {
    let seen = pairValue(pair, .receiveUsed, layout)
    setInterrupts(of: 2 * pair, areWanted: true, from: seen, layout)
    // Between our wish and what the device completed before it saw that (virtio 1.2, 2.7.7.2).
    fullBarrier()
    if area.loadAcquiring(at: layout.usedIndex(2 * pair)) == seen { return true }
    // Without a buffer for an answer it has asked for an interrupt of the transmit queue.
    return !hasBuffer(pair, layout)
  }

  /// Answers the frames that wait, as long as there are buffers for the answers.
  private func serve(_ pair: Int, _ layout: GuestLayout) -> Kicks {
    let receive = 2 * pair
    let sent = pairValue(pair, .transmitAvailable, layout)
    let given = pairValue(pair, .receiveAvailable, layout)
    var (seen, available) = (pairValue(pair, .receiveUsed, layout), given)
    // Ends: the device completes only buffers that we gave, a ring's length of them at most.
    for _ in 0..<layout.queueSize {
      guard seen != area.loadAcquiring(at: layout.usedIndex(receive)), hasBuffer(pair, layout)
      else { break }
      let entry = layout.usedEntry(receive, seen)
      let index = area.uint32(at: entry)
      seen &+= 1
      guard index < UInt32(layout.queueSize) else {
        count(.errors)
        continue
      }
      answer(pair, Int(index), byteCount: Int(area.uint32(at: entry + 4)), layout)
      area.store(uint16: UInt16(index), at: layout.availableEntry(receive, available))
      available &+= 1
    }
    area.storeReleasing(available, at: layout.availableIndex(receive))
    setPair(pair, .receiveUsed, seen, layout)
    setPair(pair, .receiveAvailable, available, layout)
    return kicks(
      pair, received: Step(old: given, new: available),
      sent: Step(old: sent, new: pairValue(pair, .transmitAvailable, layout)), layout)
  }

  /// Reads one frame and queues its answer, if it has one.
  private func answer(_ pair: Int, _ index: Int, byteCount: Int, _ layout: GuestLayout) {
    count(.framesIn)
    countPair(pair, .framesIn, layout)
    let header = VirtioNet.headerByteCount
    guard header..<(layout.bufferByteCount + 1) ~= byteCount else { return count(.errors) }
    guard let slot = freeSlot(pair, layout) else { return count(.errors) }
    let request = layout.buffer(2 * pair, index)
    let reply = layout.buffer(2 * pair + 1, slot)
    let responder = EchoResponder(mac: mac, ipv4: ipv4)
    let result = area.with(
      reading: (request + header)..<(request + byteCount),
      writing: (reply + header)..<(reply + layout.bufferByteCount)
    ) { frame, answer in responder.answer(frame, into: &answer) }
    switch result {
    case .arp(let count): send(pair, slot, count, counting: .arp, layout)
    case .icmp(let count): send(pair, slot, count, counting: .icmp, layout)
    case .udp(let count, let sequence):
      setState(.lastSequence, sequence)
      send(pair, slot, count, counting: .udp, layout)
    case .ignored: count(.ignored)
    case .malformed: count(.errors)
    }
  }

  /// Queues the frame in a transmit buffer, which is the head of the free list.
  private func send(
    _ pair: Int, _ slot: Int, _ byteCount: Int, counting field: StateField,
    _ layout: GuestLayout
  ) {
    let queue = 2 * pair + 1
    let buffer = layout.buffer(queue, slot)
    let entry = layout.descriptor(queue, slot)
    area.clear(buffer..<(buffer + VirtioNet.headerByteCount))
    area.store(uint32: UInt32(VirtioNet.headerByteCount + byteCount), at: entry + 8)
    setPair(pair, .freeHead, area.uint16(at: entry + 14), layout)
    // It was above zero, but who writes into our memory may have changed it since.
    let free = pairValue(pair, .freeCount, layout)
    setPair(pair, .freeCount, free == 0 ? 0 : free - 1, layout)
    let available = pairValue(pair, .transmitAvailable, layout)
    area.store(uint16: UInt16(slot), at: layout.availableEntry(queue, available))
    area.storeReleasing(available &+ 1, at: layout.availableIndex(queue))
    setPair(pair, .transmitAvailable, available &+ 1, layout)
    count(field)
    count(.framesOut)
    countPair(pair, .framesOut, layout)
  }

  /// The head of the free list; nil when it leads out of the table.
  ///
  /// The list lies in guest memory and is then given up: the guest goes on with the buffers that
  /// come back, or waits for its next start if there are none.
  private func freeSlot(_ pair: Int, _ layout: GuestLayout) -> Int? {
    let slot = Int(pairValue(pair, .freeHead, layout))
    if slot < layout.queueSize { return slot }
    setPair(pair, .freeCount, 0, layout)
    return nil
  }

  /// Whether an answer can be queued; if not, asks the device to say when it can.
  private func hasBuffer(_ pair: Int, _ layout: GuestLayout) -> Bool {
    if pairValue(pair, .freeCount, layout) > 0 { return true }
    let seen = pairValue(pair, .transmitUsed, layout)
    setInterrupts(of: 2 * pair + 1, areWanted: true, from: seen, layout)
    // What was sent before the device saw our wish is not announced any more.
    fullBarrier()
    reclaim(pair, layout)
    return pairValue(pair, .freeCount, layout) > 0
  }

  /// Takes back the transmit buffers whose frames are out.
  private func reclaim(_ pair: Int, _ layout: GuestLayout) {
    let queue = 2 * pair + 1
    var seen = pairValue(pair, .transmitUsed, layout)
    // Ends: the device completes only what we queued, a ring's length at most.
    for _ in 0..<layout.queueSize where seen != area.loadAcquiring(at: layout.usedIndex(queue)) {
      let slot = area.uint32(at: layout.usedEntry(queue, seen))
      seen &+= 1
      guard slot < UInt32(layout.queueSize) else {
        count(.errors)
        continue
      }
      area.store(
        uint16: pairValue(pair, .freeHead, layout),
        at: layout.descriptor(queue, Int(slot)) + 14)
      setPair(pair, .freeHead, UInt16(slot), layout)
      let free = pairValue(pair, .freeCount, layout)
      setPair(pair, .freeCount, min(free, UInt16(layout.queueSize) - 1) + 1, layout)
    }
    setPair(pair, .transmitUsed, seen, layout)
    if pairValue(pair, .freeCount, layout) > 0 {
      setInterrupts(of: queue, areWanted: false, from: seen, layout)
    }
  }
}
