package import BatonCore

/// The run state of a guest, under QEMU's names (QAPI `RunState`).
///
/// `cont` is refused after the guest was given away: two processes never run it.
package enum GuestChart: Chart {
  /// Where the guest stands.
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

  /// What happens to a guest.
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
  }

  /// Whether it ran before a migration stopped it.
  package enum Guard: UInt8, Symbol {
    /// It ran when the migration stopped it.
    case wasRunning
  }

  /// The computations.
  package enum Action: UInt8, Symbol {
    case noteRunning, notePaused, run, halt
  }

  /// What the driver is asked to do.
  package enum Effect: UInt8, Symbol, Message {
    /// Execute instructions from now on.
    case run
    /// Execute none any more.
    case halt
  }

  /// The extended state.
  package struct Memory: Hashable, Sendable {
    var wasRunning = false

    /// It did not run.
    package init() {}
  }

  /// The name of the chart.
  package static let name: StaticString = "Guest"
  /// The flattened chart.
  package static let table = Table<Self>.trusted()

  /// The states and transitions; drawn in StateCharts/Guest.
  package static var definition: Definition<Self> {
    chart(initial: .prelaunch) {
      state(.prelaunch) {
        on(.cont, do: .noteRunning, to: .running)
        on(.await, to: .inmigrate)
        on(.halt, do: .notePaused, to: .finishMigrate)
        on(.quit, to: .shutdown)
        ignore(.stop)
        refuse(.resume, .arrive, .arrivePaused, .give)
      }
      state(.inmigrate) {
        on(.arrive, do: .noteRunning, to: .running)
        on(.arrivePaused, do: .notePaused, to: .paused)
        on(.quit, to: .shutdown)
        ignore(.await)
        refuse(.cont, .stop, .halt, .resume, .give)
      }
      state(.running, entry: .run, exit: .halt) {
        on(.stop, do: .notePaused, to: .paused)
        on(.halt, to: .finishMigrate)
        on(.quit, to: .shutdown)
        ignore(.cont, .resume)
        refuse(.await, .arrive, .arrivePaused, .give)
      }
      state(.paused) {
        on(.cont, .resume, do: .noteRunning, to: .running)
        on(.halt, to: .finishMigrate)
        on(.quit, to: .shutdown)
        ignore(.stop)
        refuse(.await, .arrive, .arrivePaused, .give)
      }
      state(.finishMigrate) {
        on(.resume, if: .wasRunning, to: .running)
        on(.resume, to: .paused)
        on(.give, to: .postmigrate)
        on(.quit, to: .shutdown)
        ignore(.halt)
        refuse(.cont, .stop, .await, .arrive, .arrivePaused)
      }
      state(.postmigrate) {
        on(.await, to: .inmigrate)
        on(.quit, to: .shutdown)
        ignore(.halt, .give)
        refuse(.cont, .stop, .resume, .arrive, .arrivePaused)
      }
      final(.shutdown)
    }
  }

  /// Whether the guard holds.
  package static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
    switch `guard` {
    case .wasRunning: memory.wasRunning
    }
  }

  /// What the action computes.
  package static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    switch action {
    case .noteRunning: memory.wasRunning = true
    case .notePaused: memory.wasRunning = false
    case .run: outbox.emit(.run)
    case .halt: outbox.emit(.halt)
    }
  }
}
