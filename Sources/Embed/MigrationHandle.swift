import BatonCore
import BatonMig
import CBaton

/// What each side of a migration tells of itself.
protocol ToldSide: AnyObject {
  var status: MigrationStatus { get }
  var refusal: Refusal? { get }
  var refusalText: String? { get }
  var stamps: HandoverStamps { get }
  /// How many calls that can change a backend the target made too early; nil until it is known.
  var earlyCalls: UInt64? { get }
}

extension OutgoingMigration: ToldSide {
  var earlyCalls: UInt64? { mutatingCallsBeforeTake }
}

extension IncomingMigration: ToldSide {
  var earlyCalls: UInt64? { callsBeforeTake }
}

/// One side of a migration as the host knows it: what both sides have.
@safe class MigrationHandle: Handle, MigrationWatcher {
  private let calls: baton_migration_calls
  private let context: UnsafeMutableRawPointer?
  final let parts: Parts

  /// What a migration uses, by the host's handles.
  struct Parts {
    /// Nil when the guest runs elsewhere.
    let guest: GuestHandle?
    /// The same as what a migration stops and moves.
    let movable: any MovableGuest
    let devices: [DeviceHandle]
    let notifiers: NotifiersHandle?
    let trace: TraceHandle?

    /// What goes to the target.
    var moved: [Handle] {
      // Appended one by one: an array of several classes is cast at run time, which Embedded Swift
      // has no means for.
      var moved: [Handle] = []
      if let guest { moved.append(guest) }
      for device in devices { moved.append(device) }
      return moved
    }

    /// All of them, each once.
    var all: [Handle] {
      var all = moved
      if let notifiers { all.append(notifiers) }
      if let trace { all.append(trace) }
      return all
    }
  }

  /// A side that nobody asked to move yet.
  init(
    _ home: Home, _ parts: Parts, _ calls: baton_migration_calls,
    _ context: UnsafeMutableRawPointer?
  ) {
    self.parts = parts
    // Safe: only stored; the host keeps its context for as long as the migration.
    unsafe (self.calls, self.context) = (calls, context)
    super.init(home)
    for part in parts.all { use(part) }
  }

  override func end() {
    side = nil
    parts.trace?.trace.retire(number)
    for part in parts.all { leave(part) }
  }

  /// What the side's machine is called by in the trace.
  private var number: UInt16 = 0

  /// A number for the machine of a side, of which there is one.
  final func register<C: Chart>(_ table: Table<C>) -> UInt16 {
    number = parts.trace?.trace.register(Legend(table)) ?? 0
    return number
  }

  /// Set by the initialiser of each side, and gone with the handle.
  final var side: (any ToldSide)?

  func migration(status: MigrationStatus) {
    // Safe: the host's function and context, which live as long as the migration.
    home.tell { unsafe calls.status?(CInt(status.rawValue), context) }
  }

  func migration(warning: Refusal) {
    var why = baton_refusal(warning)
    // Safe: the host's function and context; the refusal outlives the call.
    home.tell { unsafe calls.warning?(&why, context) }
  }

  /// Runs a command; what it throws has the peer's own words where this side has none.
  func command(_ body: () throws(Refusal) -> Void) throws(Hindrance) { try refusing(body) }
}

/// The source's side.
final class OutgoingHandle: MigrationHandle {
  override class var mark: UInt { 0x400 }

  var migration: OutgoingMigration? { side as? OutgoingMigration }

  override func end() {
    migration?.abandon()
    for part in parts.moved where part.mover === self { part.mover = nil }
    super.end()
  }

  /// Whether an attempt has begun and not ended.
  private var isUnderWay: Bool {
    switch side?.status ?? MigrationStatus.none {
    case .none, .completed, .failed, .cancelled: false
    case .setup, .cancelling, .active, .preSwitchover, .device: true
    }
  }

  /// Refuses what another migration is moving right now: two targets would run one guest.
  func claim() throws(Hindrance) {
    for part in parts.moved where part.mover !== self && part.mover?.isUnderWay == true {
      throw .refusal(
        Refusal(.wrongState, field: .state, subject: part.subject, here: .name(Name("on its way"))),
        text: nil)
    }
    for part in parts.moved { part.mover = self }
  }

  /// A source that nobody asked to move yet.
  override init(
    _ home: Home, _ parts: Parts, _ calls: baton_migration_calls,
    _ context: UnsafeMutableRawPointer?
  ) {
    // Safe: only passed on.
    unsafe super.init(home, parts, calls, context)
    side = OutgoingMigration(
      home.loop, guest: parts.movable, devices: parts.devices.compactMap { $0.movable },
      notifiers: parts.notifiers?.list ?? home.notifiers, watcher: self,
      number: register(OutgoingChart.table), observer: parts.trace?.trace)
  }
}

/// The target's side.
final class IncomingHandle: MigrationHandle {
  override class var mark: UInt { 0x800 }

  var migration: IncomingMigration? { side as? IncomingMigration }

  /// A target that nobody asked to listen yet.
  override init(
    _ home: Home, _ parts: Parts, _ calls: baton_migration_calls,
    _ context: UnsafeMutableRawPointer?
  ) {
    // Safe: only passed on.
    unsafe super.init(home, parts, calls, context)
    side = IncomingMigration(
      home.loop, guest: parts.movable, devices: parts.devices.compactMap { $0.movable },
      notifiers: parts.notifiers?.list ?? home.notifiers, watcher: self,
      number: register(IncomingChart.table), observer: parts.trace?.trace)
  }
}
