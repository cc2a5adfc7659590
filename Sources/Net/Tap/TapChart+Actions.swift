import BatonCore

extension TapChart {
  /// The actions that remember what the way up has found.
  static func noteOpening(_ action: Action, _ memory: inout Memory, _ event: Event?) {
    switch (action, event) {
    case (.noteFeatures, .features(let features)): memory.features = features
    case (.noteName, .named(let name)):
      memory.properties.name = name
      memory.properties.flags = memory.flagsToOpen
      memory.opened += 1
    case (.noteIndex, .index(let index)): memory.properties.index = index
    case (.noteUFO, _): memory.probed.formUnion(.ufoProbe)
    case (.noteUSO, _): memory.probed.formUnion(.usoProbe)
    case (.noteTunnel, _): memory.probed.formUnion(.tunnelProbe)
    case (.noteHeader, _): memory.properties.headerSize = memory.options.headerSize
    case (.noteSized, _): memory.properties.sendBuffer = memory.options.sendBufferLimit
    case _: break
    }
  }

  /// The actions that remember what belongs to a move.
  static func noteMoving(_ action: Action, _ memory: inout Memory, _ event: Event?) {
    switch (action, event) {
    case (.noteOffer, .offered(let offer)): memory.offer = offer
    case (.noteSeen, .inspected(let seen)):
      memory.properties = seen
      memory.isAdopted = true
      memory.isHeld = true
    case (.noteState, .load(let saved)): memory.saved = saved
    case (.noteTaken, _): noteTaken(&memory)
    case (.noteDescribed, .described(let found)):
      memory.properties = found
      memory.isRecorded = true
    case (.noteLent, _): memory.isOffered = true
    case (.noteWithdrawn, _): memory.isOffered = false
    case (.noteRestored, .restored(let count)): memory.putBack += count
    case (.noteWish, .setOffload(let wish)): memory.wish = wish
    case (.dropUSO, _): memory.wish.subtract([.uso4, .uso6])
    case (.dropUFO, _): memory.wish.subtract(.ufo)
    case (.noteOffload, _): memory.properties.offload = memory.wish
    case _: break
    }
  }

  private static func noteTaken(_ memory: inout Memory) {
    guard let saved = memory.saved else { return }
    let settings = memory.settings
    memory.properties.offload = saved.offload
    if let size = settings.headerSize { memory.properties.headerSize = size }
    if let limit = settings.sendBuffer { memory.properties.sendBuffer = limit }
    memory.saved = nil
  }

  /// The actions that ask for the calls of the way up.
  static func ask(_ action: Action, _ memory: Memory, _ outbox: inout Outbox<Self>) {
    switch action {
    case .openDevice: outbox.emit(.openDevice)
    case .readFeatures: outbox.emit(.readFeatures)
    case .countQueues: outbox.emit(.countQueues(memory.properties.name))
    case .presizeHeader: outbox.emit(.presizeHeader)
    case .attach: outbox.emit(.attach(memory.properties.name, memory.flagsToOpen))
    case .setNonBlocking: outbox.emit(.setNonBlocking)
    case .readIndex: outbox.emit(.readIndex(memory.properties.name))
    case .probeUFO: outbox.emit(.setOffload(.ufoProbe))
    case .probeUSO: outbox.emit(.setOffload(.usoProbe))
    case .probeTunnel: outbox.emit(.setOffload(.tunnelProbe))
    case .resetOffload: outbox.emit(.setOffload([]))
    case .sizeHeader: outbox.emit(.setHeaderSize(memory.options.headerSize))
    case _: outbox.emit(.setSendBuffer(memory.options.sendBufferLimit))
    }
  }

  /// The actions that ask for something to be done with the descriptors.
  static func handle(_ action: Action, _ memory: inout Memory, _ outbox: inout Outbox<Self>) {
    switch action {
    case .inspect:
      if let offer = memory.offer { outbox.emit(.inspect(memory.options, offer)) }
    case .apply: outbox.emit(.apply(memory.settings))
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
      outbox.emit(.resign)
    case .shut:
      outbox.emit(.resign)
      outbox.emit(.shut)
    case .describe: outbox.emit(.describe(memory.properties))
    case .restore:
      outbox.emit(.restore(memory.properties, setsOffload: memory.isOffered))
      memory.isOffered = false
    case _: outbox.emit(.setOffload(memory.wish))
    }
  }
}
