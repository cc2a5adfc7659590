import BatonCore

extension Refusal {
  /// What the other side found, told from this one: its `here` is our `there`.
  var seenFromHere: Refusal {
    guard cause == .mismatch else { return self }
    var refusal = self
    refusal.here = there
    refusal.there = here
    return refusal
  }
}
