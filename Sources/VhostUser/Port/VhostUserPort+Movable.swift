public import BatonCore
import BatonNet

/// The port moves to another process with everything that it has: the socket on which front-ends
/// connect, their sessions, the TAP. No front-end notices.
///
/// From the offer on nothing is read from a front-end, whose messages wait in its socket; its rings
/// are served until the switch.
extension VhostUserPort: Movable {
  /// The kind of device by which both sides know how to read the offer and the state.
  public var kind: Name { Name("vhost-user-net") }

  // MARK: On the source

  /// Writes what the target compares, and stops to read from front-ends.
  ///
  /// - Throws: What the kernel refused to tell, or the state in which the TAP cannot be moved.
  public func describe(into writer: inout ByteWriter) throws(Refusal) {
    let properties = try tap.describe()
    life.send(.offer)
    PortOffer(
      options: options, tap: properties, sessions: sessions.map { $0?.image },
      isOwed: tap.owesDownScript
    ).write(into: &writer)
  }

  /// The descriptors of it all, in the order of its offer.
  public func lend() -> [CInt] {
    var numbers = listenerNumbers + tap.lend()
    for case let session? in sessions { numbers += session.lend() }
    return numbers
  }

  /// Leaves the TAP and every ring alone from here on.
  ///
  /// - Throws: The state in which the TAP has nothing to leave alone.
  public func quiesce() throws(Refusal) {
    heldAt = loop.now
    life.send(.hold)
    try tap.quiesce()
  }

  /// Writes the TAP's settings, who has it, and how far each ring is.
  public func save(into writer: inout ByteWriter) throws(Refusal) {
    PortState(
      tap: tap.memory.properties, holder: holderPlace,
      bases: sessions.map { session in session?.positions ?? [] }, heldAt: heldAt
    ).write(into: &writer)
  }

  /// The down script may be the target's to run from here on.
  public func handOver() { tap.handOver() }

  /// Puts back what differs on the TAP, and serves what waited.
  ///
  /// - Throws: The first setting that the kernel refused; frames flow all the same.
  public func restore() throws(Refusal) {
    defer { life.send(.goOn) }
    try tap.restore()
  }

  /// The target let go of the descriptors before it could use them.
  public func withdraw() {
    tap.withdraw()
    life.send(.goOn)
  }

  /// Closes everything without a word to anybody: it goes on elsewhere.
  public func release() {
    tap.release()
    life.send(.release)
  }

  // MARK: On the target

  /// Compares the offer with the options and the descriptors with both, and maps the guests'
  /// memory; nothing of it is written.
  public func inspect(
    _ properties: borrowing RawSpan, _ descriptors: consuming Descriptors
  ) throws(Refusal) -> Adoption {
    guard life.state == .away || life.state == .arrived else {
      throw Refusal(
        .wrongState, field: .state, subject: name,
        here: .name(Name(text: "\(life.state.name)") ?? Name()))
    }
    let offer = try PortOffer(properties, places: sessions.count, subject: name)
    try offer.compare(with: options, subject: name)
    guard descriptors.count == offer.descriptorCount else {
      throw Refusal(
        .descriptorCount, field: .queueCount, subject: name,
        here: .number(UInt64(descriptors.count)),
        there: .number(UInt64(offer.descriptorCount)))
    }
    arrival = nil
    let listener = descriptors.removeFirst(offer.listenerCount)
    let queues = descriptors.removeFirst(offer.tap.queues)
    try tell(.preIncoming)
    try tap.consider(offer.tap, queues, isOwed: offer.isOwed)
    let arrival = try PortArrival(offer, listener, descriptors, subject: name)
    try arrival.makeSessions(subject: name) { newSession(at: $0, over: $1) }
    self.arrival = arrival
    life.send(.arrive)
    return .adopt
  }

  /// Places the rings where they go on.
  public func load(_ state: borrowing RawSpan) throws(Refusal) {
    guard let arrival else { throw Refusal(.wrongState, field: .state, subject: name) }
    let saved = try PortState(state, rings: arrival.ringCounts, subject: name)
    try arrival.startSessions(at: saved.bases, subject: name)
    holderPlace = saved.holder
    heldAt = saved.heldAt
    try tap.load(saved.tap)
  }

  /// Sets on the TAP what the source had last and the kernel has not.
  public func take() throws(Refusal) { try tap.take() }

  /// Serves the guests from here on, and takes what their front-ends have said meanwhile.
  public func activate() {
    // The chart refuses only what has no descriptors; then there is nothing to serve.
    do {
      try tap.resume()
      try tell(.incomingDone)
    } catch { return }
    life.send(.activate)
    let now = loop.now
    blackoutNanos = heldAt > 0 && now > heldAt ? now - heldAt : 0
  }

  /// Closes what was received, and waits for another offer.
  public func discard() {
    life.send(.discard)
    tap.discard()
    // Nobody vetoes an end.
    do { try tell(.incomingFailed) } catch {}
  }

  /// The calls that this port's TAP has made so far and that can change it.
  public var mutatingCalls: UInt64 { tap.mutatingCalls }
}
