/// Where a device writes the guest's frames: the TAP, or a test.
package protocol FrameSink: AnyObject {
  /// Writes one frame of a queue pair, with the TAP's header before it if the TAP has one.
  ///
  /// The bytes may lie in guest memory and are valid during the call only.
  func write(pair: Int, frame: UnsafeRawBufferPointer) -> WriteOutcome
}
