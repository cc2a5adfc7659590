/// Why something was not done: flat, so that it fits an event, a machine's memory and the wire, and
/// complete, so that its text names both values.
public struct Refusal: Error, Hashable, Sendable, BitwiseCopyable {
  /// What went wrong.
  public var cause: Cause
  /// Which property differs, for `Cause.mismatch` and `Cause.invalid`.
  public var field: Field
  /// The device, interface, path or region that it is about; empty for the migration as a whole.
  public var subject: Name
  /// The value on the side that refuses.
  public var here: Value
  /// The value that the other side, or the user, gave.
  public var there: Value
  /// The system call that was refused, for `Cause.systemCall`; a `Call` raw value.
  public var call: UInt8
  /// Its errno.
  public var code: Int32

  /// A refusal; what does not apply is left out.
  public init(
    _ cause: Cause, field: Field = .none, subject: Name = Name(), here: Value = .none,
    there: Value = .none, call: UInt8 = 0, code: Int32 = 0
  ) {
    self.cause = cause
    self.field = field
    self.subject = subject
    self.here = here
    self.there = there
    self.call = call
    self.code = code
  }

  /// A property that differs between this side and the other one.
  public static func mismatch(
    _ field: Field, subject: Name, here: Value, there: Value
  ) -> Refusal {
    Refusal(.mismatch, field: field, subject: subject, here: here, there: there)
  }

  /// A value in a refusal.
  public enum Value: Hashable, Sendable, BitwiseCopyable {
    /// No value.
    case none
    /// A count, size, version, identifier or index.
    case number(UInt64)
    /// A set of bits, shown in hexadecimal.
    case bits(UInt64)
    /// A name.
    case name(Name)
    /// On or off, present or absent.
    case flag(Bool)
  }

  /// What went wrong.
  public enum Cause: UInt8, CaseIterable, Hashable, Sendable, BitwiseCopyable {
    /// Two sides differ in a property.
    case mismatch
    /// A property has a value that cannot be.
    case invalid
    /// A system call was refused.
    case systemCall
    /// The target has no device of this name.
    case missingDevice
    /// The source did not offer a device that the target waits for.
    case notOffered
    /// The target's TAP is open already and cannot take descriptors.
    case alreadyOpen
    /// The channel cannot carry descriptors.
    case channelCarriesNoDescriptors
    /// Another user is at the other end of the channel.
    case foreignUser
    /// A descriptor is not what it should be.
    case wrongDescriptor
    /// The same open file came twice.
    case duplicateDescriptor
    /// Descriptors were lost on the way (MSG_CTRUNC), or more or fewer came than announced.
    case descriptorCount
    /// The stream ended inside a record.
    case truncatedStream
    /// A record is not well formed.
    case malformedRecord
    /// A record came that this state of the migration does not expect.
    case unexpectedRecord
    /// Nobody listens at the address.
    case noListener
    /// The address is not understood.
    case badAddress
    /// A memory region is neither shared nor copied.
    case memoryNotShared
    /// The other side did not answer in time.
    case timeout
    /// The process at the other end died.
    case peerDied
    /// The other end closed the channel.
    case channelClosed
    /// The user cancelled.
    case cancelled
    /// A notifier vetoed.
    case vetoed
    /// The command does not fit the state.
    case wrongState
    /// The target gave the guest back before it ran it.
    case givenBack
    /// Another process has the TAP open.
    case queuesInUse
  }

  /// The properties that two sides compare.
  public enum Field: UInt8, CaseIterable, Hashable, Sendable, BitwiseCopyable {
    case none, protocolVersion, backendTransfer, deviceKind, deviceVersion
    case queueCount, queueOrder, interfaceName, interfaceIndex, interfaceFlags, headerSize
    case sendBuffer, offload, descriptorKind, nonBlocking, features, status, macAddress
    case activeQueues, ringSize, ringAddress, ringIndex, configSize
    case memorySize, memoryAddress, regionCount, seals, userID, recordType, recordLength
    case recordVersion, handoverID, deviceCount, state, address, mtu
  }
}
