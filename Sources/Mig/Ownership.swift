public import BatonCore

/// Who runs the guest, as the lower half of the ownership word says (docs/PROTOCOL.md). A
/// number never gets another meaning.
public enum Ownership: UInt32, Hashable, Sendable, BitwiseCopyable, CaseIterable {
  /// The source runs the guest.
  case held = 1
  /// Nobody runs it: it is stopped and its whole state has been sent.
  case offered = 2
  /// The target owns it and has not started it.
  case taken = 3
  /// The target runs it.
  case running = 4
  /// The source runs it, for ever.
  case revoked = 5
  /// The source took it from a target that had it and did not answer: nobody runs it, the target
  /// never will, and its death, or its giving back, makes it *revoked*.
  case condemned = 6
}

/// The ownership word of one handover: the state below, the handover's random id above, so that a
/// page of an earlier handover is never mistaken for this one.
public struct OwnershipWord: ~Copyable {
  private let word: SharedWord
  /// The upper half of the word.
  public let handover: UInt32

  /// Creates the word at *held*.
  public init(handover: UInt32, in kernel: Kernel) throws(SystemError) {
    let word = try SharedWord(creatingIn: kernel)
    _ = word.compareExchange(expected: 0, desired: Self.value(.held, handover))
    self.word = word
    self.handover = handover
  }

  /// Maps the word that the source created.
  ///
  /// - Throws: When it is no sealed memfd, or belongs to another handover.
  public init(
    adopting descriptor: consuming Descriptor, handover: UInt32
  ) throws(Refusal) {
    let word: SharedWord
    do { word = try SharedWord(adopting: descriptor) } catch { throw Refusal(sharedWord: error) }
    let found = UInt32(truncatingIfNeeded: word.load() >> 32)
    guard found == handover else {
      throw .mismatch(
        .handoverID, subject: Name("ownership word"), here: .bits(UInt64(handover)),
        there: .bits(UInt64(found)))
    }
    self.word = word
    self.handover = handover
  }

  /// The number of the memfd, lent to be sent.
  public var descriptor: CInt { word.number }

  /// Who runs the guest now; nil when the word holds nothing that this protocol writes.
  public var owner: Ownership? { Self.owner(word.load(), handover) }

  /// The one step that changes the word: a compare-and-swap.
  ///
  /// - Returns: The owner afterwards: `to` when the swap succeeded, else what was found.
  public func swap(from: Ownership, to: Ownership) -> Ownership? {
    let result = word.compareExchange(
      expected: Self.value(from, handover), desired: Self.value(to, handover))
    return result.exchanged ? to : Self.owner(result.original, handover)
  }

  static func value(_ owner: Ownership, _ handover: UInt32) -> UInt64 {
    UInt64(handover) << 32 | UInt64(owner.rawValue)
  }

  private static func owner(_ word: UInt64, _ handover: UInt32) -> Ownership? {
    guard UInt32(truncatingIfNeeded: word >> 32) == handover else { return nil }
    return Ownership(rawValue: UInt32(truncatingIfNeeded: word))
  }
}

@available(*, unavailable)
extension OwnershipWord: Sendable {}
