public import BatonCore

extension TapChart {
  /// What the TAP reacts to.
  public enum Event: Message, Hashable {
    /// The user wants it, on the side that `Arrival` says.
    case start(Arrival, transfersBackends: Bool)
    /// The target is about to listen.
    case preIncoming(transfersBackends: Bool)
    /// The target gave up; another try may come.
    case incomingFailed
    /// The target runs the guest.
    case incomingDone
    /// The user does not want it any more.
    case close
    /// The interface was deleted under the descriptors, or the kernel refuses them.
    case lost(Refusal)

    /// The call was done, and has nothing to tell.
    case succeeded
    /// The call was refused, or its answer is not what it must be.
    case refused(Refusal)
    /// The IFF_ bits that the kernel knows (TUNGETFEATURES).
    case features(UInt32)
    /// The name that the kernel gave when the descriptor was attached.
    case named(InterfaceName)
    /// The interface's index, in the namespace of this thread.
    case index(UInt32)
    /// How many queues of the interface are open in any process.
    case counted(UInt32)
    /// What the interface is that could not be attached: IFF_ bits, none for no TUN device.
    case link(TunFlags)
    /// It is a macvtap, with this index: /dev/tapN is its device.
    case macvtap(UInt32)
    /// The setting has this value now.
    case set(TapSetting, UInt32)
    /// What the kernel says of the descriptors that were received.
    case inspected(TapProperties)
    /// What the kernel says of our own.
    case described(TapProperties)
    /// So many settings differed and were put back.
    case restored(UInt32)

    /// The source offers its TAP.
    case offered(TapOffer)
    /// The state that moves, as the source had it last.
    case load(TapProperties)
    /// The guest is ours from here on: what it needs may be set.
    case take
    /// The guest did not come.
    case discard
    /// The guest is about to run.
    case resume
    /// The properties are asked for.
    case describe
    /// The descriptors are asked for.
    case lend
    /// The whole state has gone out: from here on the guest may be the target's.
    case give
    /// What was lent is ours alone again, and was never touched.
    case withdraw
    /// The guest is stopped, so nothing may be read or written any more.
    case quiesce
    /// The guest runs here again.
    case restore
    /// The target runs the guest.
    case release
    /// The guest's driver wants these offloads.
    case setOffload(TunOffload)

    /// The names of the events, in the order of the cases.
    public enum Kind: UInt8, Symbol {
      /// The life of the TAP: it is begun, a migration is about to come or did not, it is closed or
      /// gone.
      case start, preIncoming, incomingFailed, incomingDone, close, lost
      /// What the kernel answers to the call that an effect made.
      case succeeded, refused, features, named, index, counted, link, macvtap, set, inspected
      /// What the kernel found when it was asked for all of it.
      case described, restored
      /// Orders of a migration, of the target first, then of the source.
      case offered, load, take, discard, resume, describe, lend, give, withdraw, quiesce, restore
      /// The last order of a migration, and what the guest's driver wants.
      case release, setOffload
    }

    /// The name of the event.
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
      case .link: .link
      case .macvtap: .macvtap
      case .set: .set
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
      case .give: .give
      case .withdraw: .withdraw
      case .quiesce: .quiesce
      case .restore: .restore
      case .release: .release
      case .setOffload: .setOffload
      }
    }

    /// The refusal that the event carries.
    var refusal: Refusal? {
      if case .lost(let refusal) = self { return refusal }
      if case .refused(let refusal) = self { return refusal }
      return nil
    }
  }
}
