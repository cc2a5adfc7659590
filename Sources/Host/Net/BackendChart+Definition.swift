package import BatonCore

extension BackendChart {
  /// The states and transitions; drawn in StateCharts/Backend.
  package static var definition: Definition<Self> {
    chart(initial: .starting) {
      state(.starting) {
        on(.begin, to: .opening)
        on(.takeOver, to: .asking)
        on(.quit, to: .ended)
        ignore(.hungUp, .otherEnded, .reload, .refused, .declined)
        never
        refuse(.receiving, .tookOver, .gaveAway)
      }
      state(.asking, entry: .ask) {
        on(.receiving, to: .receiving)
        on(.refused, do: .noteRefusal, to: .ended)
        on(.declined, do: .noteWords, to: .ended)
        on(.hungUp, do: .noteSilence, to: .ended)
        on(.otherEnded, do: .noteEnd, to: .ended)
        after(.patience, do: .noteLate, to: .ended)
        on(.quit, to: .ended)
        on(.reload, do: .tellUnfit)
        never
        refuse(.begin, .takeOver, .tookOver, .gaveAway)
      }
      state(.receiving) {
        on(.tookOver, if: .isOtherGone, do: .tellReady, .openControl, to: .controlled)
        on(.tookOver, do: .tellReady, to: .silent)
        on(.otherEnded, do: .noteOtherGone)
        // The migration knows better what became of the other process than its control socket.
        ignore(.receiving, .declined, .hungUp)
        on(.refused, do: .noteRefusal, to: .ended)
        on(.quit, to: .ended)
        on(.reload, do: .tellUnfit)
        never
        refuse(.begin, .takeOver, .gaveAway)
      }
      serving
      state(.ended, entry: .end) {
        ignore(
          .begin, .takeOver, .receiving, .tookOver, .refused, .declined, .hungUp, .otherEnded,
          .gaveAway, .opened, .unopened, .reload, .unstarted, .successorEnded, .quit)
      }
    }
  }

  /// What is said of a control socket and of a successor before there can be any.
  private static var never: Node<Self> { refuse(.opened, .unopened, .unstarted, .successorEnded) }

  private static var serving: Node<Self> {
    state(.serving, initial: .opening) {
      on(.gaveAway, to: .ended)
      on(.quit, to: .ended)
      ignore(.declined, .refused, .hungUp)
      refuse(.begin, .takeOver, .receiving, .tookOver)
      state(.opening, entry: .openControl) {
        on(.opened, do: .tellReady, to: .controlled)
        on(.unopened, do: .noteUnopened, to: .ended)
        ignore(.otherEnded)
        on(.reload, do: .tellUnfit)
        refuse(.unstarted, .successorEnded)
      }
      state(.silent) {
        on(.otherEnded, do: .openControl, to: .controlled)
        on(.reload, do: .tellUnfit)
        never
      }
      state(.controlled, initial: .settled) {
        ignore(.otherEnded, .opened)
        // A guest is served: without commands, but served.
        on(.unopened, do: .tellUncontrolled)
        state(.settled) {
          on(.reload, if: .hasSuccessor, to: .succeeded)
          on(.reload, do: .tellUnfit)
          refuse(.unstarted, .successorEnded)
        }
        state(.succeeded, entry: .succeed) {
          on(.unstarted, do: .tellUnstarted, to: .settled)
          on(.successorEnded, do: .tellSuccessor, to: .settled)
          on(.reload, do: .tellUnfit)
        }
      }
    }
  }

  /// Whether a transition with this condition may be taken now.
  package static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
    switch `guard` {
    case .isOtherGone: memory.isOtherGone
    case .hasSuccessor: memory.hasSuccessor
    }
  }

  /// Changes the memory, and asks for an effect; performs nothing.
  package static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    switch action {
    case .noteRefusal: if case .refused(let why) = event { memory.failure = .refused(why) }
    case .noteWords: if case .declined(let text) = event { memory.failure = .declined(text) }
    case .noteSilence: if case .hungUp(let text) = event { memory.failure = .silent(text) }
    case .noteEnd: memory.failure = .silent("the process has ended")
    case .noteLate: memory.failure = .late(memory.patienceMillis)
    case .noteUnopened:
      if case .unopened(let error) = event {
        memory.failure = .refused(Refusal(error, subject: Name("the control socket")))
      }
    case .noteOtherGone: memory.isOtherGone = true
    case .ask: outbox.emit(.ask)
    case .tellReady: outbox.emit(.tellReady)
    case .openControl: outbox.emit(.openControl)
    case .tellUncontrolled:
      if case .unopened(let error) = event { outbox.emit(.tellUncontrolled(error)) }
    case .succeed: outbox.emit(.succeed)
    case .tellUnfit: outbox.emit(.tellUnfit)
    case .tellUnstarted:
      if case .unstarted(let error) = event { outbox.emit(.tellUnstarted(error)) }
    case .tellSuccessor:
      if case .successorEnded(let status) = event { outbox.emit(.tellSuccessor(status)) }
    case .end: outbox.emit(.end(memory.failure))
    }
  }
}
