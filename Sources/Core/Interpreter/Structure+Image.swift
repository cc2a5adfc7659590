/// Whether bits are a configuration (SCXML 3.11) and values of history states of this structure.
extension Structure {
  /// Whether an interpreter of this structure can rest with such an image.
  func accepts(_ image: Interpreter.Image) -> Bool {
    guard image.words.count == (2 + historyCount) * words + 1 else { return false }
    func isActive(_ state: Int) -> Bool { image.contains(state, in: 0, of: words) }
    func isRemembered(_ state: Int) -> Bool { image.contains(state, in: 1, of: words) }
    guard activeCount(below: 0, isActive) == image.count(in: 0, of: words),
      states.indices.allSatisfy({ !isRemembered($0) || states[$0].isHistory }),
      image.count(in: 1, of: words) == states.indices.count(where: isRemembered)
    else { return false }
    for state in states.indices where isRemembered(state) {
      guard acceptsHistory(of: state, image) else { return false }
    }
    let isFinished = children[0].contains { states[$0].kind == .final && isActive($0) }
    return image.words[image.words.count - 1] == (isFinished ? 1 : 0)
  }

  /// The first active leaf in document order.
  func firstLeaf(_ image: Interpreter.Image) -> Int? {
    states.indices.first { isLeafState[$0] && image.contains($0, in: 0, of: words) }
  }

  /// How many states are active inside this one; nil when it has not as many active children as its
  /// kind wants: one, or each of its regions.
  private func activeCount(below state: Int, _ isActive: (Int) -> Bool) -> Int? {
    let inside = children[state].filter { !states[$0].isHistory }
    let active = inside.filter(isActive)
    let isRight =
      switch states[state].kind {
      case .compound: active.count == 1
      case .parallel: active.count == inside.count
      case .atomic, .final, .history: active.isEmpty
      }
    guard isRight else { return nil }
    var count = active.count
    for child in active {
      guard let inner = activeCount(below: child, isActive) else { return nil }
      count += inner
    }
    return count
  }

  /// A shallow history means children of its parent, a deep one the leaves inside of it: those that
  /// were active together.
  private func acceptsHistory(of history: Int, _ image: Interpreter.Image) -> Bool {
    guard let parent = states[history].parent, case .history(let isDeep) = states[history].kind
    else { return false }
    let set = 2 + slots[history]
    func isValue(_ state: Int) -> Bool { image.contains(state, in: set, of: words) }
    let members = states.indices.filter(isValue)
    guard members.count == image.count(in: set, of: words) else { return false }
    guard isDeep else {
      let regions = children[parent].filter { !states[$0].isHistory }
      return members.allSatisfy { regions.contains($0) }
        && members.count == (states[parent].kind == .parallel ? regions.count : 1)
    }
    // What is around a leaf was active with it.
    func wasActive(_ state: Int) -> Bool {
      members.contains { $0 == state || isDescendant($0, of: state) }
    }
    let around = states.indices.filter { isDescendant($0, of: parent) && wasActive($0) }
    return members.allSatisfy { isLeafState[$0] && isDescendant($0, of: parent) }
      && activeCount(below: parent, wasActive) == around.count
  }
}

extension Interpreter.Image {
  /// Whether a set has a state; the sets stand one behind the other.
  func contains(_ state: Int, in set: Int, of count: Int) -> Bool {
    words[set * count + state / 64] >> UInt64(state % 64) & 1 != 0
  }

  /// How many states a set has, whether the structure has such states or not.
  fileprivate func count(in set: Int, of count: Int) -> Int {
    words[(set * count)..<((set + 1) * count)].reduce(0) { $0 + $1.nonzeroBitCount }
  }
}
