/// Guards of a chart that are combined, for the `if` of a transition:
/// `on(.go, if: .isReady && !(.isBusy || .isLocked), to: .away)`.
///
/// Guards are asked from left to right, each once at most for one decision, and no further than
/// the answer needs. One that several transitions share can have a name of its own:
/// `static var mayGo: Condition<Self> { .isReady && !.isBusy }`.
public struct Condition<C: Chart>: Sendable {
  let formula: Formula<UInt8>

  init(_ formula: Formula<UInt8>) { self.formula = formula }

  init(_ guard: C.Guard) { formula = .name(UInt8(truncatingIfNeeded: `guard`.rawValue)) }

  /// Holds when both hold; the second is asked only when the first does.
  public static func && (one: Condition, other: Condition) -> Condition {
    Condition(one.formula.and(other.formula))
  }

  /// Holds when the condition and the guard do, asked in this order.
  public static func && (one: Condition, other: C.Guard) -> Condition { one && Condition(other) }

  /// Holds when the guard and the condition do, asked in this order.
  public static func && (one: C.Guard, other: Condition) -> Condition { Condition(one) && other }

  /// Holds when one of the two does; the second is asked only when the first does not.
  public static func || (one: Condition, other: Condition) -> Condition {
    Condition(one.formula.or(other.formula))
  }

  /// Holds when the condition or the guard does, asked in this order.
  public static func || (one: Condition, other: C.Guard) -> Condition { one || Condition(other) }

  /// Holds when the guard or the condition does, asked in this order.
  public static func || (one: C.Guard, other: Condition) -> Condition { Condition(one) || other }

  /// Holds when the condition does not.
  public static prefix func ! (it: Condition) -> Condition { Condition(it.formula.negated) }
}

/// Both guards of a chart; the second is asked only when the first holds.
public func && <C: Chart>(one: C.Guard, other: C.Guard) -> Condition<C> {
  Condition(one) && Condition(other)
}

/// One of two guards of a chart; the second is asked only when the first does not hold.
public func || <C: Chart>(one: C.Guard, other: C.Guard) -> Condition<C> {
  Condition(one) || Condition(other)
}

/// A guard of a chart that must not hold.
public prefix func ! <C: Chart>(guard: C.Guard) -> Condition<C> { !Condition(`guard`) }
