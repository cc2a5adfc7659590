import BatonCore

/// Who has the guest, as the lower half of the ownership word says.
///
/// One word of memory that both processes map decides a handover, so that at most one of them ever
/// runs the guest, whichever dies, hangs or is slow, and whenever. It changes by compare-and-swap
/// alone, and each swap belongs to one side. A number never gets another meaning.
///
///     held ──▶ offered ──▶ taken ──▶ running
///                 │          │ └──▶ condemned
///                 ▼          ▼           │
///              revoked ◀─────┴───────────┘
///
///     swap                  by          when
///     held → offered        the source  the guest is stopped and its whole state has gone out
///     offered → taken       the target  every device accepts its state: the commit
///     offered → revoked     the source  for any reason
///     taken → running       the target  the backends have their state
///     taken → revoked       the target  a backend refuses its state, or
///                           the source  the target is dead
///     taken → condemned     the source  the target does not start the guest in time
///     condemned → revoked   the target  it still can, and gives the guest back, or
///                           the source  the target is dead
///
/// *running* and *revoked* are final. There is no commit message: DOORBELL and RUNNING wake the
/// other side up, which then looks here: epoll cannot wait for a word. A swap that fails is no
/// error; it says who was first.
///
/// The rules are those of docs/PROTOCOL.md ("The ownership word"); `OutgoingChart` and
/// `IncomingChart` ask for the swaps, and BatonProof walks every interleaving of them.
public enum Ownership: UInt32, Hashable, Sendable, BitwiseCopyable, CaseIterable {
  /// The source runs the guest.
  case held = 1
  /// Nobody runs it: it is stopped and its whole state has been sent.
  case offered = 2
  /// The target owns it and has not started it.
  case taken = 3
  /// The target runs it, for ever as far as this handover goes.
  case running = 4
  /// The source runs it, for ever as far as this handover goes.
  case revoked = 5
  /// The source took it from a target that had it and did not answer: nobody runs it, the target
  /// never will, and its death, or its giving back, makes it *revoked*.
  case condemned = 6
}

/// The ownership word of one handover, in a sealed memfd of 8 bytes or more: ``Ownership`` in the
/// lower 32 bits, the handover's random id in the upper ones, so that a page of an earlier handover
/// is never mistaken for this one.
struct OwnershipWord: ~Copyable {
  private let word: SharedWord
  /// The handover's id, which the source draws at random and says in HELLO.
  let handover: UInt32

  /// Creates the word at *held*, as the source does before it greets.
  ///
  /// - Throws: What the kernel refused: the memfd, its size, its seals or the mapping.
  init(handover: UInt32, in kernel: Kernel) throws(SystemError) {
    let word = try SharedWord(creatingIn: kernel)
    _ = word.compareExchange(expected: 0, desired: Self.value(.held, handover))
    self.word = word
    self.handover = handover
  }

  /// Maps the word that the source created.
  ///
  /// - Throws: When it is no sealed memfd, or belongs to another handover.
  init(
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
  var descriptor: CInt { word.number }

  /// Who runs the guest now; nil when the word holds nothing that this protocol writes.
  var owner: Ownership? { Self.owner(word.load(), handover) }

  /// The one step that changes the word: a compare-and-swap.
  ///
  /// - Returns: The owner afterwards: `to` when the swap succeeded, else what was found.
  func swap(from: Ownership, to: Ownership) -> Ownership? {
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
