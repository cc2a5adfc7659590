import BatonCore

/// The way of the frames; nothing on it allocates.
extension Tap {
  /// Whether frames wait, in the kernel and in the guest's ring.
  package var isHeld: Bool {
    switch flow {
    case .held: true
    case .flowing, .dropping: false
    }
  }

  /// Writes one frame with its header.
  package func write(queue: Int, frame: UnsafeRawBufferPointer) -> WriteOutcome {
    switch flow {
    case .held: return .wouldBlock
    case .flowing: break
    case .dropping:
      counters.droppedGone += 1
      return .dropped
    }
    precondition(queue >= 0 && queue < queues.count, "a TAP has no such queue")
    do {
      // Safe: the frame is lent for the call.
      _ = try unsafe kernel.write(descriptors[queue], from: frame)
      counters.framesWritten += 1
      return .written
    } catch {
      return refuse(error)
    }
  }

  /// What a refused write means for its frame.
  private func refuse(_ error: SystemError) -> WriteOutcome {
    switch error.code {
    case Errno.wouldBlock:
      counters.writesBlocked += 1
      return .wouldBlock
    case Errno.inputOutput: counters.droppedDown += 1
    case Errno.invalid: counters.droppedInvalid += 1
    case Errno.badDescriptorState:
      counters.droppedGone += 1
      send(.lost(Refusal(error, subject: memory.properties.name.text)))
    case _: counters.droppedOther += 1
    }
    return .dropped
  }

  /// Calls the port's `transmit` for this queue as soon as the kernel has room.
  package func awaitRoom(queue: Int) {
    guard case .flowing = flow, queue < queues.count else { return }
    if queues[queue].writable == nil {
      queues[queue].writable = watch(queue, for: .write)
    } else {
      queues[queue].writable?.resume()
    }
  }

  /// The device may have buffers again: queues that were left alone for want of them are read.
  package func feed() {
    guard starvedCount > 0, case .flowing = flow else { return }
    starvedCount = 0
    for queue in queues where queue.isStarved {
      queue.isStarved = false
      queue.readable?.resume()
    }
  }

  /// What ended a batch.
  private enum End {
    case full, starved
    case refused(SystemError)
  }

  /// A queue has frames: reads as many as the device takes, up to a batch.
  func receive(queue: Int) {
    guard case .flowing = flow, let port else { return }
    guard let (receiver, pair) = port.receiver(forQueue: queue) else { return starve(queue) }
    let end = receiveBatch(queue: queue, for: receiver, pair: pair)
    receiver.showReceived(pair: pair)
    switch end {
    case .full: return
    case .starved: starve(queue)
    case .refused(let error): failReading(error)
    }
  }

  private func receiveBatch(queue: Int, for receiver: any FrameReceiver, pair: Int) -> End {
    for _ in 0..<Self.batch {
      guard case .flowing = flow else { return .full }
      guard receiver.canReceive(pair: pair) else { return .starved }
      let count: Int
      do {
        // Safe: the buffer is ours, and nobody else uses it during the call.
        count = try unsafe kernel.read(descriptors[queue], into: buffer)
      } catch {
        return .refused(error)
      }
      counters.framesRead += 1
      // Safe: the kernel filled in `count` bytes.
      unsafe receiver.take(
        frame: UnsafeRawBufferPointer(rebasing: buffer[..<count]), pair: pair)
    }
    return .full
  }

  /// A queue has room: lets the device send, and goes on watching while it has more.
  func transmit(queue: Int) {
    guard case .flowing = flow, let port else { return }
    let hasMore = port.transmit(queue: queue)
    // The call may have closed everything.
    if !hasMore, queue < queues.count { queues[queue].writable?.suspend() }
  }

  /// The frame stays in the kernel until the device says that it has buffers.
  private func starve(_ queue: Int) {
    queues[queue].readable?.suspend()
    queues[queue].isStarved = true
    starvedCount += 1
    counters.starvations += 1
  }

  private func failReading(_ error: SystemError) {
    switch error.code {
    case Errno.wouldBlock: return
    case Errno.badDescriptorState:
      send(.lost(Refusal(error, subject: memory.properties.name.text)))
    case _: counters.readsFailed += 1
    }
  }
}
