/// Why a frame was dropped on its way through the device.
public enum DropReason: Int, CaseIterable, Sendable {
  /// The host has set the link down, so that nothing may come or go.
  case linkDown
  /// The driver has not started the device or this queue pair.
  case notReady
  /// The frame is shorter than its headers.
  case tooShort
  /// The frame is longer than any that was agreed on.
  case tooLong
  /// The guest's buffer cannot hold the frame, and frames may not be spread over several.
  case bufferTooSmall
  /// The frame asks for an offload that was not negotiated.
  case offload
  /// The sink would not have it.
  case refused
}
