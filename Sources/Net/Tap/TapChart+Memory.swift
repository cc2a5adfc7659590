public import BatonCore

extension TapChart {
  /// The extended state.
  public struct Memory: Hashable, Sendable {
    /// How the TAP is wished for.
    public var options: TapOptions
    /// What the TAP is, as far as it is known.
    public var properties: TapProperties
    /// What the source offers.
    public var offer: TapOffer?
    /// What the source had last.
    public var saved: TapProperties?
    /// The IFF_ bits that the kernel knows; none when it could not be asked.
    public var features: UInt32 = 0
    /// The offloads beyond TSO that the kernel knows, by trying them.
    public var probed: TunOffload = []
    /// The offloads that the guest's driver wants.
    public var wish: TunOffload = []
    /// How many queues are attached so far.
    public var opened = 0
    /// True from the start on the incoming side until the guest runs here.
    public var isIncoming = false
    /// True while the pre-incoming event opens the TAP.
    public var wasWaiting = false
    /// True while the descriptors are the source's.
    public var isAdopted = false
    /// True while a target may hold our descriptors.
    public var isOffered = false
    /// True while nothing is read or written.
    public var isHeld = false
    /// True once `properties` were read for an offer.
    public var isRecorded = false
    /// How many settings were put back after targets that did not run the guest.
    public var putBack: UInt32 = 0
    /// Why the TAP failed.
    public var refusal: Refusal?
    /// The last refusal that was passed over.
    public var warning: Refusal?

    /// A TAP that nobody has asked for yet.
    public init(options: TapOptions) {
      self.options = options
      properties = TapProperties(
        name: options.requestedName, index: 0, flags: options.flags(withHeader: false),
        headerSize: 0, sendBuffer: UInt32(Int32.max), offload: [], queues: options.queues)
    }

    /// The flags that a descriptor is attached with.
    var flagsToOpen: TunFlags {
      let isKnown = features & UInt32(TunFlags.vnetHeader.rawValue) != 0
      return options.flags(withHeader: options.vnetHeader != .off && isKnown)
    }

    /// What the source had last and the kernel has not.
    ///
    /// On adopted descriptors the source has set its offloads itself. On a TAP of its own the
    /// target keeps its own send buffer.
    var settings: TapSettings {
      var settings = TapSettings()
      guard let saved else { return settings }
      if saved.flags.contains(.vnetHeader), saved.headerSize != properties.headerSize {
        settings.headerSize = saved.headerSize
      }
      if isAdopted, saved.sendBuffer != properties.sendBuffer {
        settings.sendBuffer = saved.sendBuffer
      }
      if !isAdopted, saved.offload != properties.offload { settings.offload = saved.offload }
      return settings
    }
  }
}
