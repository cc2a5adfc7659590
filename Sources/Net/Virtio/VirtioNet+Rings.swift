package import BatonCore

/// For a transport that starts and stops each ring by itself, as vhost does, and knows nothing of
/// the registers of virtio.
extension VirtioNet {
  /// What a ring's start may find wrong.
  package enum Misplaced: Error, Equatable, Sendable {
    /// No such queue, or it is started already.
    case queue
    /// No length that a ring may have, or longer than the device allows.
    case size
    /// A part that does not lie in guest memory, or not aligned.
    case descriptors, available, used
  }

  /// The features that the driver accepted, and that it drives the device from now on; rings and
  /// what broke them stay as they are.
  package func agree(on features: VirtioFeatures) {
    acceptedFeatures = features
    status = [.acknowledge, .driver, .featuresOK, .driverOK]
    lastFault = nil
    forgetRoom()
  }

  /// Whether a driver may accept these: offered ones, each with those that it needs. That several
  /// pairs need a control queue is not asked: with vhost it is not the device's.
  package func canAgree(on features: VirtioFeatures) -> Bool {
    features.isSubset(of: offeredFeatures)
      && features.subtracting([.multiqueue, .controlQueue]).isConsistent
  }

  /// Queue pairs that are in use from now on, the first ones, 1 at least.
  package func usePairs(_ count: Int) {
    activePairs = min(max(count, 1), configuration.maxPairs)
  }

  /// Where a driver has placed a queue, in guest addresses, and how long it is; 0 entries for a
  /// queue that is not there.
  package func place(
    of queue: Int
  ) -> (size: UInt16, descriptors: UInt64, available: UInt64, used: UInt64) {
    let layout = rings.indices ~= queue ? rings[queue].layout : SplitRing.Layout()
    return (layout.size, layout.descriptors, layout.available, layout.used)
  }

  /// The index of the available ring at which a started queue goes on.
  package func position(of queue: Int) -> UInt16 { rings[queue].nextAvailable }

  /// Starts a ring of this size at guest addresses, at the index that the driver gives for both
  /// its sides; what it has completed before is told once more at the first occasion.
  package func startQueue(
    _ queue: Int, size: UInt16, descriptors: UInt64, available: UInt64, used: UInt64,
    next: UInt16
  ) throws(Misplaced) {
    guard rings.indices ~= queue, !rings[queue].isReady else { throw .queue }
    forgetRoom()
    var ring = SplitRing(
      layout: SplitRing.Layout(
        size: size, descriptors: descriptors, available: available, used: used))
    switch ring.start(
      in: memory, sizeMax: configuration.queueSizeMax, nextAvailable: next, nextUsed: next)
    {
    case nil: rings[queue] = ring
    case .size: throw .size
    case .descriptors: throw .descriptors
    case .available: throw .available
    case .used: throw .used
    }
  }

  /// Stops a ring, in which nothing is in flight between two calls of the device.
  ///
  /// - Returns: The index of the available ring at which it goes on; 0 when it is not started.
  @discardableResult
  package func stopQueue(_ queue: Int) -> UInt16 {
    guard rings.indices ~= queue, rings[queue].isReady else { return 0 }
    forgetRoom()
    let next = rings[queue].nextAvailable
    rings[queue] = SplitRing()
    pendingQueues.removeAll { $0 == UInt16(queue) }
    return next
  }

  /// Where the parts of a ring that was started are in this process, as addresses for a kernel that
  /// serves it; nil for a ring that was not.
  func parts(
    of queue: Int
  ) -> (size: UInt16, descriptors: UInt, available: UInt, used: UInt)? {
    guard rings.indices ~= queue, rings[queue].isReady else { return nil }
    let layout = rings[queue].layout
    // Safe: only the addresses are used here; the ring's start has checked that all of it is there.
    guard let descriptors = unsafe memory.slice(at: layout.descriptors, count: 1)?.baseAddress,
      let available = unsafe memory.slice(at: layout.available, count: 1)?.baseAddress,
      let used = unsafe memory.slice(at: layout.used, count: 1)?.baseAddress
    else { return nil }
    return (
      layout.size, UInt(bitPattern: descriptors), UInt(bitPattern: available),
      UInt(bitPattern: used)
    )
  }

  /// The used index that the guest sees of a started ring; 0 of another one.
  func shownIndex(of queue: Int) -> UInt16 {
    rings.indices ~= queue && rings[queue].isReady ? rings[queue].usedIndex : 0
  }

  /// A started ring that somebody else has served goes on here, where that one stopped with nothing
  /// in flight; the guest rings for it again, and is interrupted whatever it was told before.
  func resumeQueue(_ queue: Int, at next: UInt16) {
    guard rings.indices ~= queue, rings[queue].isReady else { return }
    let layout = rings[queue].layout
    stopQueue(queue)
    do throws(Misplaced) {
      try startQueue(
        queue, size: layout.size, descriptors: layout.descriptors, available: layout.available,
        used: layout.used, next: next)
    } catch {
      // It was there a moment ago; what is not is broken.
      return fail(queue, .layout)
    }
    rings[queue].askForBells()
    forgetInterrupts(of: queue)
  }

  /// What a guest has broken since the last call, which is told once.
  package func takeFault() -> (queue: Int, fault: RingFault)? {
    defer { lastFault = nil }
    return lastFault
  }

  /// The next interrupt of a queue is raised whatever the driver was told before: its descriptor is
  /// another one, and the driver may have missed what went to the old one.
  package func forgetInterrupts(of queue: Int) {
    guard rings.indices ~= queue, rings[queue].isReady else { return }
    rings[queue].forgetAsked()
    if !rings[queue].isInterruptPending {
      rings[queue].isInterruptPending = true
      pendingQueues.append(UInt16(queue))
    }
  }

  /// The guest's memory is another list of regions from now on; rings go on where they are in it.
  ///
  /// - Throws: The first ring that is not in it any more; it and those behind it are stopped.
  package func move(to memory: GuestMemory) throws(Misplaced) {
    self.memory = memory
    var wrong: Misplaced?
    for queue in rings.indices where rings[queue].isReady {
      let layout = rings[queue].layout
      let next = stopQueue(queue)
      if wrong != nil { continue }
      do throws(Misplaced) {
        try startQueue(
          queue, size: layout.size, descriptors: layout.descriptors,
          available: layout.available, used: layout.used, next: next)
        forgetInterrupts(of: queue)
      } catch {
        wrong = error
      }
    }
    if let wrong { throw wrong }
  }

  /// Drops what a pair's guest wants to send, as a ring does that is started and disabled
  /// (vhost-user, "Ring states"); at most `limit` frames.
  package func discardTransmits(pair: Int, limit: Int) {
    let sink = Discard()
    _ = transmit(pair: pair, limit: limit, to: sink)
  }

  /// Takes every frame and keeps none.
  private final class Discard: FrameSink {
    func write(pair: Int, frame: UnsafeRawBufferPointer) -> WriteOutcome { .dropped }
  }
}
