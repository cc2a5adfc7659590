/// A symbol of a chart that invokes another: one of the parent's, or one of the child's, which are
/// numbered behind them and called by their chart: `payment.asking`.
public struct InvokingSymbol<I: Invocation, Parent: Symbol, Child: Symbol>: Symbol {
  /// Whose symbol it is, of the two.
  public enum Part: Hashable, Sendable {
    /// A symbol of the chart that invokes.
    case parent(Parent)
    /// A symbol of the chart that is invoked.
    case child(Child)
  }

  /// The parent's number, or the child's behind all of the parent's.
  public let rawValue: UInt16

  /// The symbol with this number; nil when neither chart has it.
  @inlinable public init?(rawValue: UInt16) {
    guard Int(rawValue) < Self.symbolCount else { return nil }
    self.rawValue = rawValue
  }

  @inlinable init(number: UInt16) { rawValue = number }

  /// One of the parent's symbols, as a symbol of the chart of both.
  @inlinable public static func parent(_ symbol: Parent) -> Self { Self(number: symbol.code) }

  /// One of the child's symbols, as a symbol of the chart of both.
  @inlinable public static func child(_ symbol: Child) -> Self {
    Self(number: UInt16(truncatingIfNeeded: Parent.symbolCount) &+ symbol.code)
  }

  /// Whose symbol it is, and which.
  @inlinable public var part: Part {
    let split = UInt16(truncatingIfNeeded: Parent.symbolCount)
    return rawValue < split
      ? .parent(Parent(code: rawValue)!) : .child(Child(code: rawValue &- split)!)
  }

  /// The parent's symbols, and the child's behind them.
  public static var allCases: [Self] {
    (0..<symbolCount).map { Self(number: UInt16(truncatingIfNeeded: $0)) }
  }

  /// As many as both charts have.
  @inlinable public static var symbolCount: Int { Parent.symbolCount + Child.symbolCount }
}

extension InvokingSymbol: CustomStringConvertible {
  /// The name that the symbol has in its own chart, behind the chart's when it is the child's.
  public var description: String {
    switch part {
    case .parent(let symbol): symbol.name
    case .child(let symbol): "\(I.childName).\(symbol.name)"
    }
  }
}

/// An event or an effect of a chart that invokes another.
public enum InvokingMessage<I: Invocation, Parent: Message, Child: Message>: Message {
  /// A message of the chart that invokes.
  case parent(Parent)
  /// A message of the chart that is invoked.
  case child(Child)

  /// What it is without its payload, among the kinds of both charts.
  @inlinable public var kind: InvokingSymbol<I, Parent.Kind, Child.Kind> {
    switch self {
    case .parent(let message): .parent(message.kind)
    case .child(let message): .child(message.kind)
    }
  }
}

extension InvokingMessage: Equatable where Parent: Equatable, Child: Equatable {}

extension InvokingMessage: Hashable where Parent: Hashable, Child: Hashable {}

extension InvokingMessage: BitwiseCopyable where Parent: BitwiseCopyable, Child: BitwiseCopyable {}

#if !hasFeature(Embedded)
  extension InvokingMessage: Codable where Parent: Codable, Child: Codable {}

  extension InvokingMessage: CustomStringConvertible {
    /// What it is in its own chart, behind the chart's name when it is the child's.
    public var description: String {
      switch self {
      case .parent(let message): "\(message)"
      case .child(let message): "\(I.childName).\(message)"
      }
    }
  }
#endif

/// An action of a chart that invokes another: one of theirs, or what invoking itself does.
public struct InvokingAction<I: Invocation>: Symbol {
  /// Whose action it is, or what it does.
  public enum Part: Hashable, Sendable {
    /// An action of the chart that invokes.
    case parent(I.Parent.Action)
    /// An action of the chart that is invoked.
    case child(I.Child.Action)
    /// Gives the child its memory; behind the entry actions of the state that runs it.
    case begin
    /// Takes the child's memory away, and what it has sent and deferred; behind the exit actions
    /// of the state that runs it.
    case cancel
    /// The child has come to its end; behind the entry actions of its final state.
    case end
  }

  /// The parent's number, the child's behind those, and the others behind all.
  public let rawValue: UInt16

  /// The action with this number; nil when there is none.
  @inlinable public init?(rawValue: UInt16) {
    guard Int(rawValue) < Self.symbolCount else { return nil }
    self.rawValue = rawValue
  }

  @inlinable init(number: Int) { rawValue = UInt16(truncatingIfNeeded: number) }

  /// The number of `begin`: as many actions as both charts have.
  @inlinable static var first: Int { I.Parent.Action.symbolCount + I.Child.Action.symbolCount }

  static var begin: Self { Self(number: first) }
  static var cancel: Self { Self(number: first + 1) }
  static var end: Self { Self(number: first + 2) }
  /// Whose action it is, and which.
  @inlinable public var part: Part {
    var number = Int(rawValue)
    if number < I.Parent.Action.symbolCount { return .parent(I.Parent.Action(code: rawValue)!) }
    number -= I.Parent.Action.symbolCount
    let code = UInt16(truncatingIfNeeded: number)
    if number < I.Child.Action.symbolCount { return .child(I.Child.Action(code: code)!) }
    switch number - I.Child.Action.symbolCount {
    case 0: return .begin
    case 1: return .cancel
    case _: return .end
    }
  }

  /// All that can be done, whether the definition does it or not.
  public static var allCases: [Self] { (0..<symbolCount).map { Self(number: $0) } }

  /// The actions of both charts, and three.
  @inlinable public static var symbolCount: Int { first + 3 }
}

extension InvokingAction: CustomStringConvertible {
  /// The name that the action has in its own chart, behind the chart's when it is the child's.
  public var description: String {
    switch part {
    case .parent(let symbol): symbol.name
    case .child(let symbol): "\(I.childName).\(symbol.name)"
    case .begin: "invoke(\(I.childName))"
    case .cancel: "cancel(\(I.childName))"
    case .end: "done(\(I.childName))"
    }
  }
}
