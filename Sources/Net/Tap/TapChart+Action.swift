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
  }

  /// What the action computes: one arm for each, so that the compiler asks for all of them.
  public static func run(
    _ action: Action, _ memory: inout Memory, _ event: Event?, _ outbox: inout Outbox<Self>
  ) {
    switch action {
    // A life or an attempt begins or ends.
    case .begin: memory = Memory(options: memory.options)
    case .beginIncoming:
      memory = Memory(incoming: memory.options)
      outbox.emit(.enlist)
    case .noteDeferred, .noteOpened: memory.wasWaiting = action == .noteDeferred
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
    case .noteWithdrawn: memory.isOffered = false
    case .restore:
      outbox.emit(.restore(memory.properties, wasLent: memory.isOffered))
      memory.isOffered = false
    case .noteRestored: if case .restored(let count) = event { memory.putBack += count }
    // The way of the frames, and the descriptors.
    case .hold:
      memory.isHeld = true
      outbox.emit(.hold)
    case .serve:
      memory.isHeld = false
      outbox.emit(.serve)
    case .drop:
      memory.isOffered = false
      outbox.emit(.drop)
    case .abandon:
      memory.isOffered = false
      memory.isIncoming = false
      outbox.emit(.abandon)
    case .shut: outbox.emit(.shut)
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

  private static func inUse(_ event: Event?, _ memory: Memory) -> Refusal? {
    guard case .counted(let count) = event else { return nil }
    return Refusal(
      .queuesInUse, field: .queueCount, subject: memory.subject, here: .number(0),
      there: .number(UInt64(count)))
  }
}
