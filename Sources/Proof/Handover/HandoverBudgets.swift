import BatonTesting

/// What may go wrong in a handover, and how often.
package struct HandoverBudgets: Hashable, Sendable {
  /// Processes that die, 0 to 2 and more when targets are started anew.
  package var crashes = 0
  /// Processes that hang: they take no step any more and do not die by themselves.
  package var hangs = 0
  /// Cancels by the users of both sides.
  package var cancels = 0
  /// Whether devices, loads, notifiers, versions, users and sockets may refuse, at every place.
  package var refusals = false
  /// Times that a user of either side says stop or cont.
  package var commands = 0
  /// Times that somebody connects to the waiting target who is no source.
  package var strangers = 0
  /// Times that `migrate` is asked for.
  package var attempts = 1
  /// Targets that are started anew after one died, or hung and was killed.
  package var restarts = 0
  /// Queues of the device, and so descriptors, 1 to 8.
  package var queues = 1
  /// Whether the source stops before the switch until it is told to go on.
  package var pauses = false
  /// Whether the target's devices may need time before they are ready.
  package var delays = false

  package init() {}

  /// One of everything.
  package static var all: HandoverBudgets {
    var budgets = HandoverBudgets()
    (budgets.crashes, budgets.hangs, budgets.cancels) = (1, 1, 1)
    budgets.refusals = true
    return budgets
  }
}
