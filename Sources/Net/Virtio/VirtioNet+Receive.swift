/// From the network to the guest.
extension VirtioNet {
  /// What became of a frame for the guest.
  package enum Delivery: Equatable, Sendable {
    /// The frame is in buffers of the guest's, which sees it at the next flush.
    case delivered
    /// The guest has no room for it now: nothing was consumed, the caller keeps the frame.
    case noBuffer
    /// The frame is lost, for this reason.
    case dropped(DropReason)
  }

  /// Gives the guest a frame from the network, with the TAP's header before it if it has one.
  package func receive(frame: UnsafeRawBufferPointer, pair: Int) -> Delivery {
    // Safe: the frame is lent for the call.
    let delivery = unsafe receiveUnseen(frame: frame, pair: pair)
    if delivery == .delivered { showReceived(pair: pair) }
    return delivery
  }

  /// Shows the guest the frames of a pair that it has been given and has not been shown.
  package func showReceived(pair: Int) {
    guard isPair(pair), rings[2 * pair].isReady, rings[2 * pair].hasUnshown else { return }
    publish(2 * pair)
  }

  /// As ``receive(frame:pair:)``, but the guest sees the frame with the next
  /// ``showReceived(pair:)`` only, which has to come before anything else is done with the device:
  /// its processor looks at the index meanwhile.
  package func receiveUnseen(frame: UnsafeRawBufferPointer, pair: Int) -> Delivery {
    guard isRunning, isPair(pair), pair < activePairs, rings[2 * pair].isReady else {
      return drop(.notReady)
    }
    guard isLinkUp else { return drop(.linkDown) }
    guard frame.count >= configuration.headerByteCount + 14 else { return drop(.tooShort) }
    // Safe: the length was checked.
    let payload = unsafe UnsafeRawBufferPointer(
      rebasing: frame[configuration.headerByteCount...])
    guard payload.count <= Self.frameByteCountMax else { return drop(.tooLong) }
    // Safe: the header, if there is one, is there by the length check.
    guard unsafe makeHeader(from: frame) else { return drop(.offload) }
    do throws(RingFault) {
      // Safe: part of the caller's frame, which outlives the call; nothing of it is kept.
      return unsafe try deliver(payload, queue: 2 * pair)
    } catch {
      fail(2 * pair, error)
      return drop(.notReady)
    }
  }

  func drop(_ reason: DropReason) -> Delivery {
    counters.received.countDrop(reason)
    return .dropped(reason)
  }

  /// Puts header and frame into the guest's next buffers.
  private func deliver(
    _ payload: UnsafeRawBufferPointer, queue: Int
  ) throws(RingFault) -> Delivery {
    let total = Self.headerByteCount + payload.count
    let fit = try fit(queue: queue, byteCount: total)
    handQueue = nil
    guard fit.byteCount >= total else {
      if isCertain(fit, byteCount: total) { return drop(.bufferTooSmall) }
      return total <= receivedByteCountMax ? .noBuffer : drop(.tooLong)
    }
    // Safe: the header has 12 bytes; `num_buffers` are its last two (virtio 1.2, 5.1.6).
    unsafe header.storeBytes(
      of: fit.chainCount.littleEndian, toByteOffset: 10, as: UInt16.self)
    var position = 0
    for number in 0..<fit.chainCount {
      if fit.chainCount > 1 {
        try rings[queue].read(
          ahead: 0, into: &chain, from: memory,
          allowsIndirect: acceptedFeatures.contains(.indirectDescriptors))
      }
      // Safe: the caller's bytes, which are copied here and not kept.
      let written = unsafe fill(payload, from: position)
      position += written
      guard position == total || number + 1 < fit.chainCount else {
        throw .changedWhileRead
      }
      completeReceived(queue, byteCount: written)
    }
    counters.received.countFrame(byteCount: payload.count)
    return .delivered
  }

  /// Copies header and frame from byte `position` on into the chain; the count that fitted.
  private func fill(_ payload: UnsafeRawBufferPointer, from position: Int) -> Int {
    var written = 0
    if position < Self.headerByteCount {
      // Safe: the position is within the header.
      unsafe written = chain.scatter(UnsafeRawBufferPointer(rebasing: header[position...]))
    }
    let start = position + written - Self.headerByteCount
    guard start >= 0 else { return written }
    // Safe: no more was written than the header and the payload have.
    return unsafe written
      + chain.scatter(UnsafeRawBufferPointer(rebasing: payload[start...]), at: written)
  }

  /// Makes the guest's header of the TAP's; false when it asks for what was not negotiated.
  private func makeHeader(from frame: UnsafeRawBufferPointer) -> Bool {
    guard configuration.headerByteCount > 0 else {
      // Safe: ours, of `headerByteCount` bytes, all of which are set; bytes need no end of a life.
      unsafe header.initializeMemory(as: UInt8.self, repeating: 0)
      return true
    }
    // Safe: the caller checked that the frame has a header.
    unsafe header.copyMemory(
      from: UnsafeRawBufferPointer(rebasing: frame[..<Self.headerByteCount]))
    // Safe: the header is ours, and long enough.
    return unsafe admit(header)
  }

  /// Whether a header asks only for what was negotiated; makes it the guest's.
  func admit(_ header: UnsafeMutableRawBufferPointer) -> Bool {
    if !acceptedFeatures.contains(.guestCsum) {
      // Without the feature the flags must be zero (virtio 1.2, 5.1.6.4.1). That the checksum is
      // valid is a hint which may be left out; that it is missing cannot be hidden.
      // Safe: the header has 12 bytes.
      guard unsafe header[0] & 1 == 0 else { return false }
      unsafe header[0] = 0
    }
    // Safe: the header has 12 bytes.
    switch unsafe header[1] & 0x7f {
    case 0: return true
    case 1: return acceptedFeatures.contains(.guestTSO4)
    case 3: return acceptedFeatures.contains(.guestUFO)
    case 4: return acceptedFeatures.contains(.guestTSO6)
    case 5: return !acceptedFeatures.isDisjoint(with: [.guestUSO4, .guestUSO6])
    case _: return false
    }
  }
}
