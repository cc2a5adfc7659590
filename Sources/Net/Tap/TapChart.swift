public import BatonCore

/// The life of one TAP.
///
/// Every call on the way up has a state of its own, and so a failure of its own. On the incoming
/// side the TAP waits until the migration says whether its descriptors come with it. From the offer
/// to the take nothing here changes the kernel's device.
public enum TapChart: Chart {
  /// Where the TAP stands.
  public enum State: UInt8, Symbol {
    /// Nobody has asked for it yet.
    case new
    /// The incoming side does not know yet whether descriptors will come.
    case waiting
    /// On the way up.
    case opening
    /// /dev/net/tun is opened, once for each queue.
    case openingDevice
    /// The kernel is asked what it knows.
    case readingFeatures
    /// What was wished for is compared with what the kernel knows.
    case choosing
    /// The kernel is asked whether another process has queues of the interface: a multiqueue one
    /// would give us more of them, and frames of a running guest with them.
    case countingQueues
    /// A size that a persistent interface kept is put back.
    case presizingHeader
    /// The descriptor is attached to the interface.
    case attaching
    /// The descriptor gets O_NONBLOCK.
    case settingNonBlocking
    /// The interface is asked for its index.
    case readingIndex
    /// UDP fragmentation is tried.
    case probingUFO
    /// UDP segmentation is tried.
    case probingUSO
    /// Segmentation inside of tunnels is tried.
    case probingTunnel
    /// What the probes left is taken back.
    case resettingOffload
    /// The virtio-net header gets its size.
    case sizingHeader
    /// The queues get their send buffer, which is the device's.
    case sizingSendBuffer
    /// Everything is set.
    case ready
    /// What was opened is closed again.
    case undoing
    /// The descriptors come with the migration.
    case expecting
    /// The source's descriptors are here; nothing on them has changed.
    case inert
    /// They are compared with the offer.
    case adopting
    /// They are what was offered.
    case adopted
    /// The source's last word on its settings is here.
    case loaded
    /// The TAP is ours.
    case attached
    /// Frames flow.
    case polling
    /// Nobody touches it; frames wait in the kernel and in the guest's ring.
    case quiesced
    /// The kernel is asked what the TAP is.
    case describing
    /// The guest's offloads are set.
    case offloading
    /// The settings that the source had and the kernel has not are set.
    case applying
    /// Quiesced, and a target holds the same descriptors; it may come back.
    case lent
    /// It came back: what differs is put back.
    case restoring
    /// The target has it; nothing was touched when the descriptors were closed.
    case released
    /// The user does not want it any more.
    case closing
    /// It is gone.
    case closed
    /// It could not be opened, or the interface was deleted.
    case failed
  }

  /// When a TAP is made.
  public enum Arrival: UInt8, Hashable, Sendable {
    /// The guest runs here, or will without a migration.
    case running
    /// A migration is to come in, and nothing is known of it.
    case incoming
    /// A migration is coming in, and the pre-incoming event is over.
    case prepared
  }

  /// What the TAP reacts to.
  public enum Event: Message, Hashable {
    /// The user wants it.
    case start(Arrival, transfersBackends: Bool)
    /// The target is about to listen.
    case preIncoming(transfersBackends: Bool)
    /// The target gave up; another try may come.
    case incomingFailed
    /// The target runs the guest.
    case incomingDone
    /// The user does not want it any more.
    case close
    /// The interface is gone.
    case lost(Refusal)

    /// The call was done.
    case succeeded
    /// The call was refused, or its answer is not what it must be.
    case refused(Refusal)
    /// What the kernel knows, IFF_ bits.
    case features(UInt32)
    /// The final name.
    case named(InterfaceName)
    /// The interface's index.
    case index(UInt32)
    /// How many queues of the interface are open anywhere.
    case counted(UInt32)
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
    /// The guest is ours.
    case take
    /// The guest did not come.
    case discard
    /// The guest is about to run.
    case resume
    /// The properties are asked for.
    case describe
    /// The descriptors are asked for.
    case lend
    /// What was lent is ours alone again, and was never touched.
    case withdraw
    /// The guest is stopped.
    case quiesce
    /// The guest runs here again.
    case restore
    /// The target runs the guest.
    case release
    /// The guest's driver wants these offloads.
    case setOffload(TunOffload)

    /// The names of the events.
    public enum Kind: UInt8, Symbol {
      case start, preIncoming, incomingFailed, incomingDone, close, lost
      case succeeded, refused, features, named, index, counted, inspected, described
      case restored, offered, load, take, discard, resume, describe, lend, withdraw, quiesce,
        restore
      case release, setOffload
    }
  }

  /// The conditions.
  public enum Guard: UInt8, Symbol {
    /// The options are within their bounds.
    case isPossible
    /// No migration comes in.
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
    /// Frames have a header.
    case hasHeader
    /// The user gave a send buffer, be it 0.
    case isSendBufferAsked
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
    /// The properties were recorded.
    case isRecorded
    /// The refusal says that there is no interface any more.
    case isGone
    /// The offloads that were refused have USO in them.
    case wantsUSO
    /// The offloads that were refused have UFO in them.
    case wantsUFO
  }

  /// The computations.
  public enum Action: UInt8, Symbol {
    case begin, beginIncoming, noteDeferred, noteOpened, noteDone, retreat, forget
    case noteRefusal, noteImpossible, noteNoHeader, noteNoQueues, noteInUse, noteWarning, answer
    case openDevice, readFeatures, noteFeatures, countQueues, presizeHeader, attach, noteName
    case setNonBlocking, readIndex, noteIndex
    case probeUFO, noteUFO, probeUSO, noteUSO, probeTunnel, noteTunnel, resetOffload
    case sizeHeader, noteHeader, sizeSendBuffer, noteSized
    case inspect, noteOffer, noteSeen, refuseEmpty, refuseDescriptors
    case noteState, apply, noteTaken, hold, serve, drop, abandon, shut
    case describe, noteDescribed, noteLent, noteWithdrawn, restore, noteRestored
    case noteWish, setOffload, dropUSO, dropUFO, noteOffload
  }

  /// The name of the chart.
  public static let name: StaticString = "Tap"
  /// The flattened chart.
  public static let table = Table<Self>.trusted()
}

extension TapChart.State {
  /// The state's name, also where there is no reflection.
  var label: StaticString {
    switch self {
    case .new: "new"
    case .waiting: "waiting"
    case .opening: "opening"
    case .openingDevice: "openingDevice"
    case .readingFeatures: "readingFeatures"
    case .choosing: "choosing"
    case .countingQueues: "countingQueues"
    case .presizingHeader: "presizingHeader"
    case .attaching: "attaching"
    case .settingNonBlocking: "settingNonBlocking"
    case .readingIndex: "readingIndex"
    case .probingUFO: "probingUFO"
    case .probingUSO: "probingUSO"
    case .probingTunnel: "probingTunnel"
    case .resettingOffload: "resettingOffload"
    case .sizingHeader: "sizingHeader"
    case .sizingSendBuffer: "sizingSendBuffer"
    case .ready: "ready"
    case .undoing: "undoing"
    case .expecting: "expecting"
    case .inert: "inert"
    case .adopting: "adopting"
    case .adopted: "adopted"
    case .loaded: "loaded"
    case .attached: "attached"
    case .polling: "polling"
    case .quiesced: "quiesced"
    case .describing: "describing"
    case .offloading: "offloading"
    case .applying: "applying"
    case .lent: "lent"
    case .restoring: "restoring"
    case .released: "released"
    case .closing: "closing"
    case .closed: "closed"
    case .failed: "failed"
    }
  }
}
