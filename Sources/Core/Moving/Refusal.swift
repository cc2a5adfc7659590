/// Why something was not done: flat, so that it fits an event, a machine's memory and the wire, and
/// complete, so that its text names both values.
public struct Refusal: Error, Hashable, Sendable, BitwiseCopyable {
  /// What went wrong, as it travels: the raw value of ``cause`` unless that is `unknown`.
  public private(set) var causeNumber: UInt8
  /// Which property differs, as it travels: the raw value of ``field`` unless that is `unknown`.
  public private(set) var fieldNumber: UInt8
  /// The device, interface, path or region that it is about; empty for the migration as a whole.
  public var subject: Name
  /// The value on the side that refuses.
  public var here: Value
  /// The value that the other side, or the user, gave.
  public var there: Value
  /// The system call that was refused, for `Cause.systemCall`: a `Call` raw value, or one that only
  /// the other side knows.
  public var call: UInt8
  /// The errno of the call, see ``Errno``; 0 when there was none.
  public var code: Int32

  /// A refusal; what does not apply is left out.
  public init(
    _ cause: Cause, field: Field = .none, subject: Name = Name(), here: Value = .none,
    there: Value = .none, call: UInt8 = 0, code: Int32 = 0
  ) {
    causeNumber = cause.rawValue
    fieldNumber = field.rawValue
    self.subject = subject
    self.here = here
    self.there = there
    self.call = call
    self.code = code
  }

  /// What another side said; numbers that are not known here are kept.
  init(
    causeNumber: UInt8, fieldNumber: UInt8, subject: Name, here: Value, there: Value, call: UInt8,
    code: Int32
  ) {
    self.init(.unknown, subject: subject, here: here, there: there, call: call, code: code)
    self.causeNumber = causeNumber
    self.fieldNumber = fieldNumber
  }

  /// What went wrong, which says what the other properties mean.
  public var cause: Cause { Cause(rawValue: causeNumber) ?? .unknown }

  /// Which property differs, for `Cause.mismatch` and `Cause.invalid`.
  public var field: Field { Field(rawValue: fieldNumber) ?? .unknown }

  /// True when this side has words for all that the refusal says.
  public var isKnown: Bool {
    cause != .unknown && field != .unknown && here.isKnown && there.isKnown
      && (cause != .systemCall || Call(rawValue: call) != nil)
  }

  /// A property that differs between this side and the other one.
  public static func mismatch(
    _ field: Field, subject: Name, here: Value, there: Value
  ) -> Refusal {
    Refusal(.mismatch, field: field, subject: subject, here: here, there: there)
  }

  /// A value in a refusal.
  public enum Value: Hashable, Sendable, BitwiseCopyable {
    /// There is no value on this side.
    case none
    /// A count, size, version, identifier or index.
    case number(UInt64)
    /// A set of bits, shown in hexadecimal.
    case bits(UInt64)
    /// A name, such as an interface's or a status'.
    case name(Name)
    /// On or off, present or absent.
    case flag(Bool)
    /// A value of a kind that this side does not know; the number of the kind.
    case unknown(kind: UInt8)

    fileprivate var isKnown: Bool {
      switch self {
      case .none, .number, .bits, .name, .flag: true
      case .unknown: false
      }
    }
  }

  /// What went wrong.
  ///
  /// The raw values travel (docs/PROTOCOL.md): a new one takes the next number, and a number is
  /// never given to another one. One that this side does not know is `unknown` here and keeps its
  /// number.
  public enum Cause: UInt8, CaseIterable, Hashable, Sendable, BitwiseCopyable {
    /// Two sides differ in a property.
    case mismatch = 0
    /// A property has a value that cannot be.
    case invalid = 1
    /// A system call was refused.
    case systemCall = 2
    /// The target has no device of this name.
    case missingDevice = 3
    /// The source did not offer a device that the target waits for.
    case notOffered = 4
    /// The target's TAP is open already and cannot take descriptors.
    case alreadyOpen = 5
    /// The channel cannot carry descriptors.
    case channelCarriesNoDescriptors = 6
    /// Another user is at the other end of the channel.
    case foreignUser = 7
    /// A descriptor is not what it should be.
    case wrongDescriptor = 8
    /// The same open file came twice.
    case duplicateDescriptor = 9
    /// Descriptors were lost on the way (MSG_CTRUNC), or more or fewer came than announced.
    case descriptorCount = 10
    /// The stream ended inside a record.
    case truncatedStream = 11
    /// A record is not well formed.
    case malformedRecord = 12
    /// A record came that this state of the migration does not expect.
    case unexpectedRecord = 13
    /// Nobody listens at the address.
    case noListener = 14
    /// The address is not understood.
    case badAddress = 15
    /// A memory region is neither shared nor copied.
    case memoryNotShared = 16
    /// The other side did not answer in time.
    case timeout = 17
    /// The process at the other end died.
    case peerDied = 18
    /// The other end closed the channel.
    case channelClosed = 19
    /// The user cancelled, on this side or the other.
    case cancelled = 20
    /// A notifier vetoed what was about to begin.
    case vetoed = 21
    /// The command does not fit the state.
    case wrongState = 22
    /// The target gave the guest back before it ran it.
    case givenBack = 23
    /// Another process has the TAP open.
    case queuesInUse = 24
    /// The other side sent a record of a type that is not known here and may not be skipped.
    case unknownRecord = 25
    /// The source may not kill the target, as it has to when that hangs with the guest.
    case unkillable = 26
    /// A program of the user's ended with another status than 0.
    case programFailed = 27
    /// A program of the user's was ended by a signal.
    case programKilled = 28
    /// A program of the user's did not end in time, and was killed.
    case programLate = 29
    /// A helper ended and sent no descriptor.
    case noDescriptor = 30
    /// The descriptors that were given from outside are gone: closed, or handed on.
    case usedUp = 31
    /// It is wished for by all means, and cannot be had here.
    case unsupported = 32
    /// The interface is another one than the options need.
    case otherInterface = 33
    /// Two options exclude each other.
    case excluded = 34
    /// A cause whose number this side does not know: ``Refusal/causeNumber`` has it.
    case unknown = 255
  }

