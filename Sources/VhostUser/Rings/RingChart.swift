package import BatonCore

/// The life of one ring under a front-end ("Ring states" of the vhost-user protocol).
///
///     state      frames of the guest's   frames for the guest   leaves by
///     stopped    are not looked at       wait                   kick
///     idle       are dropped             wait                   enable, stop, fault
///     running    are sent                are given to it        disable, stop, fault
///     broken     are not looked at       wait                   stop
///
/// It is responsible for one thing: whether a ring is looked at, and what becomes of its frames.
/// That a ring is enabled says nothing of its life: the front-end that is to take a guest over
/// enables its rings while the other one's still run, and leaves them enabled when they stop. A
/// ring starts with the descriptor of its kick, and stops with the question for its base.
///
/// It never touches memory, and knows nothing of who has the TAP: the session asks it whether a
/// ring runs, and the port whether the session may.
package enum RingChart: Chart {
  /// Whether the ring is looked at.
  package enum State: UInt8, Symbol {
    /// Its place may change; nobody looks at it.
    case stopped
    /// It is started and disabled.
    case idle
    /// It is started and enabled.
    case running
    /// Its guest broke it, or it could not be started.
    case broken
  }

  /// What the front-end says of the ring, and what was found in it.
  package enum Event: UInt8, Symbol, Message {
    /// A descriptor to ring came, or the word that there is none.
    case kick
    /// Frames may pass, or none.
    case enable, disable
    /// It is to stop: the front-end asks for its base, or is gone.
    case stop
    /// It cannot be used.
    case fault
  }

  /// What decides how a ring starts.
  package enum Guard: UInt8, Symbol {
    /// The front-end has let frames pass.
    case isEnabled
  }

  /// What is kept, and what the session is asked for.
  package enum Action: UInt8, Symbol {
    /// Frames may pass, or none, when it is started.
    case noteEnabled, noteDisabled
    /// Ask the session for the effect of that name.
    case start, take, serve, halt, pause
  }

  /// What the session is asked for.
  package enum Effect: UInt8, Symbol, Message {
    /// Look at the ring from its base on.
    case start
    /// Another descriptor rings for it.
    case take
    /// Serve what waits: frames may pass.
    case serve
    /// Do not look at it any more.
    case halt
    /// Frames may not pass any more.
    case pause
  }

  /// What has to be known beside the state.
  package struct Memory: Hashable, Sendable {
    /// Whether frames may pass, in a ring that is started.
    var isEnabled = false
    /// Whether the front-end has said so, or that they may not.
    var isTold = false

    /// A ring that is disabled until it is enabled.
    package init() {}
  }

  /// How drawings, records and `baton explore` name the chart.
  package static let name: StaticString = "Ring"
  /// The definition below, checked and flattened once for the process.
  package static let table = Table<Self>.trusted()

  /// The states and transitions; drawn in StateCharts/Ring.
  package static var definition: Definition<Self> {
    chart(initial: .stopped) {
      state(.stopped) {
        on(.kick, if: .isEnabled, do: .start, to: .running)
        on(.kick, do: .start, to: .idle)
        on(.enable, do: .noteEnabled)
        on(.disable, do: .noteDisabled)
        ignore(.stop, .fault)
      }
      state(.idle) {
        on(.enable, do: .noteEnabled, to: .running)
        on(.kick, do: .take)
        on(.stop, do: .halt, to: .stopped)
        on(.fault, do: .halt, to: .broken)
        on(.disable, do: .noteDisabled)
      }
      state(.running, entry: .serve) {
        on(.disable, do: .noteDisabled, .pause, to: .idle)
        on(.kick, do: .take)
        on(.stop, do: .halt, to: .stopped)
        on(.fault, do: .halt, to: .broken)
        ignore(.enable)
      }
      state(.broken) {
        on(.stop, to: .stopped)
        on(.enable, do: .noteEnabled)
        on(.disable, do: .noteDisabled)
        ignore(.kick, .fault)
      }
    }
  }

  /// Whether a ring does not run and is to: its front-end has enabled it, or has started it and not
  /// said yet whether frames may pass.
  static func isAwaited(_ state: State, _ memory: Memory) -> Bool {
    switch state {
    case .stopped: memory.isEnabled
    case .idle: !memory.isTold
    case .running, .broken: false
    }
  }

  /// Whether a transition with this condition may be taken now.
  package static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
    switch `guard` {
    case .isEnabled: memory.isEnabled
    }
  }

  /// Changes the memory, and asks the session for an effect; performs nothing.
  package static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    switch action {
    case .noteEnabled: (memory.isEnabled, memory.isTold) = (true, true)
    case .noteDisabled: (memory.isEnabled, memory.isTold) = (false, true)
    case .start: outbox.emit(.start)
    case .take: outbox.emit(.take)
    case .serve: outbox.emit(.serve)
    case .halt: outbox.emit(.halt)
    case .pause: outbox.emit(.pause)
    }
  }
}
