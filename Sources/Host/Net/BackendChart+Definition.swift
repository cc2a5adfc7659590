package import BatonCore

extension BackendChart {
  /// The states and transitions; drawn in StateCharts/Backend.
  package static var definition: Definition<Self> {
    chart(initial: .starting) {
      state(.starting) {
        on(.begin, do: .tellReady, to: .controlled)
        on(.takeOver, to: .asking)
        on(.quit, to: .ended)
        ignore(.hungUp, .otherEnded, .reload, .refused, .declined)
        refuse(.receiving, .tookOver, .gaveAway, .successorEnded)
      }
      state(.asking, entry: .ask) {
        on(.receiving, to: .receiving)
        on(.refused, do: .noteRefusal, to: .ended)
        on(.declined, do: .noteWords, to: .ended)
        on(.hungUp, do: .noteSilence, to: .ended)
        on(.otherEnded, do: .noteSilence, to: .ended)
        on(.quit, to: .ended)
        on(.reload, do: .tellUnfit)
        refuse(.begin, .takeOver, .tookOver, .gaveAway, .successorEnded)
      }
      state(.receiving) {
        on(.tookOver, if: .isOtherGone, do: .tellReady, to: .controlled)
        on(.tookOver, do: .tellReady, to: .silent)
        on(.otherEnded, do: .noteOtherGone)
        // The migration knows better what became of the other process than its control socket.
        ignore(.receiving, .declined, .hungUp)
        on(.refused, do: .noteRefusal, to: .ended)
        on(.quit, to: .ended)
        on(.reload, do: .tellUnfit)
        refuse(.begin, .takeOver, .gaveAway, .successorEnded)
      }
      state(.serving, initial: .controlled) {
        on(.gaveAway, to: .ended)
        on(.quit, to: .ended)
        ignore(.declined, .refused, .hungUp)
        refuse(.begin, .takeOver, .receiving, .tookOver)
        state(.silent) {
          on(.otherEnded, to: .controlled)
          on(.reload, do: .tellUnfit)
          refuse(.successorEnded)
        }
        state(.controlled, initial: .settled, entry: .openControl) {
          ignore(.otherEnded)
          state(.settled) {
            on(.reload, to: .succeeded)
            refuse(.successorEnded)
          }
          state(.succeeded, entry: .succeed) {
            on(.successorEnded, do: .tellSuccessor, to: .settled)
            on(.reload, do: .tellUnfit)
          }
        }
      }
      state(.ended, entry: .end) {
        ignore(
          .begin, .takeOver, .receiving, .tookOver, .refused, .declined, .hungUp, .otherEnded,
          .gaveAway, .reload, .successorEnded, .quit)
      }
    }
  }

  /// Whether a transition with this condition may be taken now.
  package static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
    switch `guard` {
    case .isOtherGone: memory.isOtherGone
    }
  }

  /// Changes the memory, and asks for an effect; performs nothing.
  package static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    switch action {
    case .noteRefusal: if case .refused(let why) = event { memory.failure = .refused(why) }
    case .noteWords: if case .declined(let text) = event { memory.failure = .declined(text) }
    case .noteSilence: memory.failure = .silent
    case .noteOtherGone: memory.isOtherGone = true
    case .ask: outbox.emit(.ask)
    case .tellReady: outbox.emit(.tellReady)
    case .openControl: outbox.emit(.openControl)
    case .succeed: outbox.emit(.succeed)
    case .tellUnfit: outbox.emit(.tellUnfit)
    case .tellSuccessor:
      if case .successorEnded(let status) = event { outbox.emit(.tellSuccessor(status)) }
    case .end: outbox.emit(.end(memory.failure))
    }
  }
}