  /// The properties that two sides compare; the numbers follow the rule of ``Cause``.
  public enum Field: UInt8, CaseIterable, Hashable, Sendable, BitwiseCopyable {
    /// No property, or one that has no name.
    case none = 0
    /// The newest version of the protocol that a side speaks.
    case protocolVersion = 1
    /// Whether backends travel as descriptors.
    case backendTransfer = 2
    /// What a device is, such as `net`.
    case deviceKind = 3
    /// The version of a device's offer or state.
    case deviceVersion = 4
    /// How many queues, or queue pairs, there are.
    case queueCount = 5
    /// Which queue a descriptor is, by its place.
    case queueOrder = 6
    /// The name of the network interface.
    case interfaceName = 7
    /// The interface's index in its network namespace.
    case interfaceIndex = 8
    /// The IFF_ flags of the TAP.
    case interfaceFlags = 9
    /// How many bytes of virtio-net header stand before a frame.
    case headerSize = 10
    /// How many bytes the TAP may have on their way (TUNSETSNDBUF).
    case sendBuffer = 11
    /// What the TAP may leave to the guest (TUNSETOFFLOAD).
    case offload = 12
    /// What a descriptor leads to.
    case descriptorKind = 13
    /// Whether O_NONBLOCK is set on a descriptor.
    case nonBlocking = 14
    /// The virtio feature bits that a device offers or its driver accepted.
    case features = 15
    /// The status byte that the guest's driver wrote (virtio 1.2, 2.1).
    case status = 16
    /// The MAC address that the guest sees.
    case macAddress = 17
    /// How many queue pairs the guest uses.
    case activeQueues = 18
    /// How many entries a ring has.
    case ringSize = 19
    /// Where a ring lies in guest memory.
    case ringAddress = 20
    /// How far a ring was read or written.
    case ringIndex = 21
    /// How many bytes the configuration of a device has.
    case configSize = 22
    /// How many bytes of memory there are.
    case memorySize = 23
    /// Where the guest sees a memory region.
    case memoryAddress = 24
    /// How many regions the layout of the guest's memory has.
    case regionCount = 25
    /// The seals of a memfd.
    case seals = 26
    /// The user that the peer runs as (SO_PEERCRED), beside the one that was allowed.
    case userID = 27
    /// The type of a record, or what stands in its place.
    case recordType = 28
    /// How many bytes a record or a structure has.
    case recordLength = 29
    /// The version in the header of a record.
    case recordVersion = 30
    /// The random id of a handover.
    case handoverID = 31
    /// How many devices were offered, and how many are there to take them.
    case deviceCount = 32
    /// The state of a migration or of a device.
    case state = 33
    /// Where a migration was to go or come from: `unix:` and a path.
    case address = 34
    /// The largest packet that the guest is told of, in bytes.
    case mtu = 35
    /// How many records of a kind a side sends.
    case recordCount = 36
    /// The largest packet of a TAP's interface, in bytes.
    case interfaceMTU = 37
    /// How long the guest may stand still for the switch.
    case switchTime = 38
    /// What sort of interface it is.
    case interfaceKind = 39
    /// The program that is run once a TAP is open.
    case script = 40
    /// The program that is run when a TAP is closed for good.
    case downScript = 41
    /// The program that makes a TAP.
    case helper = 42
    /// TAPs that were given from outside, as descriptors.
    case givenDescriptors = 43
    /// The kernel's own datapath.
    case vhost = 44
    /// The network namespace of an interface: its name, its number, or what stands in its place.
    case network = 47
    /// On what sort of file system the file of a memory region is.
    case memoryKind = 50
    /// A property whose number this side does not know: ``Refusal/fieldNumber`` has it.
    case unknown = 255
  }
}
