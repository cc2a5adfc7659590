/// What a TAP has done in this process; it does not move with the guest.
public struct TapCounters: Hashable, Sendable {
  /// Frames read and given to the device.
  public internal(set) var framesRead: UInt64 = 0
  /// Frames that the kernel took.
  public internal(set) var framesWritten: UInt64 = 0
  /// Frames dropped since the interface is down (EIO).
  public internal(set) var droppedDown: UInt64 = 0
  /// Frames dropped since the kernel cannot read them (EINVAL).
  public internal(set) var droppedInvalid: UInt64 = 0
  /// Frames dropped for another reason of the kernel's.
  public internal(set) var droppedOther: UInt64 = 0
  /// Frames dropped since there is no TAP any more.
  public internal(set) var droppedGone: UInt64 = 0
  /// Writes for which the kernel had no room; the frame was kept by the device.
  public internal(set) var writesBlocked: UInt64 = 0
  /// Reads that failed with an error other than "nothing there".
  public internal(set) var readsFailed: UInt64 = 0
  /// Times a queue was left alone since the device had no buffer.
  public internal(set) var starvations: UInt64 = 0
}
