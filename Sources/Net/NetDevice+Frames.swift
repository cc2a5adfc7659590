package import BatonCore

/// What the guest's transport calls while the guest runs.
extension NetDevice {
  /// The guest has notified a queue, by its number in virtio-net (virtio 1.2, 5.1.2): 2n receives
  /// and 2n + 1 sends for pair n, counted from 0, and the one behind the last pair controls.
  ///
  /// A number that is none of these is ignored, as is a queue that is not set up. While the guest
  /// is stopped for a move nothing is served, control commands no more than frames: the state may
  /// be saved already, and the target would find rings that do not fit it. Whoever goes on with
  /// the guest looks at all queues by itself.
  public func notify(queue: Int) {
    guard let virtio, !tap.isHeld else { return }
    if vhost?.state == .prepared { steer() }
    if let vhost, vhost.isRunning, 0..<2 * options.tap.queues ~= queue {
      return vhost.notify(queue: queue)
    }
    switch virtio.notify(queue: queue) {
    case .transmit(let pair): send(pair: pair)
    case .receive: tap.feed()
    case .control:
      steer()
      tap.feed()
    case .ignored: return
    }
    endRound(of: virtio)
  }

  /// Pulls the cable or plugs it in, and tells the guest.
  public func setLink(isUp: Bool) {
    guard let virtio else { return }
    virtio.setLink(isUp: isUp)
    steer()
    endRound(of: virtio)
  }

  /// A guest that called from outside of the loop is interrupted for what came of it.
  private func endRound(of virtio: VirtioNet) {
    if virtio.hasPendingInterrupts { tap.loop.endRoundSoon() }
  }

  /// The guest writes the status byte; its offloads are set once its driver is ready.
  public func setStatus(_ status: VirtioStatus) {
    guard let virtio else { return }
    // A reset forgets where the rings are.
    if status.isEmpty { resetKernel() }
    virtio.setStatus(status)
    setOffload(for: virtio)
    steer()
    tap.feed()
    endRound(of: virtio)
  }

  /// Sets the offloads that the guest's driver has accepted, once it is ready.
  func setOffload(for virtio: VirtioNet) {
    let hasHeader = virtio.configuration.headerByteCount > 0
    let wish: TunOffload =
      hasHeader && virtio.status.contains(.driverOK) ? virtio.acceptedFeatures.tunOffload : []
    // What cannot be set now (the TAP is gone) is no affair of the guest's.
    if wish != tap.memory.properties.offload { do { try tap.setOffload(wish) } catch {} }
  }

  /// Sends what a pair has waiting, and goes on in a later round when that is more than a batch.
  func send(pair: Int) {
    if !tap.isHeld, transmit(queue: pair) { tap.awaitRoom(queue: pair) }
  }

  /// Serves the commands and sends the frames that have been waiting while nobody looked; the
  /// frames are the kernel's, if that is to serve the rings.
  func serveWaiting() {
    guard let virtio else { return }
    virtio.serveWaitingCommands()
    steer()
    if vhost?.isRunning == true { return }
    for pair in 0..<options.tap.queues where virtio.hasFramesToTransmit(pair: pair) {
      send(pair: pair)
    }
  }

  /// The pair that takes a queue's frames.
  ///
  /// The kernel spreads frames over all queues that are attached. Those of queues that the guest
  /// does not use go to the ones that it does: detaching a queue would purge what waits in it.
  private func pair(of queue: Int, _ virtio: VirtioNet) -> Int {
    queue < virtio.activePairs ? queue : queue % virtio.activePairs
  }
}

/// The TAP calls when a queue has frames or room.
extension NetDevice: FramePort {
  /// Tells whoever watches that the guest has no network any more.
  package func lost(_ refusal: Refusal) {
    steer()
    watcher?.netDevice(self, lost: refusal)
  }

  /// Makes the guest's side, whose header is known now, and tells whoever watches.
  package func opened(_ refusal: Refusal?) {
    var refusal = refusal
    if refusal == nil {
      do {
        try vhost?.own()
        if let virtio { try serveAnew(virtio) } else { try makeVirtio() }
      } catch {
        refusal = error
        tap.send(.lost(error))
      }
    }
    watcher?.netDevice(self, opened: refusal)
  }

  /// Tells whoever watches that nothing is owed any more.
  package func closed() { watcher?.netDeviceClosed(self) }

  /// Tells whoever watches.
  package func warned(_ refusal: Refusal) { watcher?.netDevice(self, warned: refusal) }

  /// The same, of what a program has written.
  package func said(_ line: [UInt8], by program: TapProgram) {
    watcher?.netDevice(self, said: line, by: program)
  }

  /// The guest's device, once there is one.
  package func receiver(forQueue queue: Int) -> (any FrameReceiver, pair: Int)? {
    guard let virtio else { return nil }
    let pair = pair(of: queue, virtio)
    guard let tee else { return (virtio, pair) }
    tee.begin(virtio, headerByteCount: tap.memory.properties.frameHeaderByteCount)
    return (tee, pair)
  }

  /// Sends what the guest has waiting, up to a batch.
  package func transmit(queue: Int) -> Bool {
    guard let virtio else { return false }
    switch virtio.transmit(pair: queue, limit: Tap.batch, to: self) {
    case .drained, .stopped: return false
    case .limited, .blocked: return true
    }
  }
}

/// What the device model calls.
extension NetDevice: FrameSink {
  /// Writes one frame of a pair to the queue of the same number.
  package func write(pair: Int, frame: UnsafeRawBufferPointer) -> WriteOutcome {
    // Safe: the frame is lent for the call.
    let outcome = unsafe tap.write(queue: pair, frame: frame)
    if let tee, outcome == .written {
      // Safe: likewise.
      unsafe tee.saw(
        frame, headerByteCount: tap.memory.properties.frameHeaderByteCount, isFromGuest: true)
    }
    return outcome
  }
}
