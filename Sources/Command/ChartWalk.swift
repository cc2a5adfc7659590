package import BatonCore
import BatonTesting

/// A walk through a chart without code, for whoever asks on the command line.
package enum ChartWalk {
  /// States of a chart without code after which it is given up.
  private static let statesMax = 1_000_000

  /// Walks, and prints what was found.
  ///
  /// - Throws: `ExitCode`: 1 for a violation, 2 when it cannot be walked.
  package static func run(_ outline: Outline, _ output: ExploreOutput) throws {
    let files = try output.opened()
    let walk: OutlineWalk
    do {
      walk = try OutlineWalk(outline, limit: statesMax) { states, depth in
        Kernel().write("\(states) states, depth \(depth)\n", to: 2)
      }
    } catch {
      throw ChartChoice.refusal("explore", "\(error)", 2)
    }
    try files.tell(walk)
  }
}
