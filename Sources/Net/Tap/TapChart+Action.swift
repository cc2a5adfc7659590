public import BatonCore

extension TapChart {
  /// The computations. One that is named as an effect asks for it; `note…` remembers what the event
  /// tells; what refuses or fails answers the command as well.
  public enum Action: UInt8, Symbol {
    /// A life or an attempt begins or ends.
    case begin, beginIncoming, noteDeferred, noteOpened, noteDone, retreat, forget
    /// Keeps why it cannot go on: what the event says, the loss of the interface, or what the
    /// options ask for and the kernel has not.
    case noteRefusal, noteLoss, noteImpossible, noteNoHeader, noteNoQueues, noteInUse
    /// Keeps a warning, or answers alone; an offer is refused that has no descriptors, or has some
    /// that nobody wanted here.
    case noteWarning, answer, refuseEmpty, refuseDescriptors
    /// The way up to the attached queue, in the order of the calls.
    case openDevice, readFeatures, noteFeatures, countQueues, presizeHeader, attach, noteName
    /// What a queue that is attached still needs, and the index of its interface.
    case setNonBlocking, readIndex, noteIndex
    /// Which offloads the kernel takes is found out by setting them; then none is left set.
    case probeUFO, probeUSO, probeTunnel, noteProbed, resetOffload
    /// What was wished for is set, one after the other; what was not is passed over.
    case sizeHeader, sizeSendBuffer, setMTU, noteSet
    /// Offloads that the guest's driver wants, with fewer of them when the kernel refuses all.
    case noteWish, setOffload, dropUSO, dropUFO
    /// A move, on the target: compares, keeps, and sets what differs.
    case inspect, noteOffer, noteSeen, noteState, apply, noteTaken
    /// A move, on the source: says what there is, lends it, and puts back what differs.
    case describe, noteDescribed, noteLent, noteWithdrawn, restore, noteRestored
    /// The way of the frames is closed or opened, and the descriptors go.
    case hold, serve, drop, abandon, shut
    /// Other programs are run, and ended when they take too long; what they bring is looked at.
    case runHelper, examine, noteExamined, runScript, endProgram, noteHelperLate, noteScriptLate
    /// The duty to run the down script: it begins here or comes with the guest, may be the
    /// target's, or is over.
    case noteDuty, noteInherited, noteGivenAway, noteFreed, runDownScript
    /// Why the down script runs, and what is told when it does not do.
    case noteClosing, noteReleasing, noteRetreating, noteUndoing, warn, warnLate
    /// The kernel is asked what an interface is that does not fit, and that is the reason; or the
    /// refusal that was there before.
    case readLink, noteOther, noteMacvtap, noteWarned
    /// The device is told how the opening ended.
    case tellOpened, tellUnopened, tellClosed
  }

