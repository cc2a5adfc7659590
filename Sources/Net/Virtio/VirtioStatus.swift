/// The device status byte (virtio 1.2, 2.1).
public struct VirtioStatus: OptionSet, Hashable, Sendable {
  /// The bits as the specification numbers them.
  public let rawValue: UInt8

  /// Takes the bits as they are, known or not.
  public init(rawValue: UInt8) { self.rawValue = rawValue }

  /// The guest has seen the device.
  public static let acknowledge = Self(rawValue: 1)
  /// The guest has a driver for it.
  public static let driver = Self(rawValue: 2)
  /// The driver is ready; the device runs.
  public static let driverOK = Self(rawValue: 4)
  /// Both agree on the features.
  public static let featuresOK = Self(rawValue: 8)
  /// The device met something from which only a reset helps.
  public static let needsReset = Self(rawValue: 64)
  /// The driver has given up.
  public static let failed = Self(rawValue: 128)

  /// All bits with a meaning.
  static let known: Self = [
    .acknowledge, .driver, .driverOK, .featuresOK, .needsReset, .failed,
  ]
}
