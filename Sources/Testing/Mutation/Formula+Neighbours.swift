import BatonCore

extension Formula {
  /// What somebody may have written in place of combined guards, one change at a time: a part is
  /// missing, a guard is negated, or `and` stands where `or` should. None for a single guard.
  var neighbours: [(Mutation.Kind, Formula)] { single == nil ? changed : [] }

  private var changed: [(Mutation.Kind, Formula)] {
    switch shape {
    case .name: [(.negateTerm, negated)]
    case .not(let inner):
      single != nil ? [(.negateTerm, inner)] : inner.changed.map { ($0, $1.negated) }
    case .all(let parts):
      [(.swapConnective, parts.dropFirst().reduce(parts[0]) { $0.or($1) })]
        + Self.changed(parts) { rest in rest.dropFirst().reduce(rest[0]) { $0.and($1) } }
    case .any(let parts):
      [(.swapConnective, parts.dropFirst().reduce(parts[0]) { $0.and($1) })]
        + Self.changed(parts) { rest in rest.dropFirst().reduce(rest[0]) { $0.or($1) } }
    }
  }

  /// One part is left out or changed, and the others stay.
  private static func changed(
    _ parts: [Formula], _ joined: ([Formula]) -> Formula
  ) -> [(Mutation.Kind, Formula)] {
    parts.indices.flatMap { place in
      let others = parts.indices.filter { $0 != place }.map { parts[$0] }
      let dropped: [(Mutation.Kind, Formula)] = [(.dropTerm, joined(others))]
      return dropped
        + parts[place].changed.map { kind, part in
          var changed = parts
          changed[place] = part
          return (kind, joined(changed))
        }
    }
  }
}
