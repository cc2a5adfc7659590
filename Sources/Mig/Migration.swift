public import BatonCore

/// One side of a migration: ``OutgoingMigration`` or ``IncomingMigration``.
///
/// Made once for a machine, by who owns its loop, and used on that loop's thread alone; each
/// attempt begins with a command. Progress is told to its watcher, and the chart says what may come
/// after what.
public class Migration<C: MigrationChart>: Driver<C> {
  final let side: MigrationSide

  /// The status under QEMU's name, as it was last reported.
  public final var status: MigrationStatus { side.status }
  /// Where the last command that was taken leads to; nil before the first.
  package final var address: MigrationAddress? { side.address }
  /// How long the parts of the last attempt took.
  public final var times: MigrationTimes { side.times }
  /// The version of the peer's software, as it said in its HELLO; empty before.
  public final var peerSoftware: Name { side.peerSoftware }
  /// When the steps of the last handover were done; those of the peer are zero until it has told
  /// them, the source with its state and the target when the guest runs.
  public internal(set) final var stamps = HandoverStamps()

  /// A side of a machine that nobody asked to move yet.
  ///
  /// - Parameters:
  ///   - loop: What everything here is confined to.
  ///   - guest: Stopped for the blackout at the source, and started where it is in the end.
  ///   - devices: What is moved, in this order. The target finds its own by their names: each has
  ///     to be offered, and no other may be.
  ///   - notifiers: Told of the beginning, which they may veto, and of the end.
  ///   - watcher: Told of statuses; it owns this object and so outlives it.
  ///   - number: How records of the observer name the machine.
  ///   - observer: Sees every microstep of the chart.
  public init(
    _ loop: any Loop, guest: any MovableGuest, devices: [any Movable], notifiers: NotifierList,
    watcher: any MigrationWatcher, number: UInt16 = 0, observer: (any Observer)? = nil
  ) {
    side = MigrationSide(
      guest: guest, devices: devices, notifiers: notifiers, watcher: watcher)
    super.init(loop, C.table, memory: .init(), number: number, observer: observer)
    start()
  }

  /// Why the last attempt did not end in `completed`.
  public final var refusal: Refusal? { memory.refusal }

  /// The sentence for `refusal`, with the peer's own words where this side has none.
  public final var refusalText: String? {
    memory.refusal.map { RefusalNotice.text(of: $0, told: side.told) }
  }

  /// Other devices from the next attempt on: one was plugged in, or out. Not while a guest is on
  /// its way.
  package final func replaceDevices(_ devices: [any Movable]) { side.devices = devices }

  /// Tells those who registered, and the chart what they answered where it waits for that: whether
  /// somebody needs time, or does not want it.
  final func notify(
    _ event: MigrationEvent, prepared: (Bool) -> C.Event, vetoed: (Refusal) -> C.Event
  ) {
    do throws(Refusal) {
      if try side.notify(event, at: loop.now) { send(prepared(side.notifiers.isPreparing)) }
    } catch {
      send(vetoed(error))
    }
  }
}
