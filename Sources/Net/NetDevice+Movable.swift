public import BatonCore

extension NetDevice: Movable {
  // MARK: On the source

  /// Writes what the target compares, and records the TAP's properties.
  ///
  /// - Throws: What the kernel refused to tell, or the state in which the TAP cannot be moved.
  public func describe(into writer: inout ByteWriter) throws(Refusal) {
    let properties = try tap.describe()
    let lends = tap.policy.transfersBackends
    Offer(options: options, tap: properties, lends: lends, isOwed: lends && tap.owesDownScript)
      .write(into: &writer)
  }

  /// The queues' descriptors in order, or none when the target opens a TAP of its own.
  public func lend() -> [CInt] { tap.policy.transfersBackends ? tap.lend() : [] }

  /// Leaves the TAP and the guest's rings alone from here on.
  ///
  /// - Throws: The state in which the TAP has nothing to leave alone.
  public func quiesce() throws(Refusal) {
    try tap.quiesce()
    steer()
  }

  /// Writes the TAP's settings and the device's state.
  ///
  /// - Throws: The state, when the device has no guest.
  public func save(into writer: inout ByteWriter) throws(Refusal) {
    guard let virtio else { throw Refusal(.wrongState, field: .state, subject: name) }
    StateHead(tap: tap.memory.properties).write(into: &writer)
    record.removeAll(keepingCapacity: true)
    virtio.save(into: &record)
    writer.write(record)
  }

  /// The down script may be the target's to run from here on.
  public func handOver() { tap.handOver() }

  /// Puts back what differs on the TAP, and serves the commands and frames that waited.
  ///
  /// - Throws: The first setting that the kernel refused; frames flow all the same.
  public func restore() throws(Refusal) {
    // What waits in the guest's rings goes on even when not all could be put back.
    defer { serveWaiting() }
    try tap.restore()
  }

  /// The target let go of the descriptors before it could use them.
  public func withdraw() { tap.withdraw() }

  /// Closes the descriptors without touching the TAP, and forgets the guest.
  public func release() {
    vhost?.close()
    tap.release()
    forgetGuest()
  }

  // MARK: On the target

  /// Compares the offer with the options and the descriptors with both, changing nothing.
  ///
  /// What the embedder left out is refused here too, since the source still runs the guest: a
  /// device without memory, one that was never begun, one whose guest has gone.
  public func inspect(
    _ properties: borrowing RawSpan, _ descriptors: consuming Descriptors
  ) throws(Refusal) -> Adoption {
    if let lack {
      throw Refusal(.wrongState, field: .state, subject: name, here: .name(lack))
    }
    let offer = try Offer(properties, subject: name)
    try offer.compare(with: options, subject: name)
    guard descriptors.count == offer.descriptorCount else {
      throw Refusal(
        .descriptorCount, field: .queueCount, subject: name,
        here: .number(UInt64(descriptors.count)), there: .number(UInt64(offer.descriptorCount)))
    }
    try tap.consider(offer.tap, descriptors, isOwed: offer.isOwed)
    do {
      try vhost?.own()
      try makeVirtio()
    } catch {
      tap.discard()
      throw error
    }
    return offer.descriptorCount > 0 ? .adopt : .reopen
  }

  /// Checks the state and gives it to the device; the TAP keeps what it is to set.
  ///
  /// - Throws: The first field that is malformed or does not fit this device, its rings or the
  ///   guest.
  public func load(_ state: borrowing RawSpan) throws(Refusal) {
    try makeVirtio()
    guard let virtio else { throw Refusal(.wrongState, field: .state, subject: name) }
    var cursor = ByteCursor()
    let saved = try StateHead(state, at: &cursor, subject: name).tap
    do {
      try virtio.load(from: state.extracting(droppingFirst: cursor.offset))
    } catch {
      throw Refusal(error, subject: name)
    }
    try tap.load(saved)
  }

  /// What this device still needs of the embedder before it can take a guest.
  private var lack: Name? {
    if tap.state == .new { return Name("not begun: call begin") }
    if [.released, .closing, .closed].contains(tap.state) {
      return Name("used up: make a new device")
    }
    return hasMemory ? nil : Name("no memory: call attach(memory:)")
  }

  /// Sets on the TAP what the source had last and the kernel has not, and tells the kernel where
  /// the rings are, if it is to serve them.
  ///
  /// - Throws: The first setting that the kernel refused.
  public func take() throws(Refusal) {
    try tap.take()
    if isKernelsTurn { try vhost?.place() }
  }

  /// Watches the TAP and serves what waited in the guest's rings; frames from the network come
  /// with the loop's next round, which needs no call for queues that have none.
  public func activate() {
    // The chart refuses only what has no descriptors; then there is nothing to serve.
    startKernel()
    do { try tap.resume() } catch { return steer() }
    serveWaiting()
  }

  /// Closes what was received and forgets the guest.
  public func discard() {
    tap.discard()
    forgetGuest()
  }

  /// The calls that this device's TAP has made so far and that can change it.
  public var mutatingCalls: UInt64 { tap.mutatingCalls }
}
