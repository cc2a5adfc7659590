/// The control queue (virtio 1.2, 5.1.6.5), of which one command is known: VQ_PAIRS_SET.
extension VirtioNet {
  /// The answers of a control command.
  private static let ok: UInt8 = 0
  private static let error: UInt8 = 1

  /// Serves the commands that wait and whose bell nobody heard, for instance after a move: a guest
  /// waits for the answer and rings no second time.
  package func serveWaitingCommands() {
    guard isRunning, let queue = controlQueue, rings.indices ~= queue, rings[queue].isReady else {
      return
    }
    serveControl(queue)
  }

  /// Serves the commands that wait, at most a ring's length of them.
  func serveControl(_ queue: Int) {
    handQueue = nil
    do throws(RingFault) {
      for _ in 0..<rings[queue].layout.size {
        guard try isWaiting(queue) else { return }
        try rings[queue].read(
          into: &chain, from: memory,
          allowsIndirect: acceptedFeatures.contains(.indirectDescriptors))
        guard chain.readableByteCount >= 2, chain.hasWritable else {
          throw RingFault.wrongDirection
        }
        var answer = execute()
        // Safe: one byte of a local is lent for the copy.
        unsafe withUnsafeBytes(of: &answer) { bytes in _ = unsafe chain.scatter(bytes) }
        counters.commands += 1
        complete(queue, byteCount: 1)
        publish(queue)
      }
    } catch {
      fail(queue, error)
    }
  }

  /// Carries out the command in the chain: class, command, then its data.
  private func execute() -> UInt8 {
    // Safe: `gather` copies no more than the scratch holds, and only what it copied is read.
    let count = unsafe chain.gather(into: scratch)
    let (kind, command) = unsafe (scratch[0], scratch[1])
    guard kind == 4, command == 0, count == 4, acceptedFeatures.contains(.multiqueue) else {
      return Self.error
    }
    // Safe: the count was checked.
    let pairs = unsafe Int(scratch[2]) | Int(scratch[3]) << 8
    guard 1...configuration.maxPairs ~= pairs else { return Self.error }
    activePairs = pairs
    return Self.ok
  }
}
