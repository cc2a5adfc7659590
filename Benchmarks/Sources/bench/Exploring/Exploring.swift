import BatonTesting
import Foundation

/// What walking all states costs on one processor and on all of them, in turns.
struct Exploring {
  /// How many times faster two processors are, at the least.
  static let goal = 1.7

  static func run(_ report: inout Report) throws {
    let processors = ProcessInfo.processInfo.activeProcessorCount
    report.heading("All states of a model, on one processor and on \(processors)")
    report.row([
      "model", "states", "steps", "seconds on 1", "on \(processors)", "times", "bytes a state",
    ])
    try compare(Counters(count: 7), turns: 5, processors, &report)
    try compare(CounterValues(count: 6), turns: 3, processors, &report)
    try compare(Counters(count: 8), turns: 1, processors, &report)
  }

  private static func compare<M: StateSpace & Sendable>(
    _ model: M, turns: Int, _ processors: Int, _ report: inout Report
  ) throws where M.State: Sendable {
    var seconds: (one: [Double], all: [Double]) = ([], [])
    var last: Exploration?
    for _ in 0..<turns {
      let one = try Explorer(model).run()
      let all = try Explorer(model).run(workers: processors)
      guard one.states == all.states, one.transitions == all.transitions, one.depth == all.depth
      else { return report.miss("\(model.name): \(one.states) states and \(all.states)") }
      seconds.one.append(one.seconds)
      seconds.all.append(all.seconds)
      last = all
    }
    guard let last else { return }
    let (one, all) = (median(seconds.one), median(seconds.all))
    report.row([
      model.name, "\(last.states)", "\(last.transitions)", one.text(2), all.text(2),
      (one / all).text(2), last.bytesPerState.text(1),
    ])
    guard processors > 1 else { return }
    report.require(
      "\(model.name), \(last.states) states: time of all processors / of one", all / one,
      atMost: 1 / goal)
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
