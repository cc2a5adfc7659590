import BatonCore

/// What both sides of a migration have and do alike, whatever their charts decide: whose guest it
/// is, who is told how it goes, and the peer.
///
/// It sends no event: a driver does that itself, so that nothing stands between it and its chart.
final class MigrationSide {
  let guest: any MovableGuest
  /// In the order in which they are offered.
  var devices: [any Movable]
  let notifiers: NotifierList
  private unowned(unsafe) let observer: any MigrationWatcher

  /// Where the last command that was taken leads to.
  private(set) var address: MigrationAddress?
  /// As it was last reported.
  private(set) var status = MigrationStatus.none
  /// When the parts of the attempt were over.
  private(set) var times = MigrationTimes()
  /// Why the chart does not do what it was asked for, while the command is answered.
  var rejection: Refusal?
  /// What the peer said of its software in the last HELLO; empty before.
  private(set) var peerSoftware = Name()
  /// What the peer said last of why not, in FAILED or CANCEL.
  private(set) var told: RefusalNotice?
  /// Nil while there is no connection.
  var peer: Peer?
  /// Holds one record at a time; its storage is reused.
  var writer: ByteWriter
  /// The bytes of a record that is written without another allocation.
  private static let capacity = 1 << 14

  /// - Parameter watcher: Owns the driver that owns this object, and so outlives it.
  init(
    guest: any MovableGuest, devices: [any Movable], notifiers: NotifierList,
    watcher: any MigrationWatcher
  ) {
    self.guest = guest
    self.devices = devices
    self.notifiers = notifiers
    writer = ByteWriter(capacity: Self.capacity)
    // Safe: the watcher owns the driver, and the driver owns this object.
    unsafe observer = watcher
  }

  // Safe: the watcher owns the driver, which owns this object, and so outlives both.
  var watcher: any MigrationWatcher { unsafe observer }

  /// Hands a command to the chart, and to its user what the chart says to it.
  ///
  /// - Parameter address: Where the command leads to; nil for one that leads nowhere.
  /// - Throws: `wrongState` when the state does not allow it, or what the chart rejects it with.
  func command(at address: MigrationAddress? = nil, _ send: () -> Outcome?) throws(Refusal) {
    let former = self.address
    if let address { self.address = address }
    rejection = nil
    try judge(send(), former: former)
  }

  /// What became of a command; a function of its own, since a copy of the other one is made for
  /// each command.
  @inline(never)
  private func judge(_ outcome: Outcome?, former: MigrationAddress?) throws(Refusal) {
    if outcome == .refused {
      address = former
      throw Refusal(.wrongState, here: .name(Name(status.qapiName)))
    }
    if let rejection { throw rejection }
  }

  func report(_ status: MigrationStatus, at now: UInt64) {
    self.status = status
    times.note(status, at: now)
    watcher.migration(status: status)
  }

  /// Tells those who registered.
  ///
  /// - Returns: True when the chart waits for their answer.
  /// - Throws: A veto.
  func notify(_ event: MigrationEvent, at now: UInt64) throws(Refusal) -> Bool {
    try notifiers.notify(event, at: now)
    return event.mayBeVetoed
  }

  /// Says who we are, in HELLO.
  func greet(_ greeting: Greeting, lending descriptors: [CInt] = []) {
    writer.reset()
    greeting.write(into: &writer)
    send(.hello, lending: descriptors)
  }

  /// Sends what stands in the writer.
  func send(_ type: RecordType, lending descriptors: [CInt] = []) {
    peer?.queue(type, writer, lending: descriptors)
    peer?.flush()
  }

  /// Sends why not, in FAILED or CANCEL.
  func send(_ type: RecordType, why refusal: Refusal) {
    writer.reset()
    RefusalNotice(refusal).write(into: &writer)
    send(type)
  }

  /// Sends a record that says everything by its type.
  func sendBare(_ type: RecordType) {
    writer.reset()
    send(type)
  }

  /// Reads who the peer is, from HELLO.
  func greeting(_ payload: borrowing RawSpan) throws(ByteCursor.Ended) -> Greeting {
    let greeting = try Greeting(payload)
    peerSoftware = greeting.software
    return greeting
  }

  /// Reads why not, from FAILED or CANCEL, as it is seen from here.
  func reason(_ payload: borrowing RawSpan) throws(ByteCursor.Ended) -> Refusal {
    let notice = try RefusalNotice(payload)
    told = notice
    return notice.refusal
  }

  /// Tries to swap the word; see ``Peer``.
  func swap(from: Ownership, to: Ownership) -> Ownership? { peer?.swap(from: from, to: to) }

  func hangUp() {
    peer?.close()
    peer = nil
  }
}

@available(*, unavailable)
extension MigrationSide: Sendable {}
