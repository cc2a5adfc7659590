package import BatonCore

/// A walk through everything that a chart without code can come to.
package struct OutlineWalk {
  /// The walk itself: a violation is a configuration that nothing leaves, or a circle of
  /// transitions that need no event and no guard.
  package let exploration: Exploration
  private let model: OutlineModel
  private let explorer: Explorer<OutlineModel>

  /// Walks.
  ///
  /// - Parameters:
  ///   - outline: The chart; its events are those that its transitions name.
  ///   - limit: States after which it is given up.
  ///   - progress: Told now and then how many states were met, and at which depth.
  /// - Throws: `ExplorationError` when there are too many states, `OutlineContradiction`
  ///   when states or defaults do not lead downwards.
  package init(
    _ outline: Outline, limit: Int, progress: @escaping (Int, Int) -> Void
  ) throws {
    do throws(StructureError) { model = try OutlineModel(outline) } catch {
      throw OutlineContradiction(error, in: outline)
    }
    var explorer = Explorer(model)
    explorer.limit = limit
    // Regions with guards of their own have far more transitions than states.
    explorer.stepLimit = 3 * limit
    explorer.progress = progress
    exploration = try explorer.run()
    self.explorer = explorer
  }

  /// The chart that was walked.
  package var outline: Outline { model.outline }

  /// The graph of all states for SPIN.
  package var promela: String { explorer.promela() }

  /// What of the chart was used: in how many states of the walk each state is active, and by how
  /// many of its steps each transition is taken. Guards are not counted: each answers as it likes.
  package var coverage: CoverageReport {
    var report = CoverageReport(chart: outline.name)
    for state in outline.states where !state.kind.isPast { report.states[state.name] = 0 }
    for place in outline.transitions.indices { report.transitions["\(place)"] = 0 }
    for number in 0..<explorer.store.count {
      let state = explorer.store[number]
      for active in model.active(in: state) { report.states[active, default: 0] += 1 }
      model.branch(state) { action, branch in
        for place in branch.transitions { report.transitions["\(place)", default: 0] += 1 }
        guard let event = model.event(of: action) else { return }
        for leaf in model.leaves(in: state) { report.events["\(leaf) \(event)", default: 0] += 1 }
      }
    }
    return report
  }

  /// What was found beside violations, a sentence each.
  package var remarks: [String] {
    let unentered = outline.states.indices.filter {
      !model.entered.contains($0) && !outline.states[$0].kind.isPast
    }
    let untaken = outline.transitions.indices.filter { !model.taken.contains($0) }
    let reached = outline.states.count { !$0.kind.isPast } - unentered.count
    var lines = [
      "\(reached) of \(reached + unentered.count) states are reached, "
        + "\(model.taken.count) of \(outline.transitions.count) transitions are taken"
    ]
    lines += unentered.map { "never reached: \(outline.states[$0].name)" }
    lines += untaken.map { "never taken: \(text($0))" }
    lines += model.deadlocks.sorted().map { "nothing leaves: \($0)" }
    lines += ambiguous.map { one, other in
      "the order decides when both guards hold: \(text(one)) before \(text(other))"
    }
    lines += model.conflicts.sorted { $0.lexicographicallyPrecedes($1) }.map { pair in
      "regions disagree: \(text(pair[0])), and \(text(pair[1])), leave a state in common"
    }
    lines += model.cutShort.sorted().map { "not all answers of guards were tried on \($0)" }
    return lines
  }

  /// Pairs of transitions of one state with different guards that may hold together.
  private var ambiguous: [(Int, Int)] {
    var bySource: [Int: [Int]] = [:]
    for (number, it) in outline.transitions.enumerated() where it.guard != nil {
      bySource[it.source, default: []].append(number)
    }
    return bySource.keys.sorted().flatMap { source -> [(Int, Int)] in
      let own = bySource[source] ?? []
      return own.enumerated().flatMap { place, one in
        own.dropFirst(place + 1).filter { isAmbiguous(one, $0) }.map { (one, $0) }
      }
    }
  }

  private func isAmbiguous(_ one: Int, _ other: Int) -> Bool {
    let (first, second) = (outline.transitions[one], outline.transitions[other])
    guard first.trigger == second.trigger, first.targets != second.targets else { return false }
    guard let one = first.condition, let other = second.condition, one != other else {
      return false
    }
    // Texts that are no combination of names are compared as they are.
    let names = [first.guard ?? "", second.guard ?? ""]
    return one.isCompatible(with: other) && "!(\(names[0]))" != names[1]
      && names[0] != "!(\(names[1]))"
  }

  private func text(_ number: Int) -> String {
    let it = outline.transitions[number]
    let condition = it.guard.map { it.isNegated ? " [not \($0)]" : " [\($0)]" } ?? ""
    let targets = it.targets.map { outline.states[$0].name }.joined(separator: ", ")
    return "\(outline.states[it.source].name) on \(it.trigger.name)\(condition)"
      + (targets.isEmpty ? "" : " to \(targets)")
  }
}

@available(*, unavailable)
extension OutlineWalk: Sendable {}
