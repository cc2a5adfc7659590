/// What a transition asks: one name, or several that are combined. The names are the numbers of
/// guards in a ``Plan``, and words in an outline.
///
/// It is asked from left to right, and no further than the answer needs (as `&&` and `||` are in
/// Swift, C and ECMAScript).
///
/// An indirect enumeration would be the shorter way to say it. Its pointers carry the case in their
/// high bits, and the leak checkers of hosts in C would report each condition of each chart.
package struct Formula<Name: Hashable & Sendable>: Hashable, Sendable {
  /// What it is, with its parts.
  package enum Shape {
    /// A guard that must hold.
    case name(Name)
    /// What must not hold.
    case not(Formula)
    /// Parts that must all hold, at least two.
    case all([Formula])
    /// Parts of which one must hold, at least two.
    case any([Formula])
  }

  private enum Operation: Hashable, Sendable {
    case name(Name)
    case not
    case all
    case any
  }

  private let operation: Operation
  private let parts: [Formula]

  private init(_ operation: Operation, _ parts: [Formula]) {
    self.operation = operation
    self.parts = parts
  }

  package static func name(_ name: Name) -> Formula { Formula(.name(name), []) }
  package static func not(_ part: Formula) -> Formula { Formula(.not, [part]) }
  package static func all(_ parts: [Formula]) -> Formula { Formula(.all, parts) }
  package static func any(_ parts: [Formula]) -> Formula { Formula(.any, parts) }

  package var shape: Shape {
    switch operation {
    case .name(let name): .name(name)
    case .not: .not(parts[0])
    case .all: .all(parts)
    case .any: .any(parts)
    }
  }
}

extension Formula {
  /// The opposite; what is negated twice is not negated.
  package var negated: Formula {
    if case .not(let inner) = shape { inner } else { .not(self) }
  }

  /// Both, as one list where one of them is such a list already.
  package func and(_ other: Formula) -> Formula {
    var parts: [Formula] = []
    for it in [self, other] {
      if case .all(let more) = it.shape { parts += more } else { parts += [it] }
    }
    return .all(parts)
  }

  /// One of the two, as one list where one of them is such a list already.
  package func or(_ other: Formula) -> Formula {
    var parts: [Formula] = []
    for it in [self, other] {
      if case .any(let more) = it.shape { parts += more } else { parts += [it] }
    }
    return .any(parts)
  }

  /// The one guard that it is about, and whether that must not hold; nil when guards are combined.
  package var single: (name: Name, isNegated: Bool)? {
    switch shape {
    case .name(let name): (name, false)
    case .not(let inner):
      if case .name(let name) = inner.shape { (name, true) } else { nil }
    case .all, .any: nil
    }
  }

  /// The guards in the order in which they are asked, each as often as it stands there.
  package var names: [Name] {
    switch shape {
    case .name(let name): [name]
    case .not(let inner): inner.names
    case .all(let parts), .any(let parts): parts.flatMap { $0.names }
    }
  }

  /// The same about other names.
  package func map<Other>(_ change: (Name) -> Other) -> Formula<Other> {
    switch shape {
    case .name(let name): .name(change(name))
    case .not(let inner): .not(inner.map(change))
    case .all(let parts): .all(parts.map { $0.map(change) })
    case .any(let parts): .any(parts.map { $0.map(change) })
    }
  }

  /// The answer; names are asked from left to right until it is known.
  package func holds(_ ask: (Name) -> Bool) -> Bool {
    switch shape {
    case .name(let name): ask(name)
    case .not(let inner): !inner.holds(ask)
    case .all(let parts): parts.allSatisfy { $0.holds(ask) }
    case .any(let parts): parts.contains { $0.holds(ask) }
    }
  }
}

extension Formula<UInt8> {
  /// A guard that must hold, or must not.
  package init(guard: UInt8, isNegated: Bool) {
    self = isNegated ? .not(.name(`guard`)) : .name(`guard`)
  }
}
