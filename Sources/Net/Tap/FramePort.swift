package import BatonCore

/// Who takes a batch of frames for one pair of queues.
package protocol FrameReceiver: AnyObject {
  /// Whether a frame would be delivered or dropped now, and not kept.
  ///
  /// A frame is read only when this is true, so that none is ever kept outside of the kernel.
  func canReceive(pair: Int) -> Bool

  /// Takes a frame with its header, which the guest need not see before ``showReceived(pair:)``;
  /// the bytes are lent for the call.
  func take(frame: UnsafeRawBufferPointer, pair: Int)

  /// Where the kernel may put the next frame with its header, which ``took(byteCount:pair:)`` is
  /// told of; nil when it is to be taken by ``take(frame:pair:)``. Asked when
  /// ``canReceive(pair:)`` was true.
  func room(pair: Int) -> UnsafeMutableRawBufferPointer?

  /// The kernel has put a frame with its header there, of so many bytes.
  func took(byteCount: Int, pair: Int)

  /// No more of a batch comes: the guest may see the frames.
  func showReceived(pair: Int)
}

extension VirtioNet: FrameReceiver {
  /// Takes a frame; what could not be delivered is counted.
  package func take(frame: UnsafeRawBufferPointer, pair: Int) {
    // Safe: the frame is lent for the call.
    _ = unsafe receiveUnseen(frame: frame, pair: pair)
  }
}

/// The device at a TAP: names who takes its frames, and is told when it has room.
package protocol FramePort: AnyObject {
  /// Who takes the next frames of a queue, and as which pair; nil when nobody does.
  ///
  /// Asked once a batch, so that a frame costs no look for it, and no reference that is counted
  /// while its bytes are still on their way to memory.
  func receiver(forQueue queue: Int) -> (any FrameReceiver, pair: Int)?

  /// The interface was deleted under the TAP, which has closed its queues.
  func lost(_ refusal: Refusal)

  /// The TAP is open to its end; or it could not be opened, in the call or some time after it.
  func opened(_ refusal: Refusal?)

  /// The TAP is closed for good, in the call or when its down script has ended.
  func closed()

  /// Something ended otherwise than it should, which stops nothing.
  func warned(_ refusal: Refusal)

  /// A script or a helper has written a line.
  func said(_ line: [UInt8], by program: TapProgram)

  /// The queue has room: sends what waits, up to a batch.
  ///
  /// - Returns: Whether more waits.
  func transmit(queue: Int) -> Bool
}

extension FramePort {
  /// Who does not care looks at the TAP itself.
  package func opened(_ refusal: Refusal?) {}

  /// Who closes it does not care what becomes of it.
  package func closed() {}

  /// Nobody is told.
  package func warned(_ refusal: Refusal) {}

  /// Nobody reads it.
  package func said(_ line: [UInt8], by program: TapProgram) {}
}
