import BatonCore

/// The way of the frames; nothing on it allocates.
extension Tap: FrameSink {
  /// Whether frames wait, in the kernel and in the guest's ring.
  package var isHeld: Bool {
    switch flow {
    case .held: true
    case .flowing, .dropping: false
    }
  }

  /// Writes one frame of a pair to the queue of the same number, as ``write(queue:frame:)`` does.
  package func write(pair: Int, frame: UnsafeRawBufferPointer) -> WriteOutcome {
    // Safe: the frame is lent for the call.
    unsafe write(queue: pair, frame: frame)
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
    hasAwaitedRoom = true
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

  /// Asks whether the interface is still there, where a queue waits for a reader: it is not watched
  /// meanwhile, and would not tell.
  package func lookForLoss() {
    guard starvedCount > 0, case .flowing = flow else { return }
    do throws(SystemError) {
      _ = try kernel.tunInterface(descriptors[0])
    } catch {
      guard [Errno.badDescriptorState, Errno.noLink].contains(error.code) else { return }
      send(.lost(Refusal(error, subject: memory.properties.name.text)))
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
    let number = descriptors[queue]
    // Until the guest's memory turns out to be none: the frame's own way tells the device.
    var isDirect = true
    for _ in 0..<Self.batch {
      guard case .flowing = flow else { return .full }
      guard receiver.canReceive(pair: pair) else { return .starved }
      do {
        // Safe: the guest's buffer is the kernel's for this call.
        if isDirect, let room = unsafe receiver.room(pair: pair) {
          try unsafe readDirectly(number, into: room, for: receiver, pair: pair)
        } else {
          try readCopying(number, for: receiver, pair: pair)
        }
      } catch {
        guard isDirect, error.code == Errno.badAddress else { return .refused(error) }
        counters.readsFailed += 1
        isDirect = false
      }
    }
    return .full
  }

  /// Reads one frame into the guest's buffer; the rest of one that is too long for it into ours,
  /// where it is put together.
  private func readDirectly(
    _ number: CInt, into room: UnsafeMutableRawBufferPointer, for receiver: any FrameReceiver,
    pair: Int
  ) throws(SystemError) {
    // Safe: our buffer is used by nobody else during the call.
    let rest = unsafe UnsafeMutableRawBufferPointer(
      rebasing: buffer[min(room.count, buffer.count)...])
    let count = try unsafe kernel.read(number, into: room, then: rest)
    counters.framesRead += 1
    if count <= room.count { return receiver.took(byteCount: count, pair: pair) }
    // Safe: the kernel has filled the room and `count` bytes in all, so that it is within ours.
    unsafe buffer.copyMemory(from: UnsafeRawBufferPointer(room))
    unsafe receiver.take(
      frame: UnsafeRawBufferPointer(rebasing: buffer[..<count]), pair: pair)
  }

  private func readCopying(
    _ number: CInt, for receiver: any FrameReceiver, pair: Int
  ) throws(SystemError) {
    // Safe: the buffer is ours, and nobody else uses it during the call.
    let count = try unsafe kernel.read(number, into: buffer)
    counters.framesRead += 1
    // Safe: the kernel filled in `count` bytes.
    unsafe receiver.take(
      frame: UnsafeRawBufferPointer(rebasing: buffer[..<count]), pair: pair)
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
    hasStarved = true
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
