import BatonCore

/// Who serves the guest's rings: the kernel (vhost-net), or this process.
///
/// The kernel serves all of them or none: a TAP spreads frames over all queues that are attached,
/// and detaching one destroys what waits in it. So a guest that uses fewer pairs than there are is
/// served here, as is one whose link is down. Commands are served here in any case.
extension NetDevice {
  /// Whether the kernel serves the guest's rings at this moment (vhost-net).
  public var isServedByKernel: Bool { vhost?.isRunning == true }

  /// Whether the kernel is to serve the rings as they are.
  var isKernelsTurn: Bool {
    guard vhost != nil, let virtio, virtio.isRunning, virtio.isLinkUp else { return false }
    let pairs = options.tap.queues
    return virtio.activePairs == pairs && (0..<2 * pairs).allSatisfy(virtio.isQueueReady)
  }

  /// Gives the rings to the kernel or takes them back, as the guest and the TAP stand now.
  func steer() {
    guard let vhost else { return }
    if tap.state == .polling, isKernelsTurn { vhost.run() } else { vhost.halt() }
    let wasServed = tap.isServedByKernel
    tap.isServedByKernel = vhost.isRunning
    guard wasServed, !vhost.isRunning, !tap.isHeld else { return }
    serveWaiting()
  }

  /// The same for a guest that was taken, so that the TAP is not watched for nothing first.
  func startKernel() {
    guard let vhost, isKernelsTurn else { return }
    vhost.run()
    tap.isServedByKernel = vhost.isRunning
  }

  /// The driver resets the device, whose rings are gone after that.
  func resetKernel() {
    vhost?.reset()
    tap.isServedByKernel = false
  }

  /// The guest's memory is about to go, and with it the rings.
  func letGo() {
    vhost?.forget()
    tap.isServedByKernel = false
  }

  /// Does all that needs no rings.
  func prepare(_ memory: GuestMemory, hasHeader: Bool) throws(Refusal) {
    guard let vhost else { return }
    var features: VirtioFeatures = vhost.features ?? []
    if !options.offersEventIndex { features.remove(.eventIndex) }
    try vhost.prepare(memory: memory, features: features, hasHeader: hasHeader)
  }
}

/// What the kernel's datapath calls.
extension NetDevice: VhostPort {
  /// The guest's side, once there is one.
  package var guest: VirtioNet? { virtio }

  /// The queue of the same number.
  package func queue(ofPair pair: Int) -> CInt { tap.descriptors[pair] }

  /// Interrupts the guest at once: the kernel has asked it already whether it wants that.
  package func completed(queue: Int) {
    // What comes for a guest that is stopped is pending since its rings were taken back.
    guard let virtio, let interrupts, !tap.isHeld, vhost?.isRunning == true else { return }
    virtio.counters.interrupts += 1
    interrupts.interrupt(queue: queue)
  }

  /// The rings are looked at here, which finds what is wrong and breaks the device.
  package func broken() {
    vhost?.fault()
    steer()
    tap.loop.endRoundSoon()
  }
}
