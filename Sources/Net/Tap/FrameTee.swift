import BatonCore

/// Someone who sees the frames between a guest and its TAP, and changes none of them.
package protocol FrameWitness: AnyObject {
  /// A frame has gone by, without the TAP's header: the guest has sent it and the kernel taken it,
  /// or the other way round. The bytes are lent for the call.
  func saw(frame: UnsafeRawBufferPointer, isFromGuest: Bool)
}

/// Stands between a TAP and the guest's device while somebody looks on.
///
/// Frames are then read into a buffer of ours and copied into the guest's, since nobody but the
/// guest may rely on what its memory holds.
final class FrameTee: FrameReceiver {
  private let witnesses: [any FrameWitness]
  /// Who takes the frames of the batch that is being read; nil between batches.
  private var receiver: VirtioNet?
  private var headerByteCount = 0

  init(_ witnesses: [any FrameWitness]) { self.witnesses = witnesses }

  /// The frames of a batch are for this device, and have a header of so many bytes.
  func begin(_ receiver: VirtioNet, headerByteCount: Int) {
    (self.receiver, self.headerByteCount) = (receiver, headerByteCount)
  }

  /// A frame has gone by, with its header.
  func saw(_ frame: UnsafeRawBufferPointer, headerByteCount: Int, isFromGuest: Bool) {
    guard frame.count > headerByteCount else { return }
    // Safe: within the frame, which is lent for the call.
    let rest = unsafe UnsafeRawBufferPointer(rebasing: frame[headerByteCount...])
    for witness in witnesses { unsafe witness.saw(frame: rest, isFromGuest: isFromGuest) }
  }

  package func canReceive(pair: Int) -> Bool { receiver?.canReceive(pair: pair) ?? false }

  package func take(frame: UnsafeRawBufferPointer, pair: Int) {
    // Safe: the frame is lent for the call.
    unsafe saw(frame, headerByteCount: headerByteCount, isFromGuest: false)
    unsafe receiver?.take(frame: frame, pair: pair)
  }

  package func room(pair: Int) -> UnsafeMutableRawBufferPointer? { nil }

  package func took(byteCount: Int, pair: Int) {
    receiver?.took(byteCount: byteCount, pair: pair)
  }

  package func showReceived(pair: Int) {
    receiver?.showReceived(pair: pair)
    receiver = nil
  }
}

@available(*, unavailable)
extension FrameTee: Sendable {}
