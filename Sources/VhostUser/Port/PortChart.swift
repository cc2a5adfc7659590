package import BatonCore

/// Where a port is served: here, in another process, or on the way from one to the other.
///
///     state      front-ends are read   rings are served   leaves by
///     away       elsewhere             elsewhere          arrive
///     arrived    elsewhere             elsewhere          activate, discard
///     serving    here                  here               offer
///       open     who connects is let in                   unaccepted
///       full     nobody is let in                         the pause is over
///       trying   who connects is let in                   unaccepted, accepted, all is calm
///     offered    nowhere               here               hold, goOn, release
///     held       nowhere               nowhere            goOn, release
///     closed     never again           never again        nothing
///
/// All that belongs to the port goes with it: sessions and rings have no such state of their own,
/// they ask the port. What a front-end says while it is offered or held waits in its socket, and
/// frames while it is held wait in the TAP's queue.
///
/// A process that has no descriptor left lets nobody in: who connects waits and is tried again each
/// 100 ms, and the port says so once, until somebody was let in or nobody was in vain for a second.
package enum PortChart: Chart {
  /// Where it is served.
  package enum State: UInt8, Symbol {
    /// In another process, or nowhere yet: an offer may come.
    case away
    /// In another process still, which has offered it; its sessions are made here and rest.
    case arrived
    /// Here.
    case serving
    /// Who connects is let in.
    case open
    /// Somebody could not be let in, and waits.
    case full
    /// He is tried again.
    case trying
    /// Here, but nothing is read from front-ends: their messages would change what was offered.
    case offered
    /// By nobody, for as long as the switch takes.
    case held
    /// Never again by this process.
    case closed
  }

  /// What the migration says of it, in the words of `Movable`.
  package enum Event: UInt8, Symbol, Message {
    /// It was described for another process.
    case offer
    /// The guest's network stands still for the switch.
    case hold
    /// It stays here.
    case goOn
    /// It is the other process's.
    case release
    /// Another process offers one, and it fits.
    case arrive
    /// The one that was offered is ours.
    case activate
    /// The one that was offered does not come.
    case discard
    /// Somebody has connected, and was let in.
    case accepted
    /// Somebody has connected, for whom the process or the system has no room.
    case unaccepted
    /// The process ends, or wants the port no more.
    case close
  }

  /// No transition has a condition.
  package typealias Guard = NoSymbol

  /// What the port is asked for, by the same names.
  package enum Action: UInt8, Symbol {
    /// Ask the port for the effect of that name.
    case deafen, rest, resume, settle, forget, drop, end, tellFull, shut, letIn
  }

  /// What the port is asked for.
  package enum Effect: UInt8, Symbol, Message {
    /// Read nothing from front-ends, and let none in.
    case deafen
    /// Leave the rings alone.
    case rest
    /// Read, let in, and serve.
    case resume
    /// The sessions that came are the port's.
    case settle
    /// Let go of everything without a word: it goes on elsewhere.
    case forget
    /// Let go of what has come.
    case drop
    /// End every session, and remove the socket.
    case end
    /// Say why nobody can be let in.
    case tellFull
    /// Let nobody in; who connects waits.
    case shut
    /// Let in who waits.
    case letIn
  }

  /// How long nobody is let in, and when that is over.
  package enum Delay: UInt8, Symbol {
    /// 100 ms, until who waits is tried again.
    case pause
    /// A second, in which nobody was tried in vain.
    case calm
  }

  /// Nothing beside the state.
  package struct Memory: Hashable, Sendable {
    /// There is nothing to keep.
    package init() {}
  }

  /// How drawings, records and `baton explore` name the chart.
  package static let name: StaticString = "Port"
  /// The definition below, checked and flattened once for the process.
  package static let table = Table<Self>.trusted()

  /// The states and transitions; drawn in StateCharts/Port.
  package static var definition: Definition<Self> {
    chart(initial: .away) {
      state(.away) {
        on(.arrive, to: .arrived)
        // A port that begins afresh.
        on(.activate, do: .resume, to: .serving)
        // Who connects before the TAP is open.
        on(.unaccepted, do: .tellFull, .shut)
        ignore(.accepted)
        // One that was to begin afresh listens already; another has nothing to end.
        on(.close, do: .end, to: .closed)
        ignore(.discard)
        refuse(.offer, .hold, .goOn, .release)
      }
      state(.arrived) {
        on(.arrive, to: .arrived)
        on(.activate, do: .settle, .resume, to: .serving)
        on(.discard, do: .drop, to: .away)
        on(.close, do: .drop, to: .closed)
        refuse(.offer, .hold, .goOn, .release, .accepted, .unaccepted)
      }
      serving
      state(.offered) {
        on(.hold, do: .rest, to: .held)
        on(.goOn, do: .resume, to: .serving)
        on(.release, do: .forget, to: .away)
        on(.close, do: .end, to: .closed)
        ignore(.offer)
        refuse(.arrive, .activate, .discard, .accepted, .unaccepted)
      }
      state(.held) {
        on(.goOn, do: .resume, to: .serving)
        on(.release, do: .forget, to: .away)
        // Who has it then decides; its front-ends must not take this for their end.
        on(.close, do: .forget, to: .closed)
        ignore(.hold)
        refuse(.offer, .arrive, .activate, .discard, .accepted, .unaccepted)
      }
      state(.closed) {
        ignore(
          .offer, .hold, .goOn, .release, .arrive, .activate, .discard, .close, .accepted,
          .unaccepted)
      }
    }
  }

  private static var serving: Node<Self> {
    state(.serving, initial: .open) {
      on(.offer, do: .deafen, to: .offered)
      on(.close, do: .end, to: .closed)
      // What another process refused before it was described here.
      ignore(.goOn)
      refuse(.hold, .release, .arrive, .activate, .discard)
      state(.open) {
        on(.unaccepted, do: .tellFull, to: .full)
        ignore(.accepted)
      }
      state(.full, entry: .shut) {
        after(.pause, do: .letIn, to: .trying)
        refuse(.accepted, .unaccepted)
      }
      state(.trying) {
        on(.accepted, to: .open)
        on(.unaccepted, to: .full)
        after(.calm, to: .open)
      }
    }
  }

  /// How long the delay is, in nanoseconds.
  package static func nanoseconds(_ delay: Delay, _ memory: Memory) -> UInt64 {
    switch delay {
    case .pause: 100_000_000
    case .calm: 1_000_000_000
    }
  }

  /// Asks the port for an effect; performs nothing.
  package static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    switch action {
    case .deafen: outbox.emit(.deafen)
    case .rest: outbox.emit(.rest)
    case .resume: outbox.emit(.resume)
    case .settle: outbox.emit(.settle)
    case .forget: outbox.emit(.forget)
    case .drop: outbox.emit(.drop)
    case .end: outbox.emit(.end)
    case .tellFull: outbox.emit(.tellFull)
    case .shut: outbox.emit(.shut)
    case .letIn: outbox.emit(.letIn)
    }
  }
}
