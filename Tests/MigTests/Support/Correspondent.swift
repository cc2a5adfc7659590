import BatonCore
import Glibc

@testable import BatonMig

/// One end of a channel that remembers what it was told.
final class Correspondent: ChannelOwner {
  struct Letter: Equatable {
    let type: RecordType
    let payload: [UInt8]
    /// The sizes of the memfds that came with it, in order.
    var sizes: [Int] = []
  }

  private(set) var letters: [Letter] = []
  private(set) var drainedCount = 0
  private(set) var closedCount = 0
  private(set) var refusals: [Refusal] = []
  private(set) var areAllCloseOnExec = true
  private let kernel: Kernel
  var channel: Channel?
  /// Closes its channel after so many letters.
  var patience = Int.max

  init(_ kernel: Kernel) { self.kernel = kernel }

  func channel(
    received type: RecordType, _ payload: borrowing RawSpan, _ descriptors: consuming Descriptors
  ) {
    var letter = Letter(
      type: type,
      payload: (0..<payload.byteCount).map {
        payload.unsafeLoad(fromByteOffset: $0, as: UInt8.self)
      })
    for position in 0..<descriptors.count {
      let number = descriptors[position]
      letter.sizes.append((try? kernel.kind(of: number).size) ?? -1)
      if fcntl(number, F_GETFD) != FD_CLOEXEC { areAllCloseOnExec = false }
    }
    letters.append(letter)
    if letters.count == patience { channel?.close() }
  }

  func channelDrained() { drainedCount += 1 }

  func channelClosed() { closedCount += 1 }

  func channelBroken(_ refusal: Refusal) { refusals.append(refusal) }
}
