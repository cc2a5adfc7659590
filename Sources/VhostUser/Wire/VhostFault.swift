public import BatonCore

/// Why a front-end lost its session: what it did against the protocol, or what the kernel refused.
public enum VhostFault: Error, Hashable, Sendable {
  /// A message of a version that is not 1, with the flags that it had.
  case version(flags: UInt32)
  /// A request whose number is not known, or that was not negotiated.
  case unknownRequest(UInt32)
  /// A payload of another length than its request has.
  case payload(VhostRequest, expected: Int, found: Int)
  /// More or fewer descriptors than the message speaks of.
  case descriptors(VhostRequest, expected: Int, found: Int)
  /// Descriptors that no message speaks of.
  case strayDescriptors(Int)
  /// Descriptors were lost on their way (MSG_CTRUNC): this process may have no more open.
  case lostDescriptors
  /// The stream ended inside a message.
  case truncated(byteCount: Int)
  /// Features that were not offered, or that lack one that they need.
  case features(offered: UInt64, found: UInt64)
  /// Protocol features that were not offered.
  case protocolFeatures(offered: UInt64, found: UInt64)
  /// A ring that there is not.
  case ring(index: UInt32, count: Int)
  /// No length that a ring may have: a power of two is, up to so much.
  case ringSize(index: Int, most: Int, found: UInt32)
  /// An index of a ring that does not fit 16 bits.
  case ringBase(index: Int, found: UInt32)
  /// A part of a ring outside of the guest's memory or not aligned: 0 descriptors, 1 available,
  /// 2 used.
  case ringPlace(index: Int, part: UInt8, address: UInt64)
  /// A ring that was started when it had no size, no place, or the device no features.
  case ringNotReady(index: Int)
  /// What the guest did to a ring.
  case ringFault(index: Int, reason: UInt8)
  /// A request that cannot be while a ring runs.
  case ringRuns(VhostRequest, index: Int)
  /// More regions of memory than may be, or none.
  case regions(most: Int, found: Int)
  /// A region of no bytes, over the end of the address space, over another one, or longer than its
  /// file.
  case region(index: Int, address: UInt64, byteCount: UInt64)
  /// A log that is shorter than the memory needs, in bytes.
  case log(needed: UInt64, found: UInt64)
  /// The file of a region or of the log was shortened while it was used.
  case memoryLost
  /// A file that the front-end can shorten, in a process that would not outlive it: it is not
  /// sealed (F_SEAL_SHRINK), and `Kernel.surviveShrinking()` was not called.
  case unsealed
  /// The descriptor of a ring's kick has nobody at its other end, or cannot be read.
  case ringKick(index: Int)
  /// Too much waits to be read by the front-end, in bytes.
  case unread(Int)
  /// The kernel refused a call.
  case system(SystemError)
}

extension VhostFault: CustomStringConvertible {
  /// What is wrong, with both values.
  public var description: String {
    switch self {
    case .version(let flags):
      "the version of a message is \(flags & 3), expected 1"
    case .unknownRequest(let number): "request \(number) is not known"
    case .payload(let request, let expected, let found):
      "\(request.name): \(found) bytes of payload, expected \(expected)"
    case .descriptors(let request, let expected, let found):
      "\(request.name): \(found) descriptors, expected \(expected)"
    case .strayDescriptors(let count): "\(count) descriptors belong to no message"
    case .lostDescriptors:
      "descriptors of a message were lost on their way: this process may have no more open"
    case .truncated(let count): "the stream ends inside a message, after \(count) bytes"
    case .features(let offered, let found):
      "features \(Self.hex(found)) are not possible, offered \(Self.hex(offered))"
    case .protocolFeatures(let offered, let found):
      "protocol features \(Self.hex(found)) are not possible, offered \(Self.hex(offered))"
    case .ring(let index, let count): "there is no ring \(index), of \(count)"
    case .ringSize(let index, let most, let found):
      "ring \(index): \(found) entries, expected a power of two up to \(most)"
    case .ringBase(let index, let found):
      "ring \(index): the base \(found) is above 65535"
    case .ringPlace(let index, let part, let address):
      "ring \(index): its \(Self.part(part)) at \(Self.hex(address)) is not in guest memory, or "
        + "not aligned"
    case .ringNotReady(let index):
      "ring \(index) is started without size, address, memory or features"
    case .ringFault(let index, let reason): "ring \(index) is broken by its guest (\(reason))"
    case .ringRuns(let request, let index): "\(request.name) while ring \(index) runs"
    case .regions(let most, let found): "\(found) regions of memory, expected 1 to \(most)"
    case .region(let index, let address, let count):
      "region \(index) of memory, \(count) bytes at \(Self.hex(address)), cannot be"
    case .log(let needed, let found):
      "the log has \(found) bytes, the memory needs \(needed)"
    case .memoryLost: "a file of the guest's memory, or of the log, was shortened"
    case .unsealed:
      "a file of the guest's memory, or of the log, is not sealed against shrinking, expected "
        + "F_SEAL_SHRINK in a process without a handler for it"
    case .ringKick(let index): "the kick of ring \(index) cannot be read any more"
    case .unread(let count): "\(count) bytes were left unread"
    case .system(let error): "\(error)"
    }
  }

  private static func hex(_ number: UInt64) -> String { "0x" + String(number, radix: 16) }

  private static func part(_ number: UInt8) -> String {
    ["descriptor table", "available ring", "used ring"][Int(min(number, 2))]
  }
}
