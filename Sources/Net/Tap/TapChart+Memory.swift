package import BatonCore

extension TapChart {
  /// The extended state: flat, so that a machine can be hashed, compared and restored.
  public struct Memory: Hashable, Sendable {
    /// How the TAP is wished for.
    package var options: TapOptions
    /// What the TAP is, as far as it is known.
    public var properties: TapProperties
    /// What the source offers, from the offer until it is taken or given up.
    package var offer: TapOffer?
    /// What the source had last.
    package var saved: TapProperties?
    /// The IFF_ bits that the kernel knows; none when it could not be asked.
    package var features: UInt32 = 0
    /// The index of the macvtap whose queues are opened; 0 for a TAP.
    package var macvtap: UInt32 = 0
    /// The offloads beyond TSO that the kernel knows, by trying them.
    package var probed: TunOffload = []
    /// The offloads that the guest's driver wants.
    package var wish: TunOffload = []
    /// How many queues are attached so far.
    package var opened = 0
    /// The setting whose turn it is, or was last, on the way up.
    package var setting: TapSetting?
    /// True from the start on the incoming side until the guest runs here.
    package var isIncoming = false
    /// True while the pre-incoming event opens the TAP.
    package var wasWaiting = false
    /// True while the descriptors are the source's.
    package var isAdopted = false
    /// True while a target may hold our descriptors.
    package var isOffered = false
    /// True while nothing is read or written.
    package var isHeld = false
    /// True once `properties` were read for an offer.
    package var isRecorded = false
    /// True while the down script is this process's to run.
    package var owesDown = false
    /// True while the guest may be the target's, and the duty with it.
    package var isGivenAway = false
    /// True from the adoption until the guest runs here, when the source had the duty.
    package var inherits = false
    /// Why the down script runs.
    var ending = Ending.closing
    /// How many settings were put back after targets that did not run the guest.
    package var putBack: UInt32 = 0
    /// Why the last start failed, or the interface was lost.
    package var refusal: Refusal?
    /// The last refusal that was passed over.
    package var warning: Refusal?

    /// What a TAP comes to once its down script has run.
    enum Ending: UInt8 {
      /// It is closed for good.
      case closing
      /// The guest has another one elsewhere.
      case releasing
      /// It waits for another migration.
      case retreating
      /// It could not be opened.
      case undoing
    }

    /// A TAP that nobody has asked for yet.
    package init(options: TapOptions) {
      self.options = options
      properties = TapProperties(
        name: options.requestedName, index: 0, flags: options.flags(withHeader: false),
        queues: options.queues)
      // What a new device has, and what the probes leave behind.
      properties[.offload] = 0
    }

    /// A TAP that is opened anew; a duty that is still owed for the one before stays.
    init(again former: Self) {
      self.init(options: former.options)
      owesDown = former.owesDown
    }

    /// A TAP that waits for what a migration brings.
    init(incoming options: TapOptions) {
      self.init(options: options)
      isIncoming = true
    }
  }
}

// MARK: - On the way up

extension TapChart.Memory {
  /// How refusals name the interface before the kernel has.
  var subject: Name { options.requestedName.text }

  /// The flags that a descriptor is attached with.
  var flagsToOpen: TunFlags {
    let isKnown = features & UInt32(TunFlags.vnetHeader.rawValue) != 0
    return options.flags(withHeader: options.vnetHeader != .off && isKnown)
  }

  /// What the opening sets; nil for what it leaves as it is.
  func wish(for setting: TapSetting) -> UInt32? { setting.wish(options, properties.flags) }

  /// One more queue is attached, to the interface of this name.
  mutating func noteQueue(of name: InterfaceName) {
    properties.name = name
    properties.flags = flagsToOpen
    opened += 1
  }

  /// The kernel took these offloads.
  mutating func noteProbed(_ bits: UInt32) { probed.formUnion(TunOffload(rawValue: bits)) }

  /// The refusal of a kernel that does not know what the options need.
  func lack(of flag: TunFlags) -> Refusal {
    Refusal(
      .invalid, field: .interfaceFlags, subject: subject, here: .bits(UInt64(features)),
      there: .bits(UInt64(flag.rawValue)))
  }

  /// Descriptors were given, and are what the kernel says.
  mutating func noteExamined(_ seen: TapProperties) {
    properties = seen
    properties[.offload] = 0
    opened = seen.queues
  }

  /// Whether an interface of this kind is what the options ask for.
  func asksFor(_ found: TunFlags) -> Bool {
    let wanted = options.flags(withHeader: false).intersection(.told)
    return found.intersection(.told) == wanted
  }

  /// The refusal of an interface that is another one than the options ask for.
  func other(_ event: TapChart.Event?) -> Refusal? {
    guard case .link(let found) = event else { return nil }
    return Refusal(
      .otherInterface, field: .interfaceKind, subject: subject,
      here: .name(options.flags(withHeader: false).kind), there: .name(found.kind))
  }

  /// The refusal of a program that did not end in time.
  func lateness(of purpose: TapProgram.Purpose) -> Refusal? {
    guard let program = purpose.program(options) else { return nil }
    return Refusal(
      .programLate, field: purpose.field, subject: properties.name.text,
      here: .number(UInt64(options.programMillis)), there: .name(program.name))
  }

  /// The refusal of an offer without the descriptors that are expected.
  var emptiness: Refusal {
    .mismatch(.backendTransfer, subject: subject, here: .flag(true), there: .flag(false))
  }
}

// MARK: - During a move

extension TapChart.Memory {
  /// The descriptors are the source's, and are what the kernel says.
  mutating func adopt(_ seen: TapProperties) {
    properties = seen
    isAdopted = true
    isHeld = true
    inherits = offer?.isOwed ?? false
  }

  /// Whether the down script is to be run here and now.
  var owes: Bool { owesDown && !isGivenAway }

  /// What was lent is ours alone again, and so is the duty.
  mutating func takeBack() {
    isOffered = false
    isGivenAway = false
  }

  /// The guest runs here: what its source owed is owed here.
  mutating func inherit() {
    owesDown = owesDown || inherits
    inherits = false
  }

  /// What the kernel says is what a restore puts back.
  mutating func record(_ found: TapProperties) {
    properties = found
    isRecorded = true
  }

  /// What the source had last and the kernel has not.
  var settings: TapSettings {
    var settings = TapSettings()
    guard let saved else { return settings }
    for setting in TapSetting.allCases
    where setting.isTakenOver(isAdopted: isAdopted, saved.flags)
      && saved[setting] != properties[setting]
    {
      settings[setting] = saved[setting]
    }
    return settings
  }

  /// What the source had last is what the kernel has.
  mutating func take() {
    guard let saved else { return }
    let settings = settings
    for setting in TapSetting.allCases where settings[setting] != nil || !setting.isTold {
      properties[setting] = saved[setting]
    }
    self.saved = nil
  }
}
