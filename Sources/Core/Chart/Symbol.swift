/// A name in a chart: a state, a kind of event or effect, a guard, an action or a delay.
///
/// Conforming types are enums with raw values that count from zero in declaration order, so that a
/// symbol is at once a name, a number and an index. The raw values are `UInt8`, or `UInt16` where
/// there are more than 256 of them.
public protocol Symbol: RawRepresentable, CaseIterable, Hashable, Sendable, BitwiseCopyable
where RawValue: SymbolNumber {
  /// How many symbols there are: as many as `allCases` has.
  static var symbolCount: Int { get }
}

/// The numbers that symbols have: `UInt8`, and `UInt16` for charts with more than 256 of a sort.
public protocol SymbolNumber: FixedWidthInteger, UnsignedInteger, BitwiseCopyable, Sendable {}

extension UInt8: SymbolNumber {}

extension UInt16: SymbolNumber {}

extension Symbol {
  /// As many as there are cases; an enum need not say it.
  @inlinable public static var symbolCount: Int { allCases.count }

  /// The position of the case among its siblings, from zero.
  @inlinable public var index: Int { Int(rawValue) }

  /// The raw value in the one width that tables, plans and records have.
  @inlinable package var code: UInt16 { UInt16(truncatingIfNeeded: rawValue) }

  /// The symbol with this number; nil when there is none.
  @inlinable package init?(code: UInt16) {
    guard let number = RawValue(exactly: code) else { return nil }
    self.init(rawValue: number)
  }

  /// The name of the case as it is spelled in the source; as Embedded Swift, which has no names,
  /// its position.
  public var name: String {
    #if hasFeature(Embedded)
      "#\(index)"
    #else
      String(describing: self)
    #endif
  }
}

/// The symbol type without symbols: for charts that have no guards, no delays, or the like.
public struct NoSymbol: Symbol {
  /// Never read: no value exists.
  public let rawValue: UInt8

  /// Refuses every number, since there are no cases.
  @inlinable public init?(rawValue: UInt8) { nil }

  /// Empty: a chart that names this type has no symbols of that sort.
  public static var allCases: [NoSymbol] { [] }

  /// There are none, and so nobody counts.
  @inlinable public static var symbolCount: Int { 0 }
}

/// An event or an effect: a kind, which is a name in the chart, and perhaps a payload.
public protocol Message: Sendable {
  /// The names that the chart and its drawing use.
  associatedtype Kind: Symbol
  /// What it is without its payload.
  var kind: Kind { get }
}

extension Message where Self: Symbol, Kind == Self {
  /// A symbol without payload is its own kind.
  @inlinable public var kind: Self { self }
}

extension NoSymbol: Message {}