  /// What the action computes: one arm for each, so that the compiler asks for all of them.
  public static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    switch action {
    // A life or an attempt begins or ends.
    case .begin: memory = Memory(again: memory)
    case .beginIncoming:
      memory = Memory(incoming: memory.options)
      outbox.emit(.enlist)
    case .noteDeferred: memory.wasWaiting = true
    case .noteOpened: noteOpened(&memory, &outbox)
    case .noteDone:
      memory.isIncoming = false
      memory.wasWaiting = false
      outbox.emit(.resign)
    case .retreat, .forget:
      memory = Memory(incoming: memory.options)
      outbox.emit(.drop)
    // Why not.
    case .noteRefusal: fail(event?.refusal, &memory, &outbox)
    case .noteLoss: lose(event?.refusal, &memory, &outbox)
    case .noteImpossible: fail(memory.options.impossibility, &memory, &outbox)
    case .noteNoHeader: fail(memory.lack(of: .vnetHeader), &memory, &outbox)
    case .noteNoQueues: fail(memory.lack(of: .multiQueue), &memory, &outbox)
    case .noteInUse: fail(inUse(event, memory), &memory, &outbox)
    case .noteWarning: memory.warning = event?.refusal
    case .answer: answer(event?.refusal, &outbox)
    case .refuseEmpty: answer(memory.emptiness, &outbox)
    case .refuseDescriptors: answer(Refusal(.alreadyOpen, subject: memory.subject), &outbox)
    // The way up.
    case .openDevice: outbox.emit(.openDevice)
    case .readFeatures: outbox.emit(.readFeatures)
    case .noteFeatures: if case .features(let bits) = event { memory.features = bits }
    case .countQueues: outbox.emit(.countQueues(memory.properties.name))
    case .presizeHeader: outbox.emit(.presizeHeader)
    case .attach: outbox.emit(.attach(memory.properties.name, memory.flagsToOpen))
    case .noteName: if case .named(let name) = event { memory.noteQueue(of: name) }
    case .setNonBlocking: outbox.emit(.setNonBlocking)
    case .readIndex: outbox.emit(.readIndex(memory.properties.name))
    case .noteIndex: if case .index(let index) = event { memory.properties.index = index }
    case .probeUFO: outbox.emit(.set(.offload, TunOffload.ufoProbe.rawValue))
    case .probeUSO: outbox.emit(.set(.offload, TunOffload.usoProbe.rawValue))
    case .probeTunnel: outbox.emit(.set(.offload, TunOffload.tunnelProbe.rawValue))
    case .noteProbed: if case .set(_, let bits) = event { memory.noteProbed(bits) }
    case .resetOffload: outbox.emit(.set(.offload, 0))
    case .sizeHeader: ask(for: .headerSize, &memory, &outbox)
    case .sizeSendBuffer: ask(for: .sendBuffer, &memory, &outbox)
    case .setMTU: ask(for: .mtu, &memory, &outbox)
    case .noteSet: if case .set(let what, let value) = event { memory.properties[what] = value }
    // What the guest's driver wants.
    case .noteWish: if case .setOffload(let wish) = event { memory.wish = wish }
    case .setOffload: outbox.emit(.set(.offload, memory.wish.rawValue))
    case .dropUSO: memory.wish.subtract([.uso4, .uso6])
    case .dropUFO: memory.wish.subtract(.ufo)
    // A move, on the target.
    case .inspect: if let offer = memory.offer { outbox.emit(.inspect(memory.options, offer)) }
    case .noteOffer: if case .offered(let offer) = event { memory.offer = offer }
    case .noteSeen: if case .inspected(let seen) = event { memory.adopt(seen) }
    case .noteState: if case .load(let saved) = event { memory.saved = saved }
    case .apply: outbox.emit(.apply(memory.settings))
    case .noteTaken: memory.take()
    // A move, on the source.
    case .describe: outbox.emit(.describe(memory.properties))
    case .noteDescribed: if case .described(let found) = event { memory.record(found) }
    case .noteLent: memory.isOffered = true
    case .noteWithdrawn: memory.takeBack()
    case .restore:
      outbox.emit(.restore(memory.properties, wasLent: memory.isOffered))
      memory.takeBack()
    case .noteRestored: if case .restored(let count) = event { memory.putBack += count }
    // The way of the frames, and the descriptors.
    case .hold: setHeld(true, &memory, &outbox)
    case .serve: setHeld(false, &memory, &outbox)
    case .drop: drop(&memory, &outbox)
    case .abandon:
      memory.isOffered = false
      memory.isIncoming = false
      outbox.emit(.abandon)
    case .shut: outbox.emit(.shut)
    // Other programs.
    case .runHelper: run(.helper, memory, &outbox)
    case .examine: outbox.emit(.examine(memory.options))
    case .noteExamined: if case .inspected(let seen) = event { memory.noteExamined(seen) }
    case .runScript: run(.script, memory, &outbox)
    case .endProgram: outbox.emit(.endProgram)
    case .noteHelperLate: fail(memory.lateness(of: .helper), &memory, &outbox)
    case .noteScriptLate: fail(memory.lateness(of: .script), &memory, &outbox)
    // The duty to run one at the end.
    case .noteDuty: memory.owesDown = memory.owesDown || memory.options.downScript != nil
    case .noteInherited: memory.inherit()
    case .noteGivenAway: memory.isGivenAway = true
    case .noteFreed: memory.owesDown = false
    case .runDownScript: runDown(&memory, &outbox)
    case .noteClosing: memory.ending = .closing
    case .noteReleasing: memory.ending = .releasing
    case .noteRetreating: memory.ending = .retreating
    case .noteUndoing: memory.ending = .undoing
    case .warn: warn(event?.refusal, &memory, &outbox)
    case .warnLate: warn(memory.lateness(of: .downScript), &memory, &outbox)
    // An interface that is another one, and how the opening ended.
    case .readLink: outbox.emit(.readLink(memory.properties.name))
    case .noteOther: fail(memory.other(event), &memory, &outbox)
    case .noteMacvtap:
      if case .macvtap(let index) = event { memory.macvtap = index }
      outbox.emit(.drop)
    case .noteWarned: fail(memory.warning, &memory, &outbox)
    case .tellOpened: outbox.emit(.tellOpened)
    case .tellClosed: outbox.emit(.tellClosed)
    case .tellUnopened: memory.refusal.map { outbox.emit(.tellUnopened($0)) }
    }
  }

  /// It is this setting's turn; its state goes on at once when it is not wished for.
  private static func ask(
    for setting: TapSetting, _ memory: inout Memory, _ outbox: inout Outbox<Self>
  ) {
    memory.setting = setting
    if let wish = memory.wish(for: setting) { outbox.emit(.set(setting, wish)) }
  }

  /// The command is answered, and the TAP is as it was.
  private static func answer(_ refusal: Refusal?, _ outbox: inout Outbox<Self>) {
    if let refusal { outbox.emit(.answer(refusal)) }
  }

  /// The TAP remembers why it fails.
  private static func fail(
    _ refusal: Refusal?, _ memory: inout Memory, _ outbox: inout Outbox<Self>
  ) {
    memory.refusal = refusal
    answer(refusal, &outbox)
  }

  /// The same, while it served a guest: the device is told.
  private static func lose(
    _ refusal: Refusal?, _ memory: inout Memory, _ outbox: inout Outbox<Self>
  ) {
    fail(refusal, &memory, &outbox)
    if let refusal { outbox.emit(.tellLoss(refusal)) }
  }

  /// Frames wait from here on, or flow.
  private static func setHeld(
    _ isHeld: Bool, _ memory: inout Memory, _ outbox: inout Outbox<Self>
  ) {
    memory.isHeld = isHeld
    outbox.emit(isHeld ? .hold : .serve)
  }

  private static func drop(_ memory: inout Memory, _ outbox: inout Outbox<Self>) {
    memory.isOffered = false
    outbox.emit(.drop)
  }

  private static func run(
    _ purpose: TapProgram.Purpose, _ memory: Memory, _ outbox: inout Outbox<Self>
  ) {
    guard let program = purpose.program(memory.options) else { return }
    let name = memory.properties.name
    switch purpose {
    case .helper: outbox.emit(.runHelper(program, memory.options.bridge))
    case .script: outbox.emit(.runScript(program, name))
    case .downScript: outbox.emit(.runDownScript(program, name))
    }
  }

  /// What is started is not owed any more, whatever becomes of it.
  private static func runDown(_ memory: inout Memory, _ outbox: inout Outbox<Self>) {
    memory.owesDown = false
    run(.downScript, memory, &outbox)
  }

  /// What is wished for and cannot be had is told with the TAP that there is.
  private static func noteOpened(_ memory: inout Memory, _ outbox: inout Outbox<Self>) {
    memory.wasWaiting = false
    if memory.options.vhost == .wanted { warn(memory.options.vhostRefusal, &memory, &outbox) }
  }

  /// It goes on all the same, and the user is told.
  private static func warn(
    _ refusal: Refusal?, _ memory: inout Memory, _ outbox: inout Outbox<Self>
  ) {
    guard let refusal else { return }
    memory.warning = refusal
    outbox.emit(.warn(refusal))
  }

  private static func inUse(_ event: Event?, _ memory: Memory) -> Refusal? {
    guard case .counted(let count) = event else { return nil }
    return Refusal(
      .queuesInUse, field: .queueCount, subject: memory.subject, here: .number(0),
      there: .number(UInt64(count)))
  }
}
