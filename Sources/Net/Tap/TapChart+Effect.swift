public import BatonCore

extension TapChart {
  /// What the driver is asked to do.
  public enum Effect: Message, Hashable, Sendable {
    /// Answer the command with an error.
    case answer(Refusal)
    /// Register with the notifier list.
    case enlist
    /// End the registration.
    case resign
    /// Open /dev/net/tun once more.
    case openDevice
    /// Ask the kernel what it knows.
    case readFeatures
    /// Ask how many queues of the interface are open anywhere.
    case countQueues(InterfaceName)
    /// Put the header of an unattached descriptor to the size that every kernel starts with.
    case presizeHeader
    /// Attach the last descriptor.
    case attach(InterfaceName, TunFlags)
    /// Set O_NONBLOCK on the last descriptor.
    case setNonBlocking
    /// Ask for the interface's index.
    case readIndex(InterfaceName)
    /// Set the offloads.
    case setOffload(TunOffload)
    /// Set the size of the header.
    case setHeaderSize(UInt32)
    /// Set the send buffer of all queues.
    case setSendBuffer(UInt32)
    /// Compare the descriptors that were received with the offer, and keep them.
    case inspect(TapOptions, TapOffer)
    /// Set what the kernel has not yet.
    case apply(TapSettings)
    /// Ask the kernel what the TAP is; the rest is as recorded.
    case describe(TapProperties)
    /// Ask again and put back what differs, and the offloads if others may have changed them.
    case restore(TapProperties, setsOffload: Bool)
    /// Stop reading and writing.
    case hold
    /// Read and write.
    case serve
    /// Stop watching, then close the descriptors.
    case drop
    /// The same, and lose the guest's frames from now on.
    case abandon
    /// The same for good.
    case shut

    /// The names of the effects.
    public enum Kind: UInt8, Symbol {
      case answer, enlist, resign, openDevice, readFeatures, countQueues, presizeHeader
      case attach
      case setNonBlocking, readIndex, setOffload, setHeaderSize, setSendBuffer, inspect, apply
      case describe, restore, hold, serve, drop, abandon, shut
    }
  }
}

extension TapChart.Effect {
  /// The kind of the effect.
  public var kind: Kind {
    switch self {
    case .answer: .answer
    case .enlist: .enlist
    case .resign: .resign
    case .openDevice: .openDevice
    case .readFeatures: .readFeatures
    case .countQueues: .countQueues
    case .presizeHeader: .presizeHeader
    case .attach: .attach
    case .setNonBlocking: .setNonBlocking
    case .readIndex: .readIndex
    case .setOffload: .setOffload
    case .setHeaderSize: .setHeaderSize
    case .setSendBuffer: .setSendBuffer
    case .inspect: .inspect
    case .apply: .apply
    case .describe: .describe
    case .restore: .restore
    case .hold: .hold
    case .serve: .serve
    case .drop: .drop
    case .abandon: .abandon
    case .shut: .shut
    }
  }
}

extension TapChart.Event {
  /// The kind of the event.
  public var kind: Kind {
    switch self {
    case .start: .start
    case .preIncoming: .preIncoming
    case .incomingFailed: .incomingFailed
    case .incomingDone: .incomingDone
    case .close: .close
    case .lost: .lost
    case .succeeded: .succeeded
    case .refused: .refused
    case .features: .features
    case .named: .named
    case .index: .index
    case .counted: .counted
    case .inspected: .inspected
    case .described: .described
    case .restored: .restored
    case .offered: .offered
    case .load: .load
    case .take: .take
    case .discard: .discard
    case .resume: .resume
    case .describe: .describe
    case .lend: .lend
    case .withdraw: .withdraw
    case .quiesce: .quiesce
    case .restore: .restore
    case .release: .release
    case .setOffload: .setOffload
    }
  }

  /// The refusal that the event carries.
  var refusal: Refusal? {
    switch self {
    case .lost(let refusal), .refused(let refusal): refusal
    case .start, .preIncoming, .incomingFailed, .incomingDone, .close, .succeeded, .features,
      .named, .index, .counted, .inspected, .described, .restored, .offered, .load, .take, .discard,
      .resume, .describe, .lend, .withdraw, .quiesce, .restore, .release, .setOffload:
      nil
    }
  }
}
