package import BatonCore

/// Whether the guest's instructions are executed, and who may say so.
///
/// It is responsible for one thing: the guest runs exactly while the chart is in `running`, whether
/// its user, a migration or the end of the process asks for something. States have QEMU's names
/// (QAPI `RunState`), without those that this VMM cannot come to.
///
///     state            the guest                          leaves by
///     prelaunch        is here, was not started           cont, await, halt; booted after cont
///     inmigrate        is to come from another process    arrive, arrivePaused
///     running          runs                               stop, halt
///     paused           is stopped by its user             cont, resume, halt
///     finishMigrate    is stopped by a migration          resume, give
///     postmigrate      runs elsewhere                     await
///     shutdown         ends with the process              nothing; quit leads here from all others
///
/// What it never does:
///
/// - It runs no guest that was given away or has not arrived: `cont` is refused in `postmigrate`
///   and runs nothing in `inmigrate`. A QEMU source that is continued after a transfer shares the
///   TAP with the target.
/// - It lets no user into the blackout: `cont` and `stop` change nothing in `finishMigrate` but
///   what becomes of the guest afterwards.
/// - It does not forget what its user said last: a guest that comes back from a migration runs, or
///   stays paused, as he wanted.
///
/// It knows nothing of the ownership word. The migration's drivers stop, start and release the
/// guest through `GuestPort`, which makes `halt`, `resume`, `arrive` and `give` of it; their charts
/// decide when. A guest that arrives and shall not run comes to rest by `arrivePaused` when its
/// migration has completed; one that was paused and comes back, by `resume` when its migration has
/// failed.
package enum GuestChart: Chart {
  /// QEMU's run states; the table above says what the guest does in each.
  package enum State: UInt8, Symbol {
    /// It exists and was not started.
    case prelaunch
    /// It is to come from another process.
    case inmigrate
    /// Its instructions are executed.
    case running
    /// The user stopped it.
    case paused
    /// It is stopped for the last steps of a migration.
    case finishMigrate
    /// It runs elsewhere.
    case postmigrate
    /// The process is about to end.
    case shutdown
  }

  /// Who asks for what: the user, a migration of either side, or the end of the process.
  package enum Event: UInt8, Symbol, Message {
    /// The user lets it run.
    case cont
    /// The user stops it.
    case stop
    /// A guest is awaited from another process.
    case await
    /// A migration stops it.
    case halt
    /// A migration that failed lets it go on.
    case resume
    /// It arrived and shall run.
    case arrive
    /// It arrived and stays paused.
    case arrivePaused
    /// It runs elsewhere now.
    case give
    /// The process ends.
    case quit
    /// Its devices are open and its memory is there: it can be started.
    case booted
  }

  /// What decides where a guest that comes back goes on.
  package enum Guard: UInt8, Symbol {
    /// It ran when the migration stopped it, or its user said `cont` since.
    case wasRunning
    /// It can be started.
    case isBooted
  }

  /// What entries, exits and transitions do.
  package enum Action: UInt8, Symbol {
    /// Remember whether a migration that fails shall let it run again.
    case noteRunning, notePaused
    /// Remember that it can be started.
    case noteBooted
    /// Ask the driver for the effect of that name.
    case run, halt
  }

  /// What the driver is asked to do.
  package enum Effect: UInt8, Symbol, Message {
    /// Execute instructions from now on.
    case run
    /// Execute none any more.
    case halt
  }

  /// What has to be known beside the state.
  package struct Memory: Hashable, Sendable {
    /// Whether it runs, or shall run when a migration lets it go.
    var wasRunning = false
    /// Whether it can be started, as far as it starts here.
    var isBooted = false

    /// A guest that was never started.
    package init() {}
  }

  /// How drawings, records and `baton explore` name the chart.
  package static let name: StaticString = "Guest"
  /// The definition below, checked and flattened once for the process.
  package static let table = Table<Self>.trusted()

  /// The states and transitions; drawn in StateCharts/Guest.
  package static var definition: Definition<Self> {
    chart(initial: .prelaunch) {
      state(.prelaunch) {
        on(.cont, if: .isBooted, do: .noteRunning, to: .running)
        // Its devices may take their time: it starts as soon as they are there.
        on(.cont, do: .noteRunning)
        on(.stop, do: .notePaused)
        on(.booted, if: .wasRunning, do: .noteBooted, to: .running)
        on(.booted, do: .noteBooted)
        on(.await, to: .inmigrate)
        on(.halt, do: .notePaused, to: .finishMigrate)
        on(.quit, to: .shutdown)
        refuse(.resume, .arrive, .arrivePaused, .give)
      }
      state(.inmigrate) {
        on(.arrive, do: .noteRunning, to: .running)
        on(.arrivePaused, do: .notePaused, to: .paused)
        on(.quit, to: .shutdown)
        ignore(.await, .booted)
        // The migration that brings it keeps what its user says.
        ignore(.cont, .stop)
        refuse(.halt, .resume, .give)
      }
      state(.running, entry: .run, exit: .halt) {
        on(.stop, do: .notePaused, to: .paused)
        on(.halt, to: .finishMigrate)
        on(.quit, to: .shutdown)
        ignore(.cont, .resume, .booted)
        refuse(.await, .arrive, .arrivePaused, .give)
      }
      state(.paused) {
        on(.cont, .resume, do: .noteRunning, to: .running)
        on(.halt, to: .finishMigrate)
        on(.quit, to: .shutdown)
        ignore(.stop, .booted)
        refuse(.await, .arrive, .arrivePaused, .give)
      }
      state(.finishMigrate) {
        on(.resume, if: .wasRunning, to: .running)
        on(.resume, to: .paused)
        on(.give, to: .postmigrate)
        on(.quit, to: .shutdown)
        on(.cont, do: .noteRunning)
        on(.stop, do: .notePaused)
        ignore(.halt, .booted)
        refuse(.await, .arrive, .arrivePaused)
      }
      state(.postmigrate) {
        on(.await, to: .inmigrate)
        on(.quit, to: .shutdown)
        ignore(.halt, .give, .booted)
        refuse(.cont, .stop, .resume, .arrive, .arrivePaused)
      }
      final(.shutdown)
    }
  }

  /// Whether a transition with this condition may be taken now.
  package static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
    switch `guard` {
    case .wasRunning: memory.wasRunning
    case .isBooted: memory.isBooted
    }
  }

  /// Changes the memory, and asks the driver for an effect; performs nothing.
  package static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    switch action {
    case .noteRunning: memory.wasRunning = true
    case .notePaused: memory.wasRunning = false
    case .noteBooted: memory.isBooted = true
    case .run: outbox.emit(.run)
    case .halt: outbox.emit(.halt)
    }
  }
}
