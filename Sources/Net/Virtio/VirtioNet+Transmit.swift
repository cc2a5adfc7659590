/// From the guest to the network.
extension VirtioNet {
  /// Why a call of `transmit` came back.
  package enum TransmitOutcome: Equatable, Sendable {
    /// The guest has nothing more to send.
    case drained
    /// As many frames were taken as the caller allowed, and more wait.
    case limited
    /// The sink has no room: the next frame waits in the guest's ring.
    case blocked
    /// The device or this queue does not run.
    case stopped
  }

  /// Whether frames of a pair wait to be sent, for instance after a move.
  package func hasFramesToTransmit(pair: Int) -> Bool {
    guard isRunning, isPair(pair), rings[2 * pair + 1].isReady else { return false }
    return rings[2 * pair + 1].availableIndex != rings[2 * pair + 1].nextAvailable
  }

  /// Sends at most `limit` frames of a pair to the sink.
  ///
  /// A frame is completed only when the sink has taken or refused it. One for which there is no
  /// room is left in the ring as if it had never been looked at, and so moves with the guest.
  package func transmit(pair: Int, limit: Int, to sink: any FrameSink) -> TransmitOutcome {
    guard isRunning, isPair(pair), rings[2 * pair + 1].isReady else { return .stopped }
    let queue = 2 * pair + 1
    handQueue = nil
    let outcome = transmit(pair: pair, queue: queue, limit: limit, to: sink)
    // Once for all: the guest's processor looks at the index while frames are sent.
    if rings[queue].isReady, rings[queue].hasUnshown { publish(queue) }
    return outcome
  }

  private func transmit(
    pair: Int, queue: Int, limit: Int, to sink: any FrameSink
  ) -> TransmitOutcome {
    // One reference for the batch, and not one for each frame.
    let memory = memory
    do throws(RingFault) {
      // The one look for the batch.
      _ = try rings[queue].availableCount(enough: .max)
      for _ in 0..<limit {
        guard try isWaiting(queue) else { return .drained }
        try rings[queue].read(
          into: &chain, from: memory,
          allowsIndirect: acceptedFeatures.contains(.indirectDescriptors))
        guard !chain.hasWritable, chain.readableCount > 0 else { throw .wrongDirection }
        guard send(pair: pair, to: sink) else {
          counters.wouldBlocks += 1
          return .blocked
        }
        complete(queue, byteCount: 0)
      }
      return try isWaiting(queue) ? .limited : .drained
    } catch {
      fail(queue, error)
      return .stopped
    }
  }

  /// Whether a chain waits in a queue; if none does, the guest rings for the next one.
  func isWaiting(_ queue: Int) throws(RingFault) -> Bool {
    if try rings[queue].availableCount(enough: 1) > 0 { return true }
    let isAsked = awaitBell(queue, from: rings[queue].nextAvailable)
    if isAsked { return false }
    return try rings[queue].availableCount(enough: 1) > 0
  }

  /// Gives the frame in the chain to the sink; false when it must wait.
  ///
  /// In its one caller: behind a call of the kernel every return is a guess of the processor's
  /// that fails, and each costs a frame some 10 ns.
  @inline(__always)
  private func send(pair: Int, to sink: any FrameSink) -> Bool {
    let frameByteCount = chain.readableByteCount - Self.headerByteCount
    if let reason = unfit(frameByteCount) {
      counters.transmitted.countDrop(reason)
      return true
    }
    // Safe: the chain is within `scratch` by the length check; the bytes are lent for the call.
    let whole = unsafe gathered()
    guard unsafe configuration.headerByteCount > 0 || isPlain(whole) else {
      counters.transmitted.countDrop(.offload)
      return true
    }
    let start = Self.headerByteCount - configuration.headerByteCount
    // Safe: the whole is at least a header long.
    let outcome = unsafe sink.write(
      pair: pair, frame: UnsafeRawBufferPointer(rebasing: whole[start...]))
    switch outcome {
    case .written: counters.transmitted.countFrame(byteCount: frameByteCount)
    case .dropped: counters.transmitted.countDrop(.refused)
    case .wouldBlock: return false
    }
    return true
  }

  /// Why a frame of this length cannot be sent now, nil if it can.
  private func unfit(_ frameByteCount: Int) -> DropReason? {
    guard isLinkUp else { return .linkDown }
    guard frameByteCount >= 14 else { return .tooShort }
    return frameByteCount <= Self.frameByteCountMax ? nil : .tooLong
  }

  /// The chain's bytes in one piece: where they are if they are in one buffer, else copied.
  private func gathered() -> UnsafeRawBufferPointer {
    // Safe: the one buffer is a checked slice of guest memory.
    if let only = unsafe chain.onlyReadable { return unsafe only }
    // Safe: `gather` keeps to the scratch, and the count it returns is what it filled.
    let count = unsafe chain.gather(into: scratch)
    return unsafe UnsafeRawBufferPointer(rebasing: scratch[..<count])
  }

  /// Whether the header asks for nothing: neither a checksum nor segments.
  private func isPlain(_ whole: UnsafeRawBufferPointer) -> Bool {
    // Safe: the whole is at least a header long.
    unsafe whole[0] & 1 == 0 && whole[1] == 0
  }

  /// Whether the device has such a pair.
  func isPair(_ pair: Int) -> Bool { pair >= 0 && pair < configuration.maxPairs }
}
