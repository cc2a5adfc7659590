public import BatonCore

extension TapChart {
  /// Whether the guard holds.
  public static func check(_ guard: Guard, _ memory: Memory, _ event: Event?) -> Bool {
    switch `guard` {
    case .isPossible: impossibility(of: memory.options) == nil
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
    case .hasHeader: memory.properties.flags.contains(.vnetHeader)
    case .isSendBufferAsked: memory.options.sendBuffer != nil
    case .wasWaiting: memory.wasWaiting
    case .isIncoming: memory.isIncoming
    case .hasDescriptors:
      if case .offered(let offer) = event { offer.descriptorCount > 0 } else { false }
    case .isAdopted: memory.isAdopted
    case .isDifferent: !memory.settings.isEmpty
    case .isOffered: memory.isOffered
    case .isHeld: memory.isHeld
    case .isRecorded: memory.isRecorded
    case .isGone: event?.refusal?.code == Errno.badDescriptorState
    case .wantsUSO: !memory.wish.isDisjoint(with: [.uso4, .uso6])
    case .wantsUFO: memory.wish.contains(.ufo)
    }
  }

  /// What the action computes.
  public static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    switch action {
    case .begin, .beginIncoming, .noteDeferred, .noteOpened, .noteDone, .retreat, .forget:
      live(action, &memory, &outbox)
    case .noteRefusal, .noteImpossible, .noteNoHeader, .noteNoQueues, .noteInUse, .noteWarning,
      .answer, .refuseEmpty, .refuseDescriptors:
      complain(action, &memory, event, &outbox)
    case .noteFeatures, .noteName, .noteIndex, .noteUFO, .noteUSO, .noteTunnel, .noteHeader,
      .noteSized:
      noteOpening(action, &memory, event)
    case .noteOffer, .noteSeen, .noteState, .noteTaken, .noteDescribed, .noteLent,
      .noteWithdrawn, .noteRestored, .noteWish, .dropUSO, .dropUFO, .noteOffload:
      noteMoving(action, &memory, event)
    case .openDevice, .readFeatures, .countQueues, .presizeHeader, .attach, .setNonBlocking,
      .readIndex,
      .probeUFO, .probeUSO, .probeTunnel, .resetOffload, .sizeHeader, .sizeSendBuffer:
      ask(action, memory, &outbox)
    case .inspect, .apply, .hold, .serve, .drop, .abandon, .shut, .describe, .restore,
      .setOffload:
      handle(action, &memory, &outbox)
    }
  }

  /// Why options cannot be, nil if they can.
  private static func impossibility(of options: TapOptions) -> Refusal? {
    let subject = options.requestedName.text
    guard 1...TapOptions.queuesMax ~= options.queues else {
      return Refusal(
        .invalid, field: .queueCount, subject: subject,
        here: .number(UInt64(TapOptions.queuesMax)),
        there: .number(UInt64(clamping: options.queues)))
    }
    guard 10...TapOptions.headerSizeMax ~= options.headerSize else {
      return Refusal(
        .invalid, field: .headerSize, subject: subject, here: .number(12),
        there: .number(UInt64(options.headerSize)))
    }
    return nil
  }

  private static func arrival(_ event: Event?) -> Arrival? {
    if case .start(let arrival, _) = event { arrival } else { nil }
  }

  private static func transfersBackends(_ event: Event?) -> Bool {
    switch event {
    case .start(_, let transfers), .preIncoming(let transfers): transfers
    case _: false
    }
  }

  /// The actions that begin and end a life or an attempt.
  private static func live(
    _ action: Action, _ memory: inout Memory, _ outbox: inout Outbox<Self>
  ) {
    switch action {
    case .begin: memory = Memory(options: memory.options)
    case .beginIncoming:
      memory = Memory(options: memory.options)
      memory.isIncoming = true
      outbox.emit(.enlist)
    case .noteDeferred: memory.wasWaiting = true
    case .noteOpened: memory.wasWaiting = false
    case .noteDone:
      memory.isIncoming = false
      memory.wasWaiting = false
      outbox.emit(.resign)
    case _:  // Back to expecting or waiting, as if nothing had been.
      outbox.emit(.drop)
      memory = Memory(options: memory.options)
      memory.isIncoming = true
    }
  }

  /// The actions that say why not.
  private static func complain(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    let subject = memory.options.requestedName.text
    let reason: Refusal?
    switch action {
    case .noteWarning:
      memory.warning = event?.refusal
      return
    case .noteImpossible: reason = impossibility(of: memory.options)
    case .noteNoHeader: reason = missing(.vnetHeader, memory.features, subject)
    case .noteNoQueues: reason = missing(.multiQueue, memory.features, subject)
    case .noteInUse: reason = inUse(event, subject)
    case .refuseEmpty:
      reason = .mismatch(
        .backendTransfer, subject: subject, here: .flag(true), there: .flag(false))
    case .refuseDescriptors: reason = Refusal(.alreadyOpen, subject: subject)
    case _: reason = event?.refusal
    }
    guard let reason else { return }
    switch action {
    case .answer, .refuseEmpty, .refuseDescriptors: break
    case _: memory.refusal = reason
    }
    outbox.emit(.answer(reason))
  }

  private static func inUse(_ event: Event?, _ subject: Name) -> Refusal? {
    guard case .counted(let count) = event else { return nil }
    return Refusal(
      .queuesInUse, field: .queueCount, subject: subject, here: .number(0),
      there: .number(UInt64(count)))
  }

  private static func missing(_ flag: TunFlags, _ features: UInt32, _ subject: Name) -> Refusal {
    Refusal(
      .invalid, field: .interfaceFlags, subject: subject, here: .bits(UInt64(features)),
      there: .bits(UInt64(flag.rawValue)))
  }
}
