/// The states that one transition leads to, or that are entered first.
enum TargetSet {
  /// Two of them that no configuration holds together: they lie beside each other, in different
  /// children of a state that is not parallel (SCXML 3.11). Nil when there are none.
  ///
  /// - Parameters:
  ///   - targets: Numbers in document order of states.
  ///   - parent: The number of the state around one; nil at the top.
  ///   - isParallel: Whether a state's children are active together.
  static func clash(
    _ targets: [Int], parent: (Int) -> Int?, isParallel: (Int) -> Bool
  ) -> (Int, Int)? {
    func lineage(_ state: Int) -> [Int] {
      var states = [state]
      while let next = parent(states[states.count - 1]) { states.append(next) }
      return states
    }
    let places = targets.sorted()
    // Of states in document order, two that clash have two beside each other between them.
    for (one, next) in zip(places, places.dropFirst()) where one != next {
      let around = Set(lineage(one))
      guard let common = lineage(next).first(where: around.contains) else { return (one, next) }
      if common != one, !isParallel(common) { return (one, next) }
    }
    return nil
  }
}
