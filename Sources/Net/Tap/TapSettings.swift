import BatonCore

/// Values of a TAP's settings, inline; nil for what is not known, or not to be set.
public struct TapSettings: Hashable, Sendable, ExpressibleByDictionaryLiteral {
  /// Room for so many settings; a test asks for more in time.
  static let capacity = 8

  private var values = InlineArray<8, UInt32>(repeating: 0)
  /// Bit n: there is a value of the setting n. Without one the value is 0.
  private var known: UInt8 = 0

  /// Settings of which none has a value.
  public init() {}

  /// Whether there are no values.
  public var isEmpty: Bool { known == 0 }

  /// The value of a setting.
  public subscript(setting: TapSetting) -> UInt32? {
    get { known & (1 << setting.rawValue) == 0 ? nil : values[setting.index] }
    set {
      values[setting.index] = newValue ?? 0
      let bit: UInt8 = 1 << setting.rawValue
      known = newValue == nil ? known & ~bit : known | bit
    }
  }

  /// The values that are listed.
  public init(dictionaryLiteral elements: (TapSetting, UInt32)...) {
    for (setting, value) in elements { self[setting] = value }
  }

  /// By the values of those that have one.
  public static func == (left: Self, right: Self) -> Bool {
    guard left.known == right.known else { return false }
    for index in 0..<capacity where left.values[index] != right.values[index] { return false }
    return true
  }

  /// All eight places: those without a value are 0.
  public func hash(into hasher: inout Hasher) {
    hasher.combine(known)
    for index in 0..<Self.capacity { hasher.combine(values[index]) }
  }
}
