import BatonNet

extension SoftwareGuest {
  /// Lets the guest run for an interrupt of a queue, by the device's number.
  ///
  /// It answers what waits in the queue's pair, and says which queues of that pair the host is to
  /// look at. A queue that the guest does not use is ignored.
  package func step(queue: Int) -> Kicks {
    guard let layout, queue >= 0, queue < 2 * layout.pairs else { return [] }
    count(.steps)
    let pair = queue / 2
    reclaim(pair, layout)
    return serve(pair, layout)
  }

  /// Answers the frames that wait, as long as there are buffers for the answers.
  private func serve(_ pair: Int, _ layout: GuestLayout) -> Kicks {
    let queue = 2 * pair
    let published = pairValue(pair, .transmitAvailable, layout)
    var seen = pairValue(pair, .receiveUsed, layout)
    var available = pairValue(pair, .receiveAvailable, layout)
    let start = seen
    // Ends: the device completes only buffers that we gave, a ring's length of them at most.
    for _ in 0..<layout.queueSize {
      guard seen != area.uint16(at: layout.used(queue) + 2), hasBuffer(pair, layout) else { break }
      let mask = UInt16(layout.queueSize - 1)
      let entry = layout.used(queue) + 4 + 8 * Int(seen & mask)
      let index = area.uint32(at: entry)
      seen &+= 1
      guard index < UInt32(layout.queueSize) else {
        count(.errors)
        continue
      }
      answer(pair, Int(index), byteCount: Int(area.uint32(at: entry + 4)), layout)
      area.store(
        uint16: UInt16(index), at: layout.available(queue) + 4 + 2 * Int(available & mask))
      available &+= 1
    }
    area.store(uint16: available, at: layout.available(queue) + 2)
    setPair(pair, .receiveUsed, seen, layout)
    setPair(pair, .receiveAvailable, available, layout)
    var kicks: Kicks = seen == start ? [] : [.receive]
    if pairValue(pair, .transmitAvailable, layout) != published { kicks.insert(.transmit) }
    return kicks
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
    let place = Int(available & UInt16(layout.queueSize - 1))
    area.store(uint16: UInt16(slot), at: layout.available(queue) + 4 + 2 * place)
    area.store(uint16: available &+ 1, at: layout.available(queue) + 2)
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
    setInterrupts(ofTransmit: pair, areWanted: true, layout)
    // What was sent before the flag was set is not announced any more.
    reclaim(pair, layout)
    return pairValue(pair, .freeCount, layout) > 0
  }

  /// Takes back the transmit buffers whose frames are out.
  private func reclaim(_ pair: Int, _ layout: GuestLayout) {
    let queue = 2 * pair + 1
    var seen = pairValue(pair, .transmitUsed, layout)
    // Ends: the device completes only what we queued, a ring's length at most.
    for _ in 0..<layout.queueSize where seen != area.uint16(at: layout.used(queue) + 2) {
      let place = Int(seen & UInt16(layout.queueSize - 1))
      let slot = area.uint32(at: layout.used(queue) + 4 + 8 * place)
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
      setInterrupts(ofTransmit: pair, areWanted: false, layout)
    }
  }
}
