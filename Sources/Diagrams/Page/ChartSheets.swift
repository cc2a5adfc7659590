import BatonCore

/// Cuts a chart into drawings: each state is seen in one of them, and again as the frame of another
/// one where it can be opened, so that all together grow as the chart does.
struct ChartSheets: Sendable {
  /// A chart of more states is folded without being asked to.
  static let wholeMax = 100
  /// Whole levels are drawn open as long as a drawing has no more states.
  private static let statesMax = 40

  private let outline: Outline
  private let tree: OutlineTree
  /// States that are folded wherever they stand.
  private let names: Set<String>
  /// By state how many are inside of it.
  private let sizes: [Int]
  private let cuts: [ChartCut]

  /// Cuts a chart, the outermost drawing with so many levels, or as many as can be read for nil.
  init(_ outline: Outline, depth: Int?, folding names: Set<String>) {
    let tree = OutlineTree(outline)
    var sizes = Array(repeating: 0, count: outline.states.count)
    for state in outline.states.indices {
      for ancestor in outline.ancestors(of: state) { sizes[ancestor] += 1 }
    }
    let folder = Folder(outline: outline, tree: tree, names: names, statesMax: Self.statesMax)
    let isLarge = depth == nil && names.isEmpty && outline.states.count > Self.wholeMax
    let first = isLarge ? folder.folds(inside: nil) : outline.folds(depth: depth, names: names)
    var cuts: [ChartCut] = []
    var pending: [(container: Int?, folds: Set<Int>)] = [(nil, first)]
    while let (container, folds) = pending.popLast() {
      let seen = folder.seen(inside: container, folds: folds)
      cuts.append(ChartCut(container: container, seen: seen, folds: folds))
      pending += folds.sorted(by: >).map { ($0, folder.folds(inside: $0)) }
    }
    (self.outline, self.tree, self.names) = (outline, tree, names)
    (self.sizes, self.cuts) = (sizes, cuts)
  }

  /// The chart first, what can be opened behind what it is opened in.
  func all() -> [ChartSheet] {
    guard cuts.count > 1 else { return [ChartSheet(whole: outline)] }
    return zip(cuts, held()).map {
      ChartSheet(outline, cut: $0, transitions: $1, sizes: sizes)
    }
  }

  /// By drawing the transitions that have an end inside of it, or whose source it opens.
  private func held() -> [[Int]] {
    var homes = Array(repeating: 0, count: outline.states.count)
    var openings: [Int: Int] = [:]
    for (number, cut) in cuts.enumerated() {
      for state in cut.seen { homes[state] = number }
      if let container = cut.container { openings[container] = number }
    }
    var held: [[Int]] = Array(repeating: [], count: cuts.count)
    for (number, transition) in outline.transitions.enumerated() {
      var found: Set<Int> = []
      for state in [transition.source] + transition.targets {
        var next: Int? = homes[state]
        // Ends at the outermost drawing.
        while let home = next, found.insert(home).inserted {
          next = cuts[home].container.map { homes[$0] }
        }
      }
      if let own = openings[transition.source] { found.insert(own) }
      for cut in found { held[cut].append(number) }
    }
    return held
  }
}

/// Decides what of a state's inside is drawn open.
private struct Folder: Sendable {
  let outline: Outline
  let tree: OutlineTree
  let names: Set<String>
  let statesMax: Int

  /// What is seen inside of a state once some are folded, in document order.
  func seen(inside container: Int?, folds: Set<Int>) -> [Int] {
    var seen: [Int] = []
    var pending = tree.children(of: container)
    while let state = pending.popLast() {
      seen.append(state)
      if !folds.contains(state) { pending += tree.children(of: state) }
    }
    return seen.sorted()
  }

  /// What stays folded inside of a state: what its name says, and the first level that is too much.
  func folds(inside container: Int?) -> Set<Int> {
    let isLone = container == nil && tree.roots.count == 1
    var (count, last) = level(inside: isLone ? tree.roots[0] : container)
    var folds: Set<Int> = []
    // Ends at the leaves.
    while true {
      let compound = last.filter { !tree.children(of: $0).isEmpty }
      let (named, open) = (compound.filter(isNamed), compound.filter { !isNamed($0) })
      folds.formUnion(named)
      if open.isEmpty { return folds }
      let next = open.map { level(inside: $0) }
      count += next.reduce(0) { $0 + $1.count }
      if count > statesMax { return folds.union(open) }
      last = next.flatMap(\.last)
    }
  }

  private func isNamed(_ state: Int) -> Bool { names.contains(outline.states[state].name) }

  /// How many states are seen when a state is opened, and those that may be opened next. Regions
  /// are open at once: what they have in common is all that the state itself says.
  private func level(inside state: Int?) -> (count: Int, last: [Int]) {
    let children = tree.children(of: state)
    guard let state, outline.states[state].kind == .parallel else {
      return (children.count, children)
    }
    let inner = children.flatMap { isNamed($0) ? [$0] : tree.children(of: $0) }
    return (children.count + inner.count, inner)
  }
}
