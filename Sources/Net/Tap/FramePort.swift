package import BatonCore

/// The device at a TAP: takes its frames and is told when it has room.
package protocol FramePort: AnyObject {
  /// Whether a frame of this queue would be delivered or dropped now, and not kept.
  ///
  /// A frame is read only when this is true, so that none is ever kept outside of the kernel.
  func canReceive(queue: Int) -> Bool

  /// Takes a frame with its header; the bytes are lent for the call.
  func receive(frame: UnsafeRawBufferPointer, queue: Int)

  /// No more of a batch comes: the guest may see the frames that this queue gave.
  func endBatch(queue: Int)

  /// The interface was deleted under the TAP, which has closed its queues.
  func lost(_ refusal: Refusal)

  /// The queue has room: sends what waits, up to a batch.
  ///
  /// - Returns: Whether more waits.
  func transmit(queue: Int) -> Bool
}
