extension Formula<UInt8> {
  /// The guards in order, each with what its answer leads to.
  var terms: [Layout.Term] {
    var terms: [Layout.Term] = []
    addTerms(&terms, Layout.Term.enabled, Layout.Term.disabled)
    return terms
  }

  private func addTerms(_ terms: inout [Layout.Term], _ whenHeld: UInt8, _ whenFailed: UInt8) {
    switch shape {
    case .name(let code):
      terms.append(Layout.Term(guard: code, whenHeld: whenHeld, whenFailed: whenFailed))
    case .not(let inner): inner.addTerms(&terms, whenFailed, whenHeld)
    case .all(let parts), .any(let parts):
      let isAll = if case .all = shape { true } else { false }
      for (place, part) in parts.enumerated() {
        let next = UInt8(truncatingIfNeeded: terms.count + part.names.count)
        let isLast = place == parts.count - 1
        part.addTerms(
          &terms, isAll && !isLast ? next : whenHeld, isAll || isLast ? whenFailed : next)
      }
    }
  }

  /// What it says, for a fingerprint; of one guard its number, and whether it is negated.
  var bytes: [UInt8] {
    if let single { return [single.name, single.isNegated ? 1 : 0] }
    return prefixed
  }

  private var prefixed: [UInt8] {
    switch shape {
    case .name(let code): [0, code]
    case .not(let inner): [1] + inner.prefixed
    case .all(let parts):
      [2, UInt8(truncatingIfNeeded: parts.count)] + parts.flatMap { $0.prefixed }
    case .any(let parts):
      [3, UInt8(truncatingIfNeeded: parts.count)] + parts.flatMap { $0.prefixed }
    }
  }
}
