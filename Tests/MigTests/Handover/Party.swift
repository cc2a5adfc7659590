import BatonCore

@testable import BatonMig

/// One process of a handover, as far as a migration sees it: guest, devices, notifiers, statuses.
final class Party: MigrationWatcher {
  let side: String
  let guest: FakeGuest
  var devices: [FakeDevice]
  let notifiers = NotifierList()
  private let loop: any Loop
  private let journal: Journal
  private(set) var statuses: [MigrationStatus] = []
  private(set) var warnings: [Refusal] = []
  /// Called in the callback of a status.
  var whenReported: (MigrationStatus) -> Void = { _ in }
  private let notified: Notified
  var vetoes: [MigrationEvent: Refusal] {
    get { notified.vetoes }
    set { notified.vetoes = newValue }
  }
  private(set) var outgoing: OutgoingMigration?
  private(set) var incoming: IncomingMigration?

  init(_ side: String, _ loop: any Loop, _ journal: Journal, names: [Name], queues: Int) throws {
    self.side = side
    self.loop = loop
    self.journal = journal
    guest = try FakeGuest(side, journal, loop.kernel, hasMemory: queues > 0)
    devices = try names.map { (name: Name) throws -> FakeDevice in
      try FakeDevice(name, side, journal, loop.kernel, queues: queues)
    }
    // Apart: the list keeps who is told, and this side keeps the list.
    notified = Notified(side, journal)
    notifiers.add(notified)
  }

  /// Someone who is told of the events of this side.
  private final class Notified: MigrationNotified {
    var vetoes: [MigrationEvent: Refusal] = [:]
    private let side: String
    private let journal: Journal

    init(_ side: String, _ journal: Journal) {
      self.side = side
      self.journal = journal
    }

    func migration(_ event: MigrationEvent) throws(Refusal) {
      journal.write(side, "told \(event.name)")
      if let veto = vetoes[event] { throw veto }
    }
  }

  func migration(status: MigrationStatus) {
    statuses.append(status)
    whenReported(status)
  }

  func migration(warning: Refusal) { warnings.append(warning) }

  /// The guest runs here and every device serves it.
  var hasGuest: Bool { guest.isRunning && devices.allSatisfy(\.isServing) }

  func forgetStatuses() { statuses = [] }

  func send(to address: MigrationAddress, _ parameters: MigrationParameters) throws(Refusal) {
    let migration =
      outgoing
      ?? OutgoingMigration(
        loop, guest: guest, devices: devices, notifiers: notifiers, watcher: self)
    outgoing = migration
    try migration.migrate(to: address, parameters)
  }

  func listen(at address: MigrationAddress, _ parameters: MigrationParameters) throws(Refusal) {
    let migration =
      incoming
      ?? IncomingMigration(
        loop, guest: guest, devices: devices, notifiers: notifiers, watcher: self)
    incoming = migration
    try migration.listen(at: address, parameters)
  }

  /// Lets go of both migrations; of a guest that was received, the devices and memory stay.
  func finish() {
    outgoing = nil
    incoming = nil
    statuses = []
  }

  /// True when the source's migration is over.
  var isSendingOver: Bool {
    guard let state = outgoing?.state else { return true }
    return [.idle, .completed, .failed, .cancelled].contains(state)
  }

  /// True when the target's migration is over, or waits for a source.
  var isReceivingOver: Bool {
    guard let incoming else { return true }
    switch incoming.state {
    case .idle, .failed, .cancelled, .listening: return true
    case .completed: return incoming.side.peer == nil
    case .preIncoming, .binding, .setup, .preparing, .offering, .inspecting, .active, .receiving,
      .loading, .ready, .taken:
      return false
    }
  }
}
