import BatonCore
import Testing

@testable import BatonMig

/// The word in shared memory, and the small values beside it.
@Suite(.timeLimit(.minutes(15))) struct OwnershipTests {
  /// A word at `owner`, reached by the swaps that lead there.
  private func word(at owner: Ownership, in kernel: Kernel) throws -> OwnershipWord {
    let word = try OwnershipWord(handover: 7, in: kernel)
    let way: [Ownership] =
      switch owner {
      case .held: [.held]
      case .offered: [.held, .offered]
      case .taken: [.held, .offered, .taken]
      case .running: [.held, .offered, .taken, .running]
      case .revoked: [.held, .offered, .revoked]
      case .condemned: [.held, .offered, .taken, .condemned]
      }
    for (from, to) in zip(way, way.dropFirst()) {
      let found = word.swap(from: from, to: to)
      #expect(found == to)
    }
    return word
  }

  @Test(arguments: Ownership.allCases, Ownership.allCases)
  func `a swap happens if the word says what was expected, and tells what it says`(
    says: Ownership, expected: Ownership
  ) throws {
    let kernel = LedgerKernel()
    let word = try word(at: says, in: kernel)
    let found = word.swap(from: expected, to: .revoked)
    let after = word.owner
    #expect(found == (says == expected ? .revoked : says))
    #expect(after == found)
  }

  @Test func `a word that has become another handover's has no owner here`() throws {
    let kernel = LedgerKernel()
    let shared = try SharedWord(creatingIn: kernel)
    let ours = OwnershipWord.value(.offered, 7)
    shared.compareExchange(expected: 0, desired: ours)
    let copy = Descriptor(owning: try kernel.duplicate(shared.number), in: kernel)
    let word = try OwnershipWord(adopting: copy, handover: 7)
    let before = word.owner
    shared.compareExchange(expected: ours, desired: OwnershipWord.value(.offered, 8))
    let after = word.owner
    let swapped = word.swap(from: .offered, to: .taken)
    #expect(before == .offered)
    #expect(after == nil)
    #expect(swapped == nil)
  }

  @Test func `both sides see one word`() throws {
    let kernel = LedgerKernel()
    let ours = try OwnershipWord(handover: 7, in: kernel)
    let copy = Descriptor(owning: try kernel.duplicate(ours.descriptor), in: kernel)
    let theirs = try OwnershipWord(adopting: copy, handover: 7)
    _ = ours.swap(from: .held, to: .offered)
    let taken = theirs.swap(from: .offered, to: .taken)
    let revoked = ours.swap(from: .offered, to: .revoked)
    #expect(taken == .taken)
    #expect(revoked == .taken)
  }

  @Test(arguments: [
    "unix:/a": Transport.unix, "tcp:a:1": .tcp, "file:a": .file, "exec:a": .exec, "fd:3": .unknown,
    "unix": .unknown, "UNIX:/a": .unknown,
  ])
  func `an address leads where its scheme says`(text: String, transport: Transport) {
    let address = MigrationAddress(text)
    #expect(address.transport == transport)
    #expect((address.path != nil) == (transport == .unix))
    #expect(address.shown.description == text)
  }

  @Test func `local is another name of the list`() {
    var parameters = MigrationParameters()
    #expect(!parameters.local)
    parameters.local = true
    #expect(parameters.backendTransfer == .virtioNetTap)
    parameters.backendTransfer = []
    #expect(!parameters.local)
  }

  @Test func `a phase that was not reached took no time`() {
    var stamps = HandoverStamps()
    stamps.begun = 100
    stamps.stopped = 130
    #expect(stamps[.stop] == 30)
    #expect(stamps[.quiesce] == 0)
    #expect(stamps.blackout == 0)
  }
}
