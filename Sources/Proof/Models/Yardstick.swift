package import BatonTesting

/// A handover by messages alone, with what may go wrong in budgets: the model that explorer and
/// SPIN are compared with. Baton's own protocol decides by a shared word instead.
///
/// The source offers, stops its guest, sends descriptors and state, and commits; the target answers
/// each. Two channels of three messages, each with the epoch of its attempt. A receive never waits
/// for room to send: an answer that is due stands in the state. A dead peer is believed once its
/// last words are read. `Scripts/models/yardstick.pml` says the same in Promela.
package struct Yardstick: Model, Sendable {
  /// How often what may go wrong.
  package struct Budgets: Hashable, Sendable {
    /// Processes that crash.
    package var crashes = 0
    /// Messages that are lost; a channel that loses needs messages that are sent again.
    package var losses = 0
    /// Messages that come twice.
    package var duplicates = 0
    /// States that cannot be loaded.
    package var failures = 0
    /// Targets that are started anew.
    package var restarts = 0
    /// Queues, and so descriptors, 1 to 4.
    package var queues = 1
    /// Attempts of the source, 1 to 3.
    package var attempts = 1

    /// Budgets in the order of the properties.
    package init(
      crashes: Int = 0, losses: Int = 0, duplicates: Int = 0, failures: Int = 0,
      restarts: Int = 0, queues: Int = 1, attempts: Int = 1
    ) {
      self.crashes = crashes
      self.losses = losses
      self.duplicates = duplicates
      self.failures = failures
      self.restarts = restarts
      self.queues = queues
      self.attempts = attempts
    }
  }

  enum Source {
    static let (run, offer, quiet, sent, commit) = (
      UInt8(0), UInt8(1), UInt8(2), UInt8(3), UInt8(4)
    )
    static let (cancel, done, dead, halt) = (UInt8(5), UInt8(6), UInt8(7), UInt8(8))
    static let names = [
      "run", "offer", "quiet", "sent", "committing", "cancelling", "done", "dead", "halted",
    ]
  }

  enum Target {
    static let (idle, accepted, ready, start) = (UInt8(0), UInt8(1), UInt8(2), UInt8(3))
    static let (run, dead, exit) = (UInt8(4), UInt8(5), UInt8(6))
    static let names = ["idle", "accepted", "ready", "starting", "run", "dead", "exited"]
  }

  /// Messages: a kind in the lowest three bits, a queue in two, an epoch in two.
  enum Letter {
    static let (offer, descriptor, state) = (UInt8(1), UInt8(2), UInt8(3))
    static let (commit, cancel) = (UInt8(4), UInt8(5))
    static let (accept, ready, refused) = (UInt8(1), UInt8(2), UInt8(3))
    static let (running, aborted) = (UInt8(4), UInt8(5))
    static let toTarget = ["", "OFFER", "FD", "STATE", "COMMIT", "CANCEL"]
    static let toSource = ["", "ACCEPT", "READY", "NACK", "RUNNING", "ABORTED"]
  }

  /// 24 bytes.
  package struct State: BitwiseCopyable, Sendable {
    var source: UInt8 = 0
    var target: UInt8 = 0
    /// The attempt, from 1; 0 before the first.
    var epoch: UInt8 = 0
    var targetEpoch: UInt8 = 0
    /// Descriptors that were sent in this attempt.
    var sent: UInt8 = 0
    /// The target's descriptors, one bit each.
    var held: UInt8 = 0
    /// What each side has to say and no room for yet.
    var sourceDue: UInt8 = 0
    var targetDue: UInt8 = 0
    var crashes: UInt8 = 0
    var losses: UInt8 = 0
    var duplicates: UInt8 = 0
    var failures: UInt8 = 0
    var restarts: UInt8 = 0
    /// The target died and the source does not know.
    var isGone: UInt8 = 0
    /// The guest ran at the target.
    var hasRun: UInt8 = 0
    var spare: UInt8 = 0
    var toTarget: (UInt8, UInt8, UInt8) = (0, 0, 0)
    var toSource: (UInt8, UInt8, UInt8) = (0, 0, 0)
    var more: UInt16 = 0
  }

  let budgets: Budgets

  /// The model with these budgets.
  package init(_ budgets: Budgets) {
    precondition(1...4 ~= budgets.queues && 1...3 ~= budgets.attempts, "4 queues, 3 attempts")
    self.budgets = budgets
  }

  /// Walks all states; specialised for this model, in the room where it is.
  package func explored(
    findsLivelocks: Bool = true, workers: Int? = nil, progress: ((Int, Int) -> Void)? = nil
  ) throws(ExplorationError) -> Exploration {
    var explorer = Explorer(self)
    explorer.findsLivelocks = findsLivelocks
    explorer.progress = progress
    return try explorer.run(workers: workers)
  }

  package var name: String { "yardstick" }

  /// The guest runs at the source.
  package var initial: State {
    State(
      crashes: UInt8(budgets.crashes), losses: UInt8(budgets.losses),
      duplicates: UInt8(budgets.duplicates), failures: UInt8(budgets.failures),
      restarts: UInt8(budgets.restarts))
  }

  var isLossy: Bool { budgets.losses > 0 }

  /// All steps of the source, of the target, and of chance.
  package func expand(_ state: State, _ step: (UInt16, State) -> Void) {
    sourceSteps(state, step)
    targetSteps(state, step)
    chances(state, step)
  }

  static func push(_ letter: UInt8, _ queue: inout (UInt8, UInt8, UInt8)) {
    if queue.0 == 0 {
      queue.0 = letter
    } else if queue.1 == 0 {
      queue.1 = letter
    } else {
      queue.2 = letter
    }
  }

  static func pop(_ queue: inout (UInt8, UInt8, UInt8)) -> UInt8 {
    let first = queue.0
    queue = (queue.1, queue.2, 0)
    return first
  }

  static func letter(_ kind: UInt8, _ epoch: UInt8, queue: UInt8 = 0) -> UInt8 {
    kind | queue << 3 | epoch << 5
  }
}
