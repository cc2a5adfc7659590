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
      "of all processors on 1", "on \(processors)",
    ])
    try compare(Counters(count: 7), turns: 5, processors, &report)
    try compare(CounterValues(count: 6), turns: 3, processors, &report)
    try compare(Counters(count: 8), turns: 1, processors, &report)
  }

  private static func compare<M: StateSpace & Sendable>(
    _ model: M, turns: Int, _ processors: Int, _ report: inout Report
  ) throws where M.State: Sendable {
    var seconds: (one: [Double], all: [Double]) = ([], [])
    var used: (one: [Double], all: [Double]) = ([], [])
    var last: Exploration?
    for _ in 0..<turns {
      let (one, ofOne) = try timed { try Explorer(model).run() }
      let (all, ofAll) = try timed { try Explorer(model).run(workers: processors) }
      used.one.append(ofOne)
      used.all.append(ofAll)
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
      (one / all).text(2), last.bytesPerState.text(1), median(used.one).text(2),
      median(used.all).text(2),
    ])
    guard processors > 1 else { return }
    report.require(
      "\(model.name), \(last.states) states: time of all processors / of one", all / one,
      atMost: 1 / goal)
  }

  /// What was found, and how many seconds of processors it took.
  private static func timed(
    _ body: () throws -> Exploration
  ) rethrows -> (Exploration, Double) {
    let before = processorSeconds
    let found = try body()
    return (found, processorSeconds - before)
  }

  /// What this process has had of all processors, in seconds.
  private static var processorSeconds: Double {
    var time = timespec()
    // Safe: the kernel writes to a variable of ours, for the length of the call.
    guard unsafe clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &time) == 0 else { return 0 }
    return Double(time.tv_sec) + Double(time.tv_nsec) * 1e-9
  }

  private static func median(_ values: [Double]) -> Double { values.sorted()[values.count / 2] }
}
