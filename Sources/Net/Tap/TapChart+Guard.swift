public import BatonCore

extension TapChart {
  /// The conditions, of the memory, of the event, or of both.
  public enum Guard: UInt8, Symbol {
    /// The options are within their bounds.
    case isPossible
    /// No migration comes in: the guest starts here.
    case startsRunning
    /// A migration is to come in, and nothing is known of it.
    case startsEarly
    /// The event says that backends travel as descriptors.
    case transfers
    /// No queue is open yet.
    case isFirstQueue
    /// The queue that was attached is not the last one.
    case needsMoreQueues
    /// A header is not required, or the kernel has it.
    case canHaveHeader
    /// One queue suffices, or the kernel can have several.
    case canHaveQueues
    /// More than one queue is to be opened.
    case wantsQueues
    /// Another process has queues of the interface open.
    case isInUse
    /// The wish for a header is not off.
    case wantsHeader
    /// The setting whose turn it is gets a value at the opening.
    case isWished
    /// The user asked for that value, so that its refusal is a failure.
    case isAsked
    /// The TAP waited, and goes back to that when it cannot be opened.
    case wasWaiting
    /// The TAP belongs to a migration that is coming in.
    case isIncoming
    /// Descriptors came with the offer.
    case hasDescriptors
    /// The descriptors are the source's.
    case isAdopted
    /// The source's last word differs from what the kernel has.
    case isDifferent
    /// A target may hold our descriptors.
    case isOffered
    /// Nothing is read or written.
    case isHeld
    /// The properties were recorded, so that they can be restored.
    case isRecorded
    /// The refusal says that there is no interface any more.
    case isGone
    /// The offloads that were refused have USO in them.
    case wantsUSO
    /// The offloads that were refused have UFO in them.
    case wantsUFO
    /// The queues are given as descriptors.
    case isGiven
    /// A helper makes the TAP.
    case hasHelper
    /// The descriptors were given, or sent by a helper.
    case wasGiven
    /// There is a script to be run once the TAP is open.
    case hasScript
    /// The refusal is what the kernel says of an interface that is not as the flags are.
    case isMisfit
    /// The interface is what was asked for all the same.
    case isAsAsked
    /// The down script is ours to run.
    case owes
    /// The same, of a TAP that waits for another migration afterwards.
    case retreatsOwing
    /// The down script runs because the TAP is closed.
    case isClosing
    /// It runs because the guest has another TAP elsewhere.
    case isReleasing
    /// It runs because the opening failed behind the script.
    case isUndoing
  }

  /// Whether the guard holds; each reads the memory or the event, and changes nothing.
  public static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
    switch `guard` {
    case .isPossible: memory.options.impossibility == nil
    case .startsRunning: arrival(event) == .running
    case .startsEarly: arrival(event) == .incoming
    case .transfers: transfersBackends(event)
    case .isFirstQueue: memory.opened == 0
    case .needsMoreQueues: memory.opened < memory.options.queues
    case .canHaveHeader:
      memory.options.vnetHeader != .required || memory.flagsToOpen.contains(.vnetHeader)
    case .canHaveQueues:
      memory.options.queues == 1 || memory.features & UInt32(TunFlags.multiQueue.rawValue) != 0
    case .wantsQueues: memory.options.queues > 1
    case .isInUse: if case .counted(let count) = event { count > 0 } else { false }
    case .wantsHeader: memory.options.vnetHeader != .off
    case .isWished: memory.setting.flatMap(memory.wish(for:)) != nil
    case .isAsked: memory.setting.flatMap { $0.asked(memory.options) } != nil
    case .wasWaiting: memory.wasWaiting
    case .isIncoming: memory.isIncoming
    case .hasDescriptors:
      if case .offered(let offer) = event { offer.descriptorCount > 0 } else { false }
    case .isAdopted: memory.isAdopted
    case .isDifferent: !memory.settings.isEmpty
    case .isOffered: memory.isOffered
    case .isHeld: memory.isHeld
    case .isRecorded: memory.isRecorded
    case .isGone:
      // What a TAP says, and what a macvtap says.
      [Errno.badDescriptorState, Errno.noLink].contains(event?.refusal?.code)
    case .wantsUSO: !memory.wish.isDisjoint(with: [.uso4, .uso6])
    case .wantsUFO: memory.wish.contains(.ufo)
    case .isGiven: memory.options.fds != nil
    case .hasHelper: memory.options.helper != nil
    case .wasGiven: memory.options.fds != nil || memory.options.helper != nil
    case .hasScript: memory.options.script != nil
    case .isMisfit: event?.refusal?.code == Errno.invalid
    case .isAsAsked: if case .link(let flags) = event { memory.asksFor(flags) } else { false }
    case .owes: memory.owes
    case .retreatsOwing: memory.owes && memory.isIncoming
    case .isClosing: memory.ending == .closing
    case .isReleasing: memory.ending == .releasing
    case .isUndoing: memory.ending == .undoing
    }
  }

  private static func arrival(_ event: Event?) -> Arrival? {
    if case .start(let arrival, _) = event { arrival } else { nil }
  }

  private static func transfersBackends(_ event: Event?) -> Bool {
    if case .start(_, let transfers) = event { return transfers }
    if case .preIncoming(let transfers) = event { return transfers }
    return false
  }
}
