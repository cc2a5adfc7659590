package import BatonCore

extension VhostChart {
  /// What the datapath reacts to.
  package enum Event: Message, Hashable {
    /// The device is made: its descriptors are to be open early; whether there is no serving the
    /// rings in this process in its place.
    case open(isRequired: Bool)
    /// There is a TAP: it is opened, or the source's is here.
    case own
    /// There is the guest's memory, or another one than before.
    case prepare
    /// The guest's rings are known and nobody serves them.
    case place
    /// The guest is ours and its rings are to be served.
    case run
    /// Nobody may touch the rings any more, or this process is to.
    case halt
    /// The guest has broken a ring, says the kernel.
    case fault
    /// The guest's driver has reset the device.
    case reset
    /// The guest's memory is about to go.
    case forget
    /// The device is closed for good, or its guest has gone.
    case close

    /// The calls were done, and have nothing to tell.
    case succeeded
    /// A call was refused.
    case refused(Refusal)
    /// What vhost-net can do (VHOST_GET_FEATURES).
    case features(UInt64)

    /// The names of the events, in the order of the cases.
    package enum Kind: UInt8, Symbol {
      /// What the device asks for.
      case open, own, prepare, place, run, halt, fault, reset, forget, close
      /// What the kernel answers to the calls of an effect.
      case succeeded, refused, features
    }

    /// The name of the event.
    package var kind: Kind {
      switch self {
      case .open: .open
      case .own: .own
      case .prepare: .prepare
      case .place: .place
      case .run: .run
      case .halt: .halt
      case .fault: .fault
      case .reset: .reset
      case .forget: .forget
      case .close: .close
      case .succeeded: .succeeded
      case .refused: .refused
      case .features: .features
      }
    }
  }

  /// What the driver is asked for.
  package enum Effect: Message, Hashable {
    /// Open a descriptor for each pair, or look at those that were given.
    case open
    /// Become their owner (VHOST_SET_OWNER), and make the eventfds.
    case own
    /// Tell features and the guest's memory.
    case map
    /// Tell where the rings are, and where they go on.
    case place
    /// Give each ring its queue of the TAP (VHOST_NET_SET_BACKEND).
    case start
    /// Take the queues away, and read where the rings stand.
    case stop
    /// Close all.
    case drop
    /// Close all of rings that may run, and go on where the guest sees them.
    case recover
    /// Answer the command with a refusal.
    case answer(Refusal)
    /// Tell that the rings are served here, and why.
    case warn(Refusal)

    /// The names of the effects, in the order of the cases.
    package enum Kind: UInt8, Symbol {
      /// The calls to the kernel, in the order of a life, and what is told.
      case open, own, map, place, start, stop, drop, recover, answer, warn
    }

    /// The name of the effect.
    package var kind: Kind {
      switch self {
      case .open: .open
      case .own: .own
      case .map: .map
      case .place: .place
      case .start: .start
      case .stop: .stop
      case .drop: .drop
      case .recover: .recover
      case .answer: .answer
      case .warn: .warn
      }
    }
  }
}
