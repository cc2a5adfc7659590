package import BatonCore

extension VhostChart {
  /// Where the datapath stands; what is indented in ``definition`` is inside of another.
  package enum State: UInt8, Symbol {
    /// Nobody has asked for it yet.
    case new
    /// No ring runs: what can be done beforehand is done.
    case beforehand
    /// Descriptors are opened, or those that were given are looked at.
    case opening
    /// They are open, and nobody owns them: there is no TAP yet.
    case opened
    /// This process becomes their owner.
    case owning
    /// It is, and there is no memory yet, or any more.
    case owned
    /// The kernel is told features and the guest's memory.
    case mapping
    /// All is done that needs no rings.
    case prepared
    /// The kernel is told where the rings are.
    case placing
    /// The rings can be started, and nobody serves them.
    case placed
    /// The guest has broken a ring; its device is served here until it is reset.
    case suspended
    /// The rings are given their queues of the TAP.
    case starting
    /// The kernel serves the rings.
    case running
    /// The rings are stopped, and their bases read.
    case stopping
    /// The same, for a guest that has broken one.
    case breaking
    /// The kernel refused something: the rings are served here.
    case failed
    /// It is over.
    case closed
  }

  /// The one condition.
  package enum Guard: UInt8, Symbol {
    /// The user will not have the rings served by this process.
    case isRequired
  }

  /// The computations; all but `note…` ask for the effect of their name.
  package enum Action: UInt8, Symbol {
    /// What the kernel can do is kept.
    case noteFeatures
    /// Calls to the kernel, in the order of a life.
    case open, own, map, place, start, stop
    /// The end, of rings that do not run or may.
    case drop, recover
    /// A refusal is kept, and answered or told.
    case answer, warn
  }

  /// The states and transitions; drawn in StateCharts/Vhost.
  package static var definition: Definition<Self> {
    chart(initial: .new) {
      state(.new) {
        on(.open, to: .opening)
        on(.close, to: .closed)
        ignore(.own, .prepare, .place, .run, .halt, .fault, .reset, .forget)
        noOutcome
      }
      beforehand
      state(.starting, entry: .start) {
        on(.succeeded, to: .running)
        on(.refused, do: .warn, .recover, to: .failed)
        on(.close, do: .drop, to: .closed)
        ignore(.open, .own, .prepare, .place, .run, .halt, .fault, .reset, .forget, .features)
      }
      state(.running) {
        on(.halt, to: .stopping)
        on(.fault, to: .breaking)
        // An eventfd that cannot be read: nobody would hear of what is completed.
        on(.refused, do: .warn, .recover, to: .failed)
        on(.close, do: .drop, to: .closed)
        ignore(.open, .own, .place, .run, .succeeded, .features)
        refuse(.prepare, .reset, .forget)
      }
      stop(in: .stopping, next: .prepared)
      stop(in: .breaking, next: .suspended)
      state(.failed) {
        on(.open, to: .opening)
        on(.close, to: .closed)
        ignore(.own, .prepare, .place, .run, .halt, .fault, .reset, .forget)
        noOutcome
      }
      final(.closed)
    }
  }

  /// Outcomes of calls that this state does not wait for.
  private static var noOutcome: Node<Self> { ignore(.succeeded, .refused, .features) }

  /// The rings are this process's, or a take's: whatever is refused changes nothing for the guest.
  private static var beforehand: Node<Self> {
    state(.beforehand, initial: .opening) {
      on(.refused, if: .isRequired, do: .answer, .drop, to: .failed)
      on(.refused, do: .warn, .drop, to: .failed)
      on(.close, do: .drop, to: .closed)
      ignore(.open, .own, .prepare, .place, .run, .halt, .fault, .reset, .forget)
      ignore(.succeeded, .features)
      state(.opening, entry: .open) { on(.features, do: .noteFeatures, to: .opened) }
      state(.opened) {
        on(.own, to: .owning)
        noOutcome
      }
      state(.owning, entry: .own) { on(.succeeded, to: .owned) }
      state(.owned) {
        on(.prepare, to: .mapping)
        noOutcome
      }
      state(.mapping, entry: .map) { on(.succeeded, to: .prepared) }
      state(.prepared) {
        on(.prepare, to: .mapping)
        on(.place, to: .placing)
        on(.forget, to: .owned)
        noOutcome
      }
      state(.placing, entry: .place) { on(.succeeded, to: .placed) }
      state(.placed) {
        on(.run, to: .starting)
        on(.halt, .reset, to: .prepared)
        on(.forget, to: .owned)
        noOutcome
      }
      state(.suspended) {
        on(.reset, to: .prepared)
        on(.forget, to: .owned)
        noOutcome
      }
    }
  }

  /// Takes the rings back from the kernel; from one that will not, by letting go of the descriptor.
  private static func stop(in place: State, next: State) -> Node<Self> {
    state(place, entry: .stop) {
      on(.succeeded, to: next)
      on(.refused, do: .warn, .recover, to: .failed)
      on(.close, do: .drop, to: .closed)
      ignore(.open, .own, .prepare, .place, .run, .halt, .fault, .reset, .forget, .features)
    }
  }
}
