public import BatonCore

extension TapChart {
  /// What the driver is asked to do; see ``Tap/perform(_:)``.
  public enum Effect: Message, Hashable, Sendable {
    /// Answer the command with an error.
    case answer(Refusal)
    /// Register with the notifier list.
    case enlist
    /// End the registration with the list of notifiers.
    case resign
    /// Open /dev/net/tun once more.
    case openDevice
    /// Ask for the IFF_ bits that the kernel knows.
    case readFeatures
    /// Ask how many queues of the interface are open in any process.
    case countQueues(InterfaceName)
    /// Put the header of an unattached descriptor to the size that every kernel starts with.
    case presizeHeader
    /// Attach the descriptor that was opened last (TUNSETIFF).
    case attach(InterfaceName, TunFlags)
    /// Ask what the interface is that could not be attached.
    case readLink(InterfaceName)
    /// Start the helper, which sends the descriptor of a TAP at this bridge.
    case runHelper(TapProgram, InterfaceName?)
    /// Look at the descriptors that were given, and keep them.
    case examine(TapOptions)
    /// Start the script, with the interface's name.
    case runScript(TapProgram, InterfaceName)
    /// Start the down script, with the interface's name.
    case runDownScript(TapProgram, InterfaceName)
    /// Kill the program that was started last if it still runs.
    case endProgram
    /// Tell the device that the TAP is open; or why it is not, after it took its time.
    case tellOpened
    /// Tell the device that it is closed for good, and that nothing is owed any more.
    case tellClosed
    /// The same when it could not be opened.
    case tellUnopened(Refusal)
    /// Tell the user of something that ends nothing.
    case warn(Refusal)
    /// Set O_NONBLOCK on the last descriptor.
    case setNonBlocking
    /// Ask for the interface's index.
    case readIndex(InterfaceName)
    /// Set it for the whole device.
    case set(TapSetting, UInt32)
    /// Compare the descriptors that were received with the offer, and keep them.
    case inspect(TapOptions, TapOffer)
    /// Set what the kernel has not yet.
    case apply(TapSettings)
    /// Ask the kernel what the TAP is; the rest is as recorded.
    case describe(TapProperties)
    /// Ask again and put back what differs; when others may have changed the device, also what
    /// the kernel does not tell.
    case restore(TapProperties, wasLent: Bool)
    /// Stop reading and writing; the descriptors stay open.
    case hold
    /// Read and write frames from here on.
    case serve
    /// Stop watching, then close the descriptors.
    case drop
    /// The same, end the registration, and lose the guest's frames from now on.
    case abandon
    /// The same for good, frames apart; answer when it is done.
    case shut
    /// Tell the device that the interface is gone, and why.
    case tellLoss(Refusal)

    /// The names of the effects, in the order of the cases.
    public enum Kind: UInt8, Symbol {
      /// What the embedder and the notifiers hear, and the calls that open a TAP, in their order.
      case answer, enlist, resign, openDevice, readFeatures, countQueues, presizeHeader, attach
      /// The rest of the opening, what a migration asks for, and whether frames flow.
      case setNonBlocking, readIndex, set, inspect, apply, describe, restore, hold, serve, drop
      /// The TAP is let go of for good, with or without an answer to it, or its loss is told.
      case abandon, shut, tellLoss
      /// Other programs, what they bring, and what the device and its user are told of it.
      case readLink, runHelper, examine, runScript, runDownScript, endProgram, tellOpened
      /// It could not be opened, or something is to be told that ends nothing.
      case tellUnopened, warn, tellClosed
    }

    /// The name of the effect.
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
      case .set: .set
      case .inspect: .inspect
      case .apply: .apply
      case .describe: .describe
      case .restore: .restore
      case .hold: .hold
      case .serve: .serve
      case .drop: .drop
      case .abandon: .abandon
      case .shut: .shut
      case .tellLoss: .tellLoss
      case .readLink: .readLink
      case .runHelper: .runHelper
      case .examine: .examine
      case .runScript: .runScript
      case .runDownScript: .runDownScript
      case .endProgram: .endProgram
      case .tellOpened: .tellOpened
      case .tellClosed: .tellClosed
      case .tellUnopened: .tellUnopened
      case .warn: .warn
      }
    }
  }
}
